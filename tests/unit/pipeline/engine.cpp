#include <spanwise/pipeline/engine.hpp>

#include "diagnostics_log.hpp"
#include "probe.hpp"

#include <optional>
#include <stdexcept>

using namespace testing;

namespace {

/// Sees to it that a hanging exporter is let go when its test is over, and that its thread has left.
struct hanging {
  inbox box;
  gate door;
  bool honours_cancel = false;

  [[nodiscard]] probe exporter() {
    probe made{box, [in = box, at = door](spanwise::span_batch const& batch, spanwise::deadline) mutable {
                 return at.wait(10s) ? spanwise::export_result{.failed = batch.records.size()} : in.take(batch);
               }};
    if (honours_cancel) made.on_cancel = [at = door]() mutable { at.open(); };
    return made;
  }
  ~hanging() {
    door.open();
    while (box->alive != 0) std::this_thread::sleep_for(1ms);
  }
};

} // namespace

TEST_CASE("shutdown returns in time from an exporter that hangs, and says what is left", "[threads]") {
  hanging stuck;
  diagnostics_log log;
  {
    auto tracing =
        spanwise::start("test", spanwise::batch{spanwise::batch_options{.schedule_delay = 0ms}, stuck.exporter()});
    make_spans(20);
    CHECK(stuck.door.wait_for_arrival());
    make_spans(10);
    spanwise::shutdown_result end;
    CHECK(time_of([&] { end = tracing.shutdown(200ms); }) <= 250ms);
    CHECK(stuck.box->cancels == 1);
    CHECK(end.exported == 0);
    CHECK(end.dropped == 0);
    CHECK(end.left == 30);
    CHECK(tracing.stats().spans.balanced());
    CHECK(time_of([&] { end = tracing.shutdown(200ms); }) < 20ms);
    CHECK(end.left == 30);
  }
  CHECK(stuck.box->alive == 1); // the thread that hangs still needs it
  CHECK(log.lines().empty());   // the caller was told
}

TEST_CASE("an exporter that can be cancelled tells what became of its spans within the time", "[threads]") {
  hanging stuck;
  stuck.honours_cancel = true;
  auto tracing =
      spanwise::start("test", spanwise::batch{spanwise::batch_options{.schedule_delay = 0ms}, stuck.exporter()});
  make_spans(20);
  CHECK(stuck.door.wait_for_arrival());
  spanwise::shutdown_result end;
  auto const took = time_of([&] { end = tracing.shutdown(200ms); });
  CHECK(took >= 100ms);
  CHECK(took <= 250ms);
  CHECK(end.dropped == 20);
  CHECK(end.left == 0);
  CHECK(stuck.box->shutdowns == 1);
  check_accounts(tracing.stats(), {stuck.box}, end);
}

TEST_CASE("the destructor keeps to the time in the options, whatever the exporter does", "[threads]") {
  hanging stuck;
  diagnostics_log log;
  std::optional<spanwise::provider> tracing;
  tracing.emplace(spanwise::start("test",
                                  spanwise::batch{spanwise::batch_options{.schedule_delay = 0ms}, stuck.exporter()},
                                  {.shutdown_timeout = 100ms}));
  make_spans(1);
  CHECK(stuck.door.wait_for_arrival());
  CHECK(time_of([&] { tracing.reset(); }) <= 150ms);
  CHECK(log.lines() ==
        std::vector<std::string>{"tracing ended with 0 spans delivered, 0 lost and 1 unfinished or unsent"});
}

TEST_CASE("flush gives up in time, and costs no span its delivery", "[threads]") {
  inbox box;
  gate door;
  std::atomic<std::int64_t> left_ms{0};
  auto tracing = spanwise::start(
      "test", spanwise::batch{spanwise::batch_options{.schedule_delay = 1h},
                              probe{box, [&, door](spanwise::span_batch const& batch, spanwise::deadline until) {
                                      left_ms = (until - steady::now()) / 1ms;
                                      door.wait();
                                      return box.take(batch);
                                    }}});
  make_spans(5);
  CHECK(time_of([&] { CHECK_FALSE(tracing.flush(100ms)); }) <= 150ms);
  CHECK(left_ms > 20'000);
  door.open();
  CHECK(tracing.flush());
  auto const end = tracing.shutdown(5s);
  CHECK(end.exported == 5);
  check_accounts(tracing.stats(), {box}, end);
}

TEST_CASE("flush says so when spans could not be delivered", "[threads]") {
  inbox box;
  bool works = false;
  auto const pipeline_of = [&](auto wrap) {
    return wrap(probe{box, [&](spanwise::span_batch const& batch, spanwise::deadline) {
                        return works ? box.take(batch) : spanwise::export_result{.failed = batch.records.size()};
                      }});
  };
  auto const run = [&](auto pipeline, bool at_once) {
    works = false;
    diagnostics_log log;
    auto tracing = spanwise::start("test", std::move(pipeline));
    make_spans(3);
    CHECK(tracing.flush() == at_once); // what failed before the flush was told already
    works = true;
    make_spans(3);
    CHECK(tracing.flush());
    auto const end = tracing.shutdown(5s);
    CHECK(end.exported == 3);
    CHECK(end.dropped == 3);
  };
  run(pipeline_of([](probe made) { return spanwise::batch{std::move(made)}; }), false);
  run(pipeline_of([](probe made) { return spanwise::simple{std::move(made)}; }), true);
  CHECK(box.size() == 6);
}

TEST_CASE("flush says so when the exporter's own flush fails, and other flushes are not mixed up with it",
          "[threads]") {
  inbox box;
  probe made{box};
  std::size_t there = 0;
  made.on_flush = [&](spanwise::deadline) {
    there = box.size();
    return false;
  };
  auto tracing = spanwise::start("test", spanwise::batch{std::move(made)});
  make_spans(1);
  CHECK_FALSE(tracing.flush());
  CHECK(there == 1); // what was ended comes before the exporter's own flush
}

TEST_CASE("many threads may flush at once; each finds its own spans delivered", "[threads]") {
  inbox box;
  auto tracing = spanwise::start(
      "test", spanwise::batch{spanwise::batch_options{.schedule_delay = 1h, .max_export_batch_size = 7}, probe{box}});
  std::atomic<int> missing{0};
  std::atomic<int> refused{0};
  on_threads(8, [&] {
    for (int i = 0; i < 20; ++i) {
      std::uint64_t id = 0;
      {
        spanwise::span one{"one"};
        id = number_of(one.context().span().span_id());
      }
      if (!tracing.flush()) ++refused;
      auto const ids = box.ids();
      if (std::find(ids.begin(), ids.end(), id) == ids.end()) ++missing;
    }
  });
  CHECK(missing == 0);
  CHECK(refused == 0);
  auto const end = tracing.shutdown(5s);
  check_accounts(tracing.stats(), {box}, end);
}

TEST_CASE("an exporter may throw from each of its members", "[threads]") {
  bool const at_once = GENERATE(false, true);
  inbox box;
  diagnostics_log log;
  auto const make = [&] {
    probe made{box, [](spanwise::span_batch const&, spanwise::deadline) -> spanwise::export_result {
                 throw std::runtime_error{"no"};
               }};
    made.on_flush = [](spanwise::deadline) -> bool { throw 1; };
    made.on_shutdown = [](spanwise::deadline) { throw 2; };
    made.on_cancel = [] { throw 3; };
    return made;
  };
  auto tracing =
      at_once ? spanwise::start("test", spanwise::simple{make()}) : spanwise::start("test", spanwise::batch{make()});
  make_spans(5);
  CHECK_FALSE(tracing.flush());
  make_spans(5);
  auto const end = tracing.shutdown(5s);
  CHECK(end.exported == 0);
  CHECK(end.dropped == 10);
  check_accounts(tracing.stats(), {box}, end);
  auto const told = log.lines();
  CHECK(std::count_if(told.begin(), told.end(),
                      [](std::string const& line) { return line.find("exporter threw") != line.npos; }) == 1);
}

TEST_CASE("an exception thrown in cancel stays inside", "[threads]") {
  hanging stuck;
  diagnostics_log log;
  probe made = stuck.exporter();
  made.on_cancel = [] { throw 3; };
  auto tracing =
      spanwise::start("test", spanwise::batch{spanwise::batch_options{.schedule_delay = 0ms}, std::move(made)});
  make_spans(1);
  CHECK(stuck.door.wait_for_arrival());
  auto const end = tracing.shutdown(50ms);
  CHECK(end.left == 1);
}

TEST_CASE("an exporter that miscounts is told of, and its whole batch counts as failed") {
  int const by = GENERATE(-1, 1);
  inbox box;
  diagnostics_log log;
  auto tracing = spanwise::start(
      "test", spanwise::simple{probe{box, [&](spanwise::span_batch const& batch, spanwise::deadline) {
                                       return spanwise::export_result{.exported = batch.records.size() +
                                                                                  static_cast<std::size_t>(by)};
                                     }}});
  make_spans(3);
  auto const end = tracing.shutdown(5s);
  CHECK(end.exported == 0);
  CHECK(end.dropped == 3);
  CHECK(tracing.stats().branches[0].failed == 3);
  CHECK(log.lines().size() == 1);
}

TEST_CASE("rejected spans count as lost", "[threads]") {
  inbox box;
  auto tracing =
      spanwise::start("test", spanwise::batch{probe{box, [&](spanwise::span_batch const& batch, spanwise::deadline) {
                                                      auto some = batch;
                                                      some.records = batch.records.first(2);
                                                      box.take(some);
                                                      return spanwise::export_result{
                                                          .exported = 2, .rejected = batch.records.size() - 2};
                                                    }}});
  make_spans(5);
  auto const end = tracing.shutdown(5s);
  CHECK(end.exported == 2);
  CHECK(end.dropped == 3);
  CHECK(tracing.stats().branches[0].rejected == 3);
  check_accounts(tracing.stats(), {box}, end);
}

TEST_CASE("spans that an exporter makes are none", "[threads]") {
  bool const at_once = GENERATE(false, true);
  inbox box;
  auto const make = [&] {
    probe made{box, [&](spanwise::span_batch const& batch, spanwise::deadline) {
                 spanwise::span own{"own"};
                 own.set("some", 1);
                 spanwise::detached_span other{"other"};
                 return box.take(batch);
               }};
    made.on_flush = [](spanwise::deadline) {
      make_spans(1, "flush");
      return true;
    };
    made.on_shutdown = [](spanwise::deadline) { make_spans(1, "shutdown"); };
    return made;
  };
  auto tracing =
      at_once ? spanwise::start("test", spanwise::simple{make()}) : spanwise::start("test", spanwise::batch{make()});
  make_spans(5);
  CHECK(tracing.flush());
  make_spans(5);
  auto const end = tracing.shutdown(5s);
  CHECK(end.exported == 10);
  CHECK(box.names() == std::vector<std::string>(10, "work"));
  CHECK(tracing.stats().spans.started == 10);
  check_accounts(tracing.stats(), {box}, end);
  auto again = spanwise::start("test", spanwise::simple{probe{box}});
  make_spans(1); // this thread is not silenced for good
  CHECK(box.size() == 11);
}

TEST_CASE("an exporter may end a span that was started elsewhere", "[threads]") {
  bool const at_once = GENERATE(false, true);
  inbox box;
  std::optional<spanwise::detached_span> held;
  auto const make = [&] {
    return probe{box, [&](spanwise::span_batch const& batch, spanwise::deadline) {
                   held.reset();
                   return box.take(batch);
                 }};
  };
  auto tracing =
      at_once ? spanwise::start("test", spanwise::simple{make()}) : spanwise::start("test", spanwise::batch{make()});
  held.emplace("held");
  make_spans(1);
  CHECK(tracing.flush());
  CHECK(tracing.flush());
  CHECK(box.names() == std::vector<std::string>{"work", "held"});
  auto const end = tracing.shutdown(5s);
  check_accounts(tracing.stats(), {box}, end);
}

TEST_CASE("flush and shutdown from inside an exporter do nothing but say so", "[threads]") {
  bool const at_once = GENERATE(false, true);
  inbox box;
  diagnostics_log log;
  spanwise::provider* all = nullptr;
  std::atomic<bool> flushed{true};
  auto const make = [&] {
    return probe{box, [&](spanwise::span_batch const& batch, spanwise::deadline) {
                   flushed = all->flush(5s);
                   static_cast<void>(all->shutdown(5s));
                   return box.take(batch);
                 }};
  };
  auto tracing =
      at_once ? spanwise::start("test", spanwise::simple{make()}) : spanwise::start("test", spanwise::batch{make()});
  all = &tracing;
  CHECK(time_of([&] {
          make_spans(3);
          CHECK(tracing.flush());
        }) < 1s);
  CHECK_FALSE(flushed);
  CHECK(box.size() == 3);
  CHECK(tracing.running());
  auto const end = tracing.shutdown(5s);
  check_accounts(tracing.stats(), {box}, end);
  auto const told = log.lines();
  CHECK(std::count_if(told.begin(), told.end(),
                      [](std::string const& line) { return line.find("from inside") != line.npos; }) == 1);
}

TEST_CASE("a simple pipeline whose exporter hangs on another thread is left in time", "[threads]") {
  hanging stuck;
  diagnostics_log log;
  std::thread waiting;
  std::thread also;
  {
    auto tracing = spanwise::start("test", spanwise::simple{stuck.exporter()});
    waiting = std::thread{[] { make_spans(1); }};
    CHECK(stuck.door.wait_for_arrival());
    also = std::thread{[] { make_spans(1); }};
    CHECK(time_of([&] { CHECK_FALSE(tracing.flush(100ms)); }) <= 150ms);
    spanwise::shutdown_result end;
    CHECK(time_of([&] { end = tracing.shutdown(200ms); }) <= 250ms);
    CHECK(stuck.box->cancels == 1);
    CHECK(end.left == 2);
    CHECK(time_of([&] { also.join(); }) < 50ms); // nobody waits any more
    CHECK(tracing.stats().spans.balanced());
  }
  stuck.door.open();
  waiting.join();
  CHECK(stuck.box->alive == 1); // kept for good: a thread was inside
  --stuck.box->alive;
}

TEST_CASE("shutdown may be called from several threads, which all hear the same", "[threads]") {
  inbox box;
  auto tracing =
      spanwise::start("test", spanwise::batch{probe{box, [&](spanwise::span_batch const& batch, spanwise::deadline) {
                                                      std::this_thread::sleep_for(20ms);
                                                      return box.take(batch);
                                                    }}});
  make_spans(100);
  std::mutex guard;
  std::vector<spanwise::shutdown_result> ends;
  on_threads(4, [&] {
    auto const end = tracing.shutdown(5s);
    std::lock_guard const held{guard};
    ends.push_back(end);
  });
  for (auto const& end : ends) CHECK(end.exported == 100);
  CHECK(box->shutdowns == 1);
  check_accounts(tracing.stats(), {box}, ends.front());
}

TEST_CASE("a second shutdown in a hurry tells how far things are", "[threads]") {
  hanging stuck;
  diagnostics_log log;
  auto tracing =
      spanwise::start("test", spanwise::batch{spanwise::batch_options{.schedule_delay = 0ms}, stuck.exporter()});
  make_spans(3);
  CHECK(stuck.door.wait_for_arrival());
  std::thread patient{[&] { static_cast<void>(tracing.shutdown(1s)); }};
  while (tracing.running()) std::this_thread::yield();
  spanwise::shutdown_result end;
  CHECK(time_of([&] { end = tracing.shutdown(50ms); }) <= 100ms);
  CHECK(end.left == 3);
  stuck.door.open();
  patient.join();
}

TEST_CASE("spans that end during and after shutdown are delivered or counted, each once", "[threads]") {
  bool const at_once = GENERATE(false, true);
  diagnostics_log log;
  for (int round = 0; round < 4; ++round) {
    inbox box;
    auto tracing =
        at_once ? spanwise::start("test", spanwise::simple{probe{box}})
                : spanwise::start("test",
                                  spanwise::batch{spanwise::batch_options{.max_export_batch_size = 64}, probe{box}});
    std::atomic<bool> over{false};
    std::atomic<int> begun{0};
    std::vector<std::thread> busy;
    for (int i = 0; i < 8; ++i)
      busy.emplace_back([&] {
        spanwise::span whole{"whole"};
        ++begun;
        while (!over) {
          spanwise::span outer{"outer"};
          spanwise::span inner{"inner"};
          std::this_thread::yield();
        }
      });
    CHECK(box.wait_for(100));
    while (begun != 8) std::this_thread::yield();
    auto const end = tracing.shutdown(5s);
    auto const size = box.size();
    over = true;
    for (auto& each : busy) each.join();
    CHECK(box.size() == size);
    CHECK(end.exported == size);
    CHECK(end.dropped + end.left >= 8);
    auto const spans = check_accounts(tracing.stats(), {box});
    CHECK(spans.in_flight == 0);
    CHECK(dropped(spans, spanwise::drop_reason::after_shutdown) >= 8);
    CHECK(spans.started == size + spans.dropped_total());
  }
}

TEST_CASE("flush, stats and shutdown may go on while threads make spans", "[threads]") {
  inbox box;
  auto tracing = spanwise::start("test", spanwise::batch{probe{box}});
  std::atomic<bool> over{false};
  std::vector<std::thread> busy;
  for (int i = 0; i < 4; ++i)
    busy.emplace_back([&] {
      while (!over) {
        make_spans(10);
        std::this_thread::sleep_for(1ms);
      }
    });
  for (int i = 0; i < 20; ++i) {
    CHECK(tracing.flush());
    CHECK(tracing.stats().branches.size() == 1);
  }
  over = true;
  for (auto& each : busy) each.join();
  auto const end = tracing.shutdown(5s);
  CHECK(end.left == 0);
  check_accounts(tracing.stats(), {box}, end);
}

TEST_CASE("a span that is open at the shutdown counts as left, then as ended too late", "[threads]") {
  bool const at_once = GENERATE(false, true);
  inbox box;
  diagnostics_log log;
  auto tracing = at_once ? spanwise::start("test", spanwise::simple{probe{box}})
                         : spanwise::start("test", spanwise::batch{probe{box}});
  {
    spanwise::span open{"open"};
    make_spans(2);
    auto const end = tracing.shutdown(5s);
    CHECK(end.exported == 2);
    CHECK(end.left == 1);
    check_accounts(tracing.stats(), {box}, end);
    CHECK_FALSE(tracing.running());
    make_spans(5); // not even started
  }
  auto const spans = check_accounts(tracing.stats(), {box});
  CHECK(spans.started == 3);
  CHECK(spans.in_flight == 0);
  CHECK(dropped(spans, spanwise::drop_reason::after_shutdown) == 1);
  CHECK(box.size() == 2);
  CHECK(tracing.flush()); // nothing to do is no failure
}

TEST_CASE("waiting times that no clock can add up mean a long time") {
  inbox box;
  spanwise::batch_options const longest{.schedule_delay = std::chrono::milliseconds::max(),
                                        .export_timeout = std::chrono::milliseconds::max()};
  auto tracing = spanwise::start("test", spanwise::batch{longest, probe{box}},
                                 {.shutdown_timeout = std::chrono::milliseconds::max()});
  make_spans(3);
  CHECK(tracing.flush(std::chrono::nanoseconds::max()));
  make_spans(3);
  auto const end = tracing.shutdown();
  CHECK(end.exported == 6);
}

TEST_CASE("without time nothing is waited for", "[threads]") {
  auto const none = GENERATE(as<std::chrono::nanoseconds>{}, 0ns, -1s, std::chrono::nanoseconds::min());
  inbox box;
  diagnostics_log log;
  auto tracing = spanwise::start("test", spanwise::batch{probe{box}});
  make_spans(3);
  static_cast<void>(tracing.flush(none));
  auto const end = tracing.shutdown(none);
  CHECK(end.exported + end.left == 3);
}

TEST_CASE("what went wrong at export is told once, not for each batch", "[threads]") {
  inbox box;
  std::atomic<int> calls{0};
  diagnostics_log log;
  auto tracing = spanwise::start(
      "test",
      spanwise::batch{spanwise::batch_options{.max_export_batch_size = 1},
                      probe{box, [&](spanwise::span_batch const&, spanwise::deadline) -> spanwise::export_result {
                              ++calls;
                              throw std::runtime_error{"no"};
                            }}});
  make_spans(1000);
  CHECK_FALSE(tracing.flush());
  CHECK(log.lines().size() == 1);
  CHECK(calls == 1000); // nothing is tried twice
  CHECK(tracing.stats().branches[0].failed == 1000);
}

TEST_CASE("spans whose attributes were overwritten arrive with the last values, at whatever place in a batch") {
  std::vector<std::string> seen;
  inbox box;
  auto tracing = spanwise::start(
      "test", spanwise::batch{probe{box, [&](spanwise::span_batch const& batch, spanwise::deadline) {
                                      for (spanwise::record const& each : batch.records)
                                        for (auto const& attribute : spanwise::span_view{each}.attributes())
                                          seen.emplace_back(attribute.value.as_string());
                                      return box.take(batch);
                                    }}});
  for (int i = 0; i < 100; ++i) {
    spanwise::span one{"one", {"key", "first"}};
    if (i % 3 == 0) one.set("key", "second");
  }
  CHECK(tracing.flush());
  REQUIRE(seen.size() == 100);
  for (std::size_t i = 0; i < 100; ++i) CHECK(seen[i] == (i % 3 == 0 ? "second" : "first"));
}
