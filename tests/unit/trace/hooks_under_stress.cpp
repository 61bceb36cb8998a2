// Processors, ids and configurators of users in situations that their authors did not think of: from inside one
// another, on threads that are ending, across forks and restarts.
#include <spanwise/trace/span_processor.hpp>

#include "child_process.hpp"
#include "diagnostics_log.hpp"
#include "probe.hpp"
#include "recorded.hpp"

#include <atomic>
#include <optional>
#include <thread>

using testing::recorded;
using namespace std::chrono_literals;

namespace {

struct counting {
  std::shared_ptr<std::atomic<int>> starts = std::make_shared<std::atomic<int>>(0);
  std::shared_ptr<std::atomic<int>> ends = std::make_shared<std::atomic<int>>(0);
  void on_start(spanwise::started_span&, spanwise::context const&) { ++*starts; }
  void on_end(spanwise::finished_span const&) { ++*ends; }
};

constexpr spanwise::tracer chatty{"chatty", "1"};

/// What a child process has to say.
class one_way {
public:
  one_way() { REQUIRE(::pipe(ends_) == 0); }
  one_way(one_way const&) = delete;
  one_way& operator=(one_way const&) = delete;
  ~one_way() {
    for (int const end : ends_) ::close(end);
  }
  [[nodiscard]] int write_end() const { return ends_[1]; }
  [[nodiscard]] std::string written() const {
    char text[256];
    REQUIRE(::write(ends_[1], "", 1) == 1); // so that there is something to read
    auto const size = ::read(ends_[0], text, sizeof text);
    REQUIRE(size > 0);
    return {text, static_cast<std::size_t>(size) - 1};
  }

private:
  int ends_[2]{};
};

/// An exporter that writes the names of spans where a parent process reads them.
struct reporting {
  int end;
  spanwise::export_result export_spans(spanwise::span_batch const& batch, spanwise::deadline) const {
    for (spanwise::record const& each : batch.records) {
      std::string const name = std::string{spanwise::span_view{each}.name()} + " ";
      if (::write(end, name.data(), name.size()) < 0) return {};
    }
    return {.exported = batch.records.size()};
  }
};

/// What `work` returns in a forked child.
template <class Work> bool in_child(Work const& work) {
  testing::child_process child{[&] { return work() ? 0 : 1; }};
  return child.end().code == 0;
}

} // namespace

TEST_CASE("what one pipeline turned off is on in the next one, also if that has hooks") {
  {
    recorded traced{{.tracers = [](spanwise::scope_view const&) { return spanwise::tracer_config{.enabled = false}; }}};
    { auto const off = chatty.span("off"); }
    CHECK(traced.size() == 0);
  }
  counting all;
  recorded traced{{.processors = {all}}};
  { auto const on = chatty.span("on"); }
  CHECK(traced.only().name() == "on");
  CHECK(*all.ends == 1);
}

TEST_CASE("an id generator may look at the current context, which is that of the parent") {
  struct looks {
    std::shared_ptr<std::vector<std::string>> seen = std::make_shared<std::vector<std::string>>();
    std::shared_ptr<unsigned char> next = std::make_shared<unsigned char>(1);
    spanwise::trace_id generate_trace_id() const {
      std::uint8_t bytes[16]{1};
      bytes[15] = (*next)++;
      return spanwise::trace_id::from_bytes(bytes);
    }
    spanwise::span_id generate_span_id() const {
      seen->push_back(std::string{spanwise::current_context().span().span_id().hex().view()});
      auto const entered = spanwise::attach(spanwise::current_context());
      std::uint8_t bytes[8]{2};
      bytes[7] = (*next)++;
      return spanwise::span_id::from_bytes(bytes);
    }
  };
  looks ids;
  recorded traced{{.ids = ids}};
  {
    spanwise::span const outer{"outer"};
    CHECK(spanwise::current_context().span() == outer.context().span());
    {
      spanwise::span const inner{"inner"};
      CHECK(spanwise::current_context().span() == inner.context().span());
      spanwise::span const leaf{"leaf"};
      CHECK(spanwise::current_context().span() == leaf.context().span());
    }
    CHECK(spanwise::current_context().span() == outer.context().span());
    spanwise::span const again{"again"};
  }
  CHECK_FALSE(spanwise::current_context().span().valid());
  traced.settle();
  CHECK(traced["inner"].parent_span_id() == traced["outer"].span_id());
  CHECK(traced["leaf"].parent_span_id() == traced["inner"].span_id());
  CHECK(traced["again"].parent_span_id() == traced["outer"].span_id());
  std::string const outer{traced["outer"].span_id().hex().view()};
  CHECK(*ids.seen == std::vector<std::string>{std::string(16, '0'), outer,
                                              std::string{traced["inner"].span_id().hex().view()}, outer});
}

TEST_CASE("ids that repeat do no harm") {
  struct same {
    spanwise::trace_id generate_trace_id() const {
      return *spanwise::trace_id::from_hex("3f9a1c5be27d4d0b8c6e0a47d15f2b93");
    }
    spanwise::span_id generate_span_id() const { return *spanwise::span_id::from_hex("5ad3e7f1096b2c48"); }
  };
  recorded traced{{.ids = same{}}};
  {
    spanwise::span const outer{"outer"};
    spanwise::span const inner{"inner"};
    spanwise::detached_span const job{"job"};
  }
  CHECK(traced.size() == 3);
}

TEST_CASE("processors see the end of spans that end when their thread does", "[threads]") {
  counting all;
  recorded traced{{.processors = {all}}};
  std::thread{[] {
    struct last_words {
      std::unique_ptr<spanwise::detached_span> kept;
      ~last_words() { kept.reset(); }
    };
    static thread_local last_words words; // made before the thread's own things, so destroyed after them
    words.kept.reset();
    words.kept = std::make_unique<spanwise::detached_span>("last");
  }}.join();
  traced.settle();
  CHECK(traced.size() == 1);
  CHECK(*all.starts == 1);
  CHECK(*all.ends == 1);
}

TEST_CASE("code of users on a thread that is ending may make spans and look at the context", "[threads]") {
  struct meddles {
    void on_end(spanwise::finished_span const&) {
      spanwise::span const one{"from a processor"};
      spanwise::span const two{"with a parent", {.parent = one.context()}};
      spanwise::detached_span const three{"three"};
      auto const active = three.activate();
      auto const entered = spanwise::attach(spanwise::current_context());
      spanwise::current_span().set("a", 1);
    }
  };
  bool const hooked = GENERATE(false, true);
  testing::inbox box;
  testing::probe exporting{box, [=](spanwise::span_batch const& batch, spanwise::deadline) mutable {
                             spanwise::span const one{"from an exporter"};
                             spanwise::span const two{"with a parent", {.parent = one.context()}};
                             auto const entered = spanwise::attach(spanwise::current_context());
                             return box.take(batch);
                           }};
  spanwise::options chosen{};
  if (hooked) chosen.processors = {meddles{}};
  auto tracing = spanwise::start("test", spanwise::simple{std::move(exporting)}, std::move(chosen));
  std::thread{[] {
    struct last_words {
      std::unique_ptr<spanwise::detached_span> kept;
      ~last_words() { kept.reset(); }
    };
    static thread_local last_words words;
    words.kept.reset();
    words.kept = std::make_unique<spanwise::detached_span>("last");
  }}.join();
  CHECK(tracing.shutdown(5s).exported == 1);
  CHECK(box.names() == std::vector<std::string>{"last"});
}

TEST_CASE("flush and shutdown of the own pipeline from inside a processor do nothing but say so", "[threads]") {
  struct meddles {
    spanwise::provider** tracing;
    void on_end(spanwise::finished_span const&) {
      CHECK(testing::time_of([&] { CHECK_FALSE((*tracing)->flush(2s)); }) < 1s);
      CHECK(testing::time_of([&] { static_cast<void>((*tracing)->shutdown(2s)); }) < 1s);
    }
  };
  diagnostics_log log;
  spanwise::provider* tracing = nullptr;
  bool const simple = GENERATE(false, true);
  testing::inbox box;
  {
    spanwise::options chosen{.processors = {meddles{&tracing}}};
    auto running = simple ? spanwise::start("test", spanwise::simple{testing::probe{box}}, std::move(chosen))
                          : spanwise::start("test", spanwise::batch{testing::probe{box}}, std::move(chosen));
    tracing = &running;
    { spanwise::span const one{"one"}; }
    { spanwise::span const two{"two"}; }
    CHECK(running.running());
    auto const end = running.shutdown(5s);
    CHECK(end.exported == 2);
    CHECK(end.left == 0);
  }
  CHECK(box.size() == 2);
  REQUIRE(log.lines().size() == 1);
  CHECK(
      log.lines()[0].starts_with("flush or shutdown was called from inside an exporter, stage, sampler or processor"));
}

TEST_CASE("a handle that goes inside a processor of its pipeline: that runs on until the process ends", "[threads]") {
  struct drops {
    std::optional<spanwise::provider>* tracing;
    void on_end(spanwise::finished_span const&) { tracing->reset(); }
  };
  bool const simple = GENERATE(false, true);
  one_way out;
  testing::child_process child{[&] {
    static std::optional<spanwise::provider> tracing;
    spanwise::options chosen{.processors = {drops{&tracing}}};
    tracing.emplace(simple ? spanwise::start("test", spanwise::simple{reporting{out.write_end()}}, std::move(chosen))
                           : spanwise::start("test", spanwise::batch{reporting{out.write_end()}}, std::move(chosen)));
    { spanwise::span const one{"one"}; }
    { spanwise::span const two{"two"}; }
    std::exit(0);
    return 0;
  }};
  CHECK(child.end().code == 0);
  CHECK(out.written() == "one two ");
}

TEST_CASE("a processor that ends the process: what was ended before is sent", "[threads]") {
  struct quits {
    void on_end(spanwise::finished_span const& ended) {
      if (ended.name() == "last") std::exit(0);
    }
  };
  one_way out;
  testing::child_process child{[&] {
    auto tracing = spanwise::start("test", spanwise::batch{reporting{out.write_end()}}, {.processors = {quits{}}});
    { spanwise::span const one{"one"}; }
    { spanwise::span const last{"last"}; }
    return 3;
  }};
  auto const time = testing::time_of([&] { CHECK(child.end().code == 0); });
  CHECK(time < 3s);
  CHECK(out.written() == "one ");
}

TEST_CASE("processors are not flushed after their end, nor in a forked child", "[threads]") {
  struct strict {
    std::shared_ptr<std::atomic<int>> flushes = std::make_shared<std::atomic<int>>(0);
    std::shared_ptr<std::atomic<int>> ends = std::make_shared<std::atomic<int>>(0);
    void on_end(spanwise::finished_span const&) {}
    bool flush(spanwise::deadline) {
      ++*flushes;
      return true;
    }
    void shutdown(spanwise::deadline) { ++*ends; }
  };
  strict one;
  auto tracing = spanwise::start("test", spanwise::memory{}, {.processors = {one}});
  CHECK(in_child([&] {
    static_cast<void>(tracing.flush(1s));
    static_cast<void>(tracing.shutdown(1s));
    return *one.flushes == 0 && *one.ends == 0;
  }));
  CHECK(tracing.flush(1s));
  CHECK(*one.flushes == 1);
  static_cast<void>(tracing.shutdown(1s));
  static_cast<void>(tracing.flush(1s));
  static_cast<void>(tracing.shutdown(1s));
  CHECK(*one.flushes == 1);
  CHECK(*one.ends == 1);
}

TEST_CASE("a fork inside a processor leaves parent and child whole", "[threads]") {
  struct forks {
    std::shared_ptr<bool> child_good = std::make_shared<bool>(false);
    void on_start(spanwise::started_span& started, spanwise::context const&) {
      *child_good = in_child([&] {
        started.set("in.child", 1);
        { spanwise::span const none{"none"}; }
        testing::inbox box;
        auto again = spanwise::start("child", spanwise::simple{testing::probe{box}});
        { spanwise::span const made{"made"}; }
        return again.shutdown(1s).exported == 1 && box.size() == 1;
      });
      started.set("in.parent", 1);
    }
  };
  forks one;
  recorded traced{{.processors = {one}}};
  { spanwise::span const work{"work"}; }
  CHECK(*one.child_good);
  CHECK(traced.attributes() == "{in.parent: 1}");
}

TEST_CASE("a processor that ends the span it was given, or another one, by its owner") {
  struct ends {
    spanwise::span** own;
    spanwise::span** other;
    void on_start(spanwise::started_span& started, spanwise::context const&) {
      if (*own != nullptr && started.view().name() == "own") {
        (*own)->end();
        started.set("after", 1);
        started.event("after");
      }
    }
    void on_ending(spanwise::started_span& ending) {
      if (ending.view().name() == "own" && *own != nullptr) (*own)->end();
      if (ending.view().name() == "outer" && *other != nullptr) (*other)->end();
    }
  };
  spanwise::span* own = nullptr;
  spanwise::span* other = nullptr;
  recorded traced{{.processors = {ends{&own, &other}}}};
  {
    alignas(spanwise::span) unsigned char place[sizeof(spanwise::span)];
    own = reinterpret_cast<spanwise::span*>(place);
    new (place) spanwise::span{"own", {"a", 1}};
    CHECK_FALSE(own->recording());
    own->~basic_span();
    own = nullptr;
  }
  {
    spanwise::span outer{"outer"};
    spanwise::span inner{"inner"};
    other = &inner;
    outer.end();
    CHECK_FALSE(inner.recording());
    other = nullptr;
  }
  traced.settle();
  CHECK(traced.size() == 3);
  CHECK(testing::shown(traced["own"].attributes()) == "{a: 1}");
  CHECK(traced.counts().in_flight == 0);
}

TEST_CASE("spans that are open across an end and a new start with other hooks belong to nobody") {
  counting first;
  counting second;
  auto before = spanwise::start("test", spanwise::memory{}, {.processors = {first}});
  std::optional<spanwise::span> open{std::in_place, "open"};
  spanwise::detached_span job{"job"};
  auto const end = before.shutdown(1s);
  CHECK(end.left == 2);
  before = spanwise::provider{"none", spanwise::memory{}};
  static_cast<void>(before.shutdown(1s));
  {
    recorded traced{{.processors = {second}}};
    open->set("late", 1);
    open.reset();
    job.end();
    { spanwise::span const fresh{"fresh"}; }
    CHECK(traced.size() == 1);
  }
  CHECK(*first.starts == 2);
  CHECK(*first.ends == 0);
  CHECK(*second.starts == 1);
  CHECK(*second.ends == 1);
}

TEST_CASE("a configurator that makes spans and asks its own tracer makes none", "[threads]") {
  std::atomic<int> asked{0};
  recorded traced{{.tracers = [&asked](spanwise::scope_view const& scope) {
    ++asked;
    auto const inside = chatty.span("inside");
    CHECK_FALSE(inside.recording());
    spanwise::detached_span const other{"other"};
    return spanwise::tracer_config{.enabled = scope.name == "chatty"};
  }}};
  { auto const made = chatty.span("made"); }
  CHECK(asked == 1);
  CHECK(traced.only().name() == "made");
}

TEST_CASE("pipelines come and go while threads make spans that hooks see", "[threads]") {
  std::atomic<bool> over{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] {
      while (!over.load()) {
        spanwise::span outer{"outer", {"list", {1, 2, 3}}};
        auto inner = chatty.span("inner");
        inner.set("a", 1);
        spanwise::detached_span job{"job"};
        outer.end();
      }
    });
  for (int round = 0; round < 60; ++round) {
    counting all;
    struct fixed {
      spanwise::trace_id generate_trace_id() const {
        return *spanwise::trace_id::from_hex("3f9a1c5be27d4d0b8c6e0a47d15f2b93");
      }
      spanwise::span_id generate_span_id() const {
        static_cast<void>(spanwise::current_context());
        return *spanwise::span_id::from_hex("5ad3e7f1096b2c48");
      }
    };
    auto tracing = round % 2 == 0 ? spanwise::start("test", spanwise::simple{spanwise::memory{}}, {.processors = {all}})
                                  : spanwise::start("test", spanwise::batch{spanwise::memory{}},
                                                    {.processors = {all}, .ids = fixed{}});
    std::this_thread::sleep_for(2ms);
    if (round % 3 == 0)
      tracing.configure_tracers(
          [](spanwise::scope_view const& scope) { return spanwise::tracer_config{.enabled = scope.name != "chatty"}; });
    std::this_thread::sleep_for(2ms);
    static_cast<void>(tracing.shutdown(5s));
    CHECK(*all.ends <= *all.starts);
  }
  over = true;
  for (auto& each : threads) each.join();
}
