#include <spanwise/stop_on_signal.hpp>

#include "child_process.hpp"
#include "probe.hpp"

#include <sched.h>
#include <sys/wait.h>

#include <csignal>

using namespace testing;

namespace {

/// Where a child tells its parent what went on.
class tally {
public:
  tally() { REQUIRE(::pipe(ends_) == 0); }
  ~tally() {
    for (int const each : ends_) ::close(each);
  }
  void say(char what) const { static_cast<void>(!::write(ends_[1], &what, 1)); }
  /// Waits for the next word.
  [[nodiscard]] char next() const {
    char what = 0;
    return ::read(ends_[0], &what, 1) == 1 ? what : '?';
  }
  /// All that was said; when everybody who speaks has ended.
  [[nodiscard]] std::string rest() {
    ::close(ends_[1]);
    ends_[1] = -1;
    std::string all;
    for (char what = 0; ::read(ends_[0], &what, 1) == 1;) all += what;
    return all;
  }

private:
  int ends_[2];
};

/// Tells a letter for each span that arrives.
probe telling(tally const& to) {
  return probe{inbox{}, [&to](spanwise::span_batch const& batch, spanwise::deadline) {
                 for (std::size_t i = 0; i < batch.records.size(); ++i) to.say('s');
                 return spanwise::export_result{.exported = batch.records.size()};
               }};
}

void wait_to_be_ended() {
  for (;;) ::pause();
}

} // namespace

TEST_CASE("a signal sends what is queued and ends the process as if nobody had handled it", "[fork]") {
  int const number = GENERATE(SIGINT, SIGTERM);
  tally said;
  child_process child{[&]() -> int {
    auto tracing =
        spanwise::start("test", spanwise::batch{spanwise::batch_options{.schedule_delay = 1h}, telling(said)});
    spanwise::stop_on_signal const stop{tracing};
    make_spans(5);
    said.say('r');
    wait_to_be_ended();
    return 0;
  }};
  CHECK(said.next() == 'r');
  ::kill(child.pid(), number);
  auto const end = child.end();
  CHECK(end.signal == number);
  CHECK(said.rest() == "sssss");
}

TEST_CASE("with a function main leaves its loop itself, and knows the signal", "[fork]") {
  tally said;
  child_process child{[&]() -> int {
    {
      auto tracing =
          spanwise::start("test", spanwise::batch{spanwise::batch_options{.schedule_delay = 1h}, telling(said)});
      gate over;
      spanwise::stop_on_signal const stop{[over]() mutable { over.open(); }};
      make_spans(2);
      if (stop.signal() != 0) return 1;
      said.say('r');
      if (!over.wait(20s)) return 2;
      make_spans(1, "last");
      if (stop.signal() != SIGTERM) return 3;
    }
    return 7;
  }};
  CHECK(said.next() == 'r');
  ::kill(child.pid(), SIGTERM);
  CHECK(child.end().code == 7);
  CHECK(said.rest() == "sss");
}

TEST_CASE("a second signal does not wait", "[fork]") {
  tally said;
  child_process child{[&]() -> int {
    auto tracing =
        spanwise::start("test",
                        spanwise::batch{spanwise::batch_options{.schedule_delay = 0ms},
                                        probe{inbox{},
                                              [&](spanwise::span_batch const& batch, spanwise::deadline) {
                                                said.say('x');
                                                std::this_thread::sleep_for(30s);
                                                return spanwise::export_result{.exported = batch.records.size()};
                                              }}},
                        {.shutdown_timeout = 20s});
    spanwise::stop_on_signal const stop{tracing};
    make_spans(1);
    while (stop.signal() == 0) std::this_thread::sleep_for(1ms);
    said.say('g');
    wait_to_be_ended();
    return 0;
  }};
  CHECK(said.next() == 'x');
  ::kill(child.pid(), SIGTERM);
  CHECK(said.next() == 'g');
  ::kill(child.pid(), SIGINT);
  auto const end = child.end(5s);
  CHECK_FALSE(end.hung);
  CHECK(end.signal == SIGINT);
}

TEST_CASE("an exporter that hangs delays the end by the shutdown's time only, and the loss is told", "[fork]") {
  tally said;
  child_process child{[&]() -> int {
    spanwise::set_diagnostic_handler(
        [](spanwise::severity, std::string_view sentence, void* to) noexcept {
          if (sentence.find("1 unfinished or unsent") != sentence.npos) static_cast<tally*>(to)->say('t');
        },
        &said);
    auto tracing =
        spanwise::start("test",
                        spanwise::batch{spanwise::batch_options{.schedule_delay = 0ms},
                                        probe{inbox{},
                                              [&](spanwise::span_batch const& batch, spanwise::deadline) {
                                                said.say('x');
                                                std::this_thread::sleep_for(30s);
                                                return spanwise::export_result{.exported = batch.records.size()};
                                              }}},
                        {.shutdown_timeout = 200ms});
    spanwise::stop_on_signal const stop{tracing};
    make_spans(1);
    wait_to_be_ended();
    return 0;
  }};
  CHECK(said.next() == 'x');
  auto const took = time_of([&] {
    ::kill(child.pid(), SIGTERM);
    CHECK(child.end().signal == SIGTERM);
  });
  CHECK(took < 1s);
  CHECK(said.rest() == "t");
}

TEST_CASE("when it is gone signals are as before, and nothing is left of it", "[fork]") {
  static std::atomic<int> came{0};
  child_process child{[&]() -> int {
    std::signal(SIGTERM, [](int number) { came = number; });
    int const first_free = ::dup(0);
    ::close(first_free);
    auto tracing = spanwise::start("test", spanwise::simple{probe{inbox{}}});
    for (int i = 0; i < 100; ++i) {
      spanwise::stop_on_signal const stop{tracing};
      spanwise::stop_on_signal const unused{[] {}}; // one at a time makes sense, two do no harm
    }
    int const still_free = ::dup(0);
    if (still_free != first_free) return 1;
    ::raise(SIGTERM);
    return came == SIGTERM ? 0 : 2;
  }};
  CHECK(child.end().code == 0);
}

TEST_CASE("a signal to a forked child ends that child and not its parent", "[fork]") {
  tally said;
  child_process parent{[&]() -> int {
    auto tracing =
        spanwise::start("test", spanwise::batch{spanwise::batch_options{.schedule_delay = 1h}, telling(said)});
    spanwise::stop_on_signal const stop{tracing};
    make_spans(1);
    child_process grandchild{[&]() -> int {
      said.say('c');
      wait_to_be_ended();
      return 0;
    }};
    while (grandchild.pid() <= 0) {}
    std::this_thread::sleep_for(50ms);
    ::kill(grandchild.pid(), SIGTERM);
    if (grandchild.end(5s).signal != SIGTERM) return 1;
    std::this_thread::sleep_for(50ms);
    if (stop.signal() != 0 || !tracing.running()) return 2;
    said.say('p');
    wait_to_be_ended();
    return 0;
  }};
  CHECK(said.next() == 'c');
  CHECK(said.next() == 'p');
  ::kill(parent.pid(), SIGINT);
  CHECK(parent.end().signal == SIGINT);
  CHECK(said.rest() == "s");
}

TEST_CASE("a forked child may leave the scope it was forked in, and have its own", "[fork]") {
  tally said;
  child_process parent{[&]() -> int {
    int code = 1;
    {
      auto tracing =
          spanwise::start("test", spanwise::batch{spanwise::batch_options{.schedule_delay = 1h}, telling(said)});
      auto stop = std::make_unique<spanwise::stop_on_signal>(tracing);
      make_spans(1);
      child_process grandchild{[&]() -> int {
        stop.reset();
        auto own = spanwise::start("child", spanwise::simple{telling(said)});
        spanwise::stop_on_signal const own_stop{own};
        make_spans(1);
        ::kill(::getpid(), SIGTERM);
        wait_to_be_ended();
        return 0;
      }};
      if (grandchild.end(5s).signal != SIGTERM) return 2;
      if (stop->signal() != 0) return 3;
      ::kill(::getpid(), SIGTERM); // the parent's own still works
      wait_to_be_ended();
      code = 0;
    }
    return code;
  }};
  auto const end = parent.end();
  CHECK(end.code == -1);
  CHECK(end.signal == SIGTERM);
  CHECK(said.rest() == "ss");
}

#if defined(__linux__)
TEST_CASE("the first process of a container ends too, though the kernel keeps the signal from it", "[fork]") {
  tally said;
  child_process outside{[&]() -> int {
    if (::unshare(CLONE_NEWPID) != 0) return 99; // only root may
    child_process first{[&]() -> int {
      if (::getpid() != 1) return 98;
      auto tracing =
          spanwise::start("test", spanwise::batch{spanwise::batch_options{.schedule_delay = 1h}, telling(said)});
      spanwise::stop_on_signal const stop{tracing};
      make_spans(2);
      said.say('r');
      wait_to_be_ended();
      return 0;
    }};
    if (said.next() != 'r') return 1;
    ::kill(first.pid(), SIGTERM);
    return first.end(5s).code;
  }};
  int const code = outside.end().code;
  if (code == 99 || code == 98) return;
  CHECK(code == 128 + SIGTERM);
  CHECK(said.rest() == "ss");
}
#endif
