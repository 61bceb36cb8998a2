#include <spanwise/trace/tracer_configurator.hpp>

#include "diagnostics_log.hpp"
#include "recorded.hpp"

#include <atomic>
#include <memory>
#include <thread>

using testing::recorded;

namespace {

constexpr spanwise::tracer chatty{"chatty", "1"};
constexpr spanwise::tracer useful{"useful", "2"};

spanwise::tracer_config all_but_chatty(spanwise::scope_view const& scope) {
  return {.enabled = scope.name != "chatty"};
}

} // namespace

TEST_CASE("a tracer that is turned off makes no spans; what is below it hangs on what was above") {
  recorded traced{{.tracers = all_but_chatty}};
  {
    auto const outer = useful.span("outer");
    auto const off = chatty.span("off");
    CHECK_FALSE(off.recording());
    CHECK(off.context().span() == outer.context().span());
    auto const job = chatty.detached("off, too");
    CHECK_FALSE(job.recording());
    auto const inner = useful.span("inner");
    CHECK(inner.recording());
  }
  traced.settle();
  CHECK(traced.size() == 2);
  CHECK(traced["inner"].parent_span_id() == traced["outer"].span_id());
  CHECK(traced.counts().started == 2);
  CHECK(useful.enabled());
  CHECK_FALSE(chatty.enabled());
}

TEST_CASE("spans without a tracer are turned off as the scope without a name") {
  recorded traced{{.tracers = [](spanwise::scope_view const& scope) -> spanwise::tracer_config {
    return {.enabled = !scope.name.empty()};
  }}};
  { spanwise::span const bare{"bare"}; }
  { auto const named = useful.span("named"); }
  CHECK(traced.only().name() == "named");
}

TEST_CASE("a configurator is asked once for each scope, and again after it was replaced") {
  auto const asked = std::make_shared<std::atomic<int>>(0);
  recorded traced{{.tracers = [asked](spanwise::scope_view const& scope) {
    ++*asked;
    return all_but_chatty(scope);
  }}};
  for (int i = 0; i < 3; ++i) {
    auto const a = chatty.span("a");
    auto const b = useful.span("b");
  }
  CHECK(*asked == 2);
  CHECK(traced.tracing().configure_tracers([asked](spanwise::scope_view const& scope) {
    ++*asked;
    return spanwise::tracer_config{.enabled = scope.name == "chatty"};
  }));
  for (int i = 0; i < 3; ++i) {
    auto const c = chatty.span("c");
    auto const d = useful.span("d");
  }
  CHECK(*asked == 4);
  CHECK(traced.size() == 6);
  for (auto const& each : traced.spans()) CHECK((each.name() == "b" || each.name() == "c"));
}

TEST_CASE("a pipeline that began without a configurator can get one, and the next pipeline knows nothing of it") {
  {
    recorded traced;
    { auto const before = chatty.span("before"); }
    CHECK(traced.tracing().configure_tracers(all_but_chatty));
    { auto const after = chatty.span("after"); }
    CHECK(traced.only().name() == "before");
  }
  recorded traced;
  { auto const next = chatty.span("next"); }
  CHECK(traced.only().name() == "next");
}

TEST_CASE("a tracer that was turned off is on again in the next pipeline, also if that has processors") {
  { recorded const traced{{.tracers = all_but_chatty}}; CHECK_FALSE(chatty.enabled()); }
  struct idle {
    void on_end(spanwise::finished_span const&) {}
  };
  recorded traced{{.processors = {idle{}}}};
  CHECK(chatty.enabled());
  { auto const next = chatty.span("next"); }
  CHECK(traced.only().name() == "next");
}

TEST_CASE("a configurator that throws leaves its tracer on") {
  diagnostics_log const log;
  recorded traced{{.tracers = [](spanwise::scope_view const&) -> spanwise::tracer_config { throw 1; }}};
  { auto const span = useful.span("span"); }
  CHECK(traced.size() == 1);
  CHECK(log.lines() == std::vector<std::string>{"a tracer configurator threw an exception; the tracer stays on"});
}

TEST_CASE("configurators change while threads make spans", "[threads]") {
  spanwise::memory_sink const sink;
  auto tracing = spanwise::start("test", spanwise::batch{spanwise::memory{sink}});
  std::atomic<bool> over{false};
  std::thread worker{[&] {
    while (!over) {
      auto const a = chatty.span("a");
      auto const b = useful.span("b");
      std::this_thread::yield();
    }
  }};
  for (int i = 0; i < 200; ++i) {
    bool const on = i % 2 == 0;
    CHECK(tracing.configure_tracers([on](spanwise::scope_view const&) { return spanwise::tracer_config{.enabled = on}; }));
    std::this_thread::sleep_for(std::chrono::microseconds{100});
  }
  over = true;
  worker.join();
  CHECK_FALSE(useful.enabled());
  { auto const none = useful.span("none"); }
  static_cast<void>(tracing.shutdown(std::chrono::seconds{10}));
  int none = 0;
  for (auto const& each : sink.spans()) none += each.name() == "none" ? 1 : 0;
  CHECK(none == 0);
  CHECK(tracing.stats().spans.balanced());
  CHECK_FALSE(tracing.configure_tracers(all_but_chatty));
}
