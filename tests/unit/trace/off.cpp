// Tracing off for all of this program: each call that there is compiles, does nothing, and evaluates its arguments.
#define SPANWISE_OFF
#include <spanwise/trace/off.hpp>

#include <spanwise/async/bind.hpp>
#include <spanwise/export/memory.hpp>
#include <spanwise/pipeline/batch.hpp>
#include <spanwise/start.hpp>

#include "catch.hpp"

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <type_traits>
#include <vector>

namespace {

inline constexpr spanwise::tracer tracer{"acme.orders", "1.8.3", "https://acme.example"};

template <class Span> void every_call(Span&& span, spanwise::context const& elsewhere) {
  span.set("a", 1);
  span.set("a", {1, 2});
  span.set("a", {{"b", 1}});
  span.set(spanwise::any_key("A"), "x");
  span.set(spanwise::any_key("A"), {"x"});
  span.set({"a", 1}, {"b", "x"}, {"c", {1, 2}});
  span.event("e");
  span.event("e", {"a", 1}, {"b", 2});
  span.event("e", spanwise::time_point{1}, {"a", 1});
  span.link(elsewhere.span());
  span.link(elsewhere.span(), {"a", 1});
  span.error();
  span.error("why");
  span.ok();
  span.status(spanwise::status_code::error, "why");
  span.update_name("y");
  span.record_exception(std::runtime_error{"no"}, {"a", 1});
  span.record_failure(std::make_exception_ptr(1));
  CHECK(span.check(true));
  CHECK(!span.check(std::make_error_code(std::errc::timed_out)));
  CHECK(!span.check(std::optional<int>{}));
  CHECK(!span.recording());
  CHECK(!span.context().span().valid());
}

} // namespace

static_assert(std::is_empty_v<spanwise::span> && std::is_empty_v<spanwise::detached_span> && std::is_empty_v<spanwise::tracer>);

namespace {

struct order {
  spanwise::span span;
};
struct job {
  spanwise::detached_span span{"held"};
};

} // namespace

TEST_CASE("a pipeline of one's own is none, and its tracers are off too") {
  spanwise::memory_sink sink;
  spanwise::provider other{"test", spanwise::simple{spanwise::memory{sink}}};
  spanwise::tracer const made = other.tracer("lib", "1");
  static_assert(std::is_same_v<decltype(other.tracer("lib")), spanwise::tracer>);
  {
    auto const span = made.span("x", {"a", 1});
    CHECK(!span.recording());
  }
  CHECK(!other.running());
  CHECK(other.flush());
  CHECK(other.stats().spans.started == 0);
  CHECK(sink.size() == 0);
  spanwise::provider kept = spanwise::start("test", spanwise::memory{sink});
  CHECK(!kept.running());
}

TEST_CASE("types have the names that they have where tracing is on") {
  spanwise::detached_span const work{"work"};
  spanwise::activation const active = work.activate();
  static_assert(std::is_same_v<decltype(work.activate()), spanwise::activation>);
  static_assert(!std::is_copy_constructible_v<spanwise::activation>);
}

TEST_CASE("what holds a span is no unused variable") { // the compiler's warnings would say otherwise
  order held{spanwise::span{"x"}};
  job other;
}

TEST_CASE("spans of every kind take every call") {
  spanwise::context const elsewhere;
  auto tracing = spanwise::start("test", spanwise::batch{spanwise::memory{}});
  CHECK(!tracing.running());
  {
    spanwise::span plain{"x", {"a", 1}, {"b", "x"}};
    spanwise::span kind{"x", spanwise::span_kind::client, {"a", 1}};
    spanwise::span options{"x", {.kind = spanwise::span_kind::server, .parent = elsewhere, .links = {{elsewhere.span()}}}, {"a", 1}};
    every_call(plain, elsewhere);
    every_call(kind, elsewhere);
    every_call(options, elsewhere);
    plain.end();
    kind.end(spanwise::time_point{1});
  }
  spanwise::detached_span job{"x", {.kind = spanwise::span_kind::consumer}, {"a", 1}};
  spanwise::detached_span moved{std::move(job)};
  job = std::move(moved);
  {
    auto const active = job.activate();
    every_call(job, elsewhere);
  }
  job.end();
  every_call(spanwise::current_span(), elsewhere);
  every_call(tracer.span("x", {"a", 1}), elsewhere);
  every_call(tracer.span("x", spanwise::span_kind::client), elsewhere);
  every_call(tracer.span("x", {.parent = spanwise::root}), elsewhere);
  every_call(tracer.detached("x", {}, {{"a", 1}}), elsewhere);
  every_call(tracing.tracer("lib", "1").span("x"), elsewhere);
  CHECK(!tracer.enabled());
  CHECK(tracing.flush());
  CHECK(tracing.shutdown(std::chrono::seconds{1}).exported == 0);
  CHECK(tracing.stats().spans.started == 0);
}

TEST_CASE("in() calls its work and gives its result") {
  CHECK(tracer.in("x", [] { return 7; }) == 7);
  CHECK(*tracer.in("x", [](spanwise::span& span) {
    span.set("a", 1);
    return std::make_unique<int>(5);
  }) == 5);
  int held = 0;
  int& same = tracer.in("x", [&]() -> int& { return held; });
  CHECK(&same == &held);
  CHECK_THROWS_AS(tracer.in("x", [] { throw 1; }), int);
  tracer.in("x", &spanwise::span::ok);
}

TEST_CASE("arguments are evaluated") {
  int calls = 0;
  auto const value = [&] { return ++calls; };
  spanwise::span span{"x", {"a", value()}};
  span.set("b", value());
  span.event("e", {"c", value()});
  CHECK(calls == 3);
}

TEST_CASE("contexts and baggage go on working") {
  auto const scope = spanwise::attach(spanwise::context{{}, spanwise::baggage{}.set("k", "v")});
  spanwise::span const span{"x"};
  std::string seen;
  std::thread{spanwise::bind([&] { seen = spanwise::current_context().baggage().get("k").value_or(""); })}.join();
  CHECK(seen == "v");
  CHECK(span.context().baggage().get("k") == "v");
}
