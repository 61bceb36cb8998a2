#include <spanwise/trace/tracer.hpp>

#include <spanwise/trace/current_span.hpp>

#include "diagnostics_log.hpp"
#include "recorded.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <pthread.h>

using spanwise::status_code;
using testing::recorded;
using testing::shown;

namespace {

inline constexpr spanwise::tracer orders{"acme.orders", "1.8.3", "https://acme.example/1.0"};
inline constexpr spanwise::tracer older_orders{"acme.orders", "1.8.2"};

struct card_refused {};

} // namespace

static_assert(std::is_trivially_destructible_v<spanwise::tracer>);

TEST_CASE("spans of a tracer carry its name and version; a bare span carries none") {
  recorded trace;
  { auto const span = orders.span("place", {"a", 1}, {"b", 2}); }
  { auto const span = older_orders.span("old", spanwise::span_kind::client); }
  { auto const span = orders.span("with options", {.kind = spanwise::span_kind::server}, {"a", 1}); }
  { auto const job = orders.detached("job", {.kind = spanwise::span_kind::consumer}, {{"a", 1}}); }
  { spanwise::span const span{"bare"}; }
  CHECK(trace["place"].scope_name() == "acme.orders");
  CHECK(trace["place"].scope_version() == "1.8.3");
  CHECK(shown(trace["place"].attributes()) == "{a: 1, b: 2}");
  CHECK(trace["old"].scope_name() == "acme.orders");
  CHECK(trace["old"].scope_version() == "1.8.2");
  CHECK(trace["old"].kind() == spanwise::span_kind::client);
  CHECK(trace["with options"].kind() == spanwise::span_kind::server);
  CHECK(trace["job"].scope_name() == "acme.orders");
  CHECK(trace["job"].kind() == spanwise::span_kind::consumer);
  CHECK(shown(trace["job"].attributes()) == "{a: 1}");
  CHECK(trace["bare"].scope_name().empty());
}

TEST_CASE("the schema URL of a tracer goes to exporters with its spans") {
  recorded trace;
  constexpr spanwise::tracer described{"acme.described", "2", "https://example.org/schemas/1"};
  { auto const span = described.span("described"); }
  { auto const span = older_orders.span("plain"); }
  CHECK(trace["described"].scope_schema_url() == "https://example.org/schemas/1");
  CHECK(trace["plain"].scope_schema_url().empty());
}

TEST_CASE("a name may be empty, and made at run time") {
  recorded trace;
  std::string const name{"made.here"};
  { auto const span = spanwise::tracer{""}.span("empty"); }
  { auto const span = spanwise::tracer{name}.span("made"); }
  CHECK(trace["empty"].scope_name().empty());
  CHECK(trace["made"].scope_name() == "made.here");
}

TEST_CASE("more scopes than there is room for: the last ones go nameless, and that is told") {
  diagnostics_log log;
  {
    recorded trace;
    for (int i = 0; i < 300; ++i) {
      std::string const name = "scope." + std::to_string(i);
      spanwise::tracer const tracer{name, "1"};
      auto const first = tracer.span(name);
      auto const second = tracer.span(name);
    }
    std::size_t nameless = 0;
    for (auto const& each : trace.spans()) {
      if (each.scope_name().empty()) ++nameless;
      else CHECK(each.scope_name() == each.name());
    }
    CHECK(trace.size() == 600);
    CHECK(nameless >= 2 * (300 - 256));
    CHECK(nameless <= 2 * (300 - 256) + 20);
  }
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines()[0].find("instrumentation scopes") != std::string::npos);
}

TEST_CASE("enabled() tells whether spans go anywhere") {
  CHECK(!orders.enabled());
  {
    recorded trace;
    CHECK(orders.enabled());
    static_cast<void>(trace.tracing().shutdown());
    CHECK(!orders.enabled());
  }
  CHECK(!orders.enabled());
}

TEST_CASE("in() gives what the work gives: a value, nothing, a reference, something that only moves") {
  recorded trace;
  CHECK(orders.in("value", [] { return 7; }) == 7);
  orders.in("nothing", [] {});
  int held = 3;
  int& same = orders.in("reference", [&]() -> int& { return held; });
  CHECK(&same == &held);
  auto const owned = orders.in("moves", [] { return std::make_unique<int>(5); });
  CHECK(*owned == 5);
  auto const passed = orders.in("argument", [held = std::make_unique<int>(6)](spanwise::span& span) mutable {
    span.set("a", 1);
    return std::move(held);
  });
  CHECK(*passed == 6);
  for (auto const* name : {"value", "nothing", "reference", "moves", "argument"})
    CHECK(trace[name].status() == status_code::unset);
  CHECK(shown(trace["argument"].attributes()) == "{a: 1}");
}

TEST_CASE("in() takes members of the span") {
  recorded trace;
  orders.in("fine", &spanwise::span::ok);
  CHECK(trace.only().status() == spanwise::status_code::ok);
}

TEST_CASE("in() is the current span of the work, and ends before its result is used") {
  recorded trace;
  auto const context = orders.in("work", [](spanwise::span const& span) {
    spanwise::current_span().set("inside", true);
    auto const child = orders.span("child");
    return span.context();
  });
  CHECK(trace["work"].span_id() == context.span().span_id());
  CHECK(trace["child"].parent_span_id() == context.span().span_id());
  CHECK(shown(trace["work"].attributes()) == "{inside: true}");
}

TEST_CASE("in() with a work that throws: recorded, an error with type and message, and thrown on") {
  recorded trace;
  CHECK_THROWS_WITH(orders.in("pay", []() -> int { throw std::invalid_argument{"no card"}; }), "no card");
  auto const pay = trace["pay"];
  CHECK(pay.status() == status_code::error);
  CHECK(pay.status_message() == "no card");
  CHECK(shown(pay.attributes()) == "{error.type: \"std::invalid_argument\"}");
  REQUIRE(pay.events().size() == 1);
  auto const event = *pay.events().begin();
  CHECK(event.name() == "exception");
  CHECK(shown(event.attributes()) == "{exception.type: \"std::invalid_argument\", exception.message: \"no card\"}");
}

TEST_CASE("in() with what is no std::exception: its type alone") {
  recorded trace;
  CHECK_THROWS_AS(orders.in("pay", [] { throw card_refused{}; }), card_refused);
  CHECK_THROWS_AS(orders.in("count", [] { throw 3; }), int);
  CHECK(trace["pay"].status() == status_code::error);
  CHECK(trace["pay"].status_message().empty());
  CHECK(shown((*trace["pay"].events().begin()).attributes()).find("card_refused\"}") !=
        std::string::npos);
  CHECK(shown(trace["count"].attributes()) == "{error.type: \"int\"}");
}

TEST_CASE("in(), nested: each level records what goes through it") {
  recorded trace;
  CHECK_THROWS(orders.in("outer", [] { orders.in("inner", [] { throw std::runtime_error{"deep"}; }); }));
  for (auto const* name : {"outer", "inner"}) {
    CHECK(trace[name].status_message() == "deep");
    CHECK(trace[name].events().size() == 1);
  }
  CHECK(trace["inner"].parent_span_id() == trace["outer"].span_id());
}

TEST_CASE("in(): what the work said of itself before it threw is not forgotten") {
  recorded trace;
  CHECK_THROWS(orders.in("ok", [](spanwise::span& span) {
    span.ok();
    throw std::runtime_error{"too late"};
  }));
  CHECK(trace["ok"].status() == status_code::ok);
}

#if !defined(_LIBCPP_VERSION) // libc++abi crashes when a thread exits through frames with anything to destroy

TEST_CASE("in(): a thread that is made to exit inside ends its spans on the way") {
  recorded trace{spanwise::batch_options{}};
  std::thread{[] { orders.in("work", [] { ::pthread_exit(nullptr); }); }}.join();
  trace.settle();
  CHECK(trace["work"].events().empty());
}

#endif

TEST_CASE("in() without a pipeline calls the work all the same") {
  CHECK(orders.in("x", [] { return 7; }) == 7);
  CHECK_THROWS_AS(orders.in("x", [] { throw 3; }), int);
}

TEST_CASE("two pipelines at once: each tracer sends to its own, and they share one current context") {
  spanwise::memory_sink other;
  recorded trace;
  spanwise::provider second{"second", spanwise::simple{spanwise::memory{other}}};
  {
    auto const outer = orders.span("first");
    auto const inner = second.tracer("lib", "2").span("second");
    spanwise::current_span().set("a", 1);
    spanwise::span const below{"below"};
  }
  REQUIRE(other.size() == 1);
  auto const span = other.spans().front();
  CHECK(span.name() == "second");
  CHECK(span.scope_name() == "lib");
  CHECK(span.resource().text("service.name") == "second");
  CHECK(trace["first"].resource().text("service.name") == "test");
  CHECK(span.parent_span_id() == trace["first"].span_id());
  CHECK(span.trace_id() == trace["first"].trace_id());
  CHECK(shown(span.attributes()) == "{a: 1}");
  CHECK(trace["below"].parent_span_id() == span.span_id());
  CHECK(trace.size() == 2);
  CHECK(second.stats().spans.balanced());
}

TEST_CASE("a tracer of a provider stays with it: a no-op after its end, whatever else runs") {
  recorded trace;
  spanwise::memory_sink other;
  auto gone = std::make_unique<spanwise::provider>("gone", spanwise::simple{spanwise::memory{other}});
  spanwise::tracer const tracer = gone->tracer("lib");
  CHECK(tracer.enabled());
  { auto const span = tracer.span("before"); }
  gone.reset();
  CHECK(!tracer.enabled());
  { auto const span = tracer.span("after"); }
  spanwise::provider const next{"next", spanwise::simple{spanwise::memory{other}}};
  { auto const span = tracer.span("later"); }
  CHECK(!tracer.enabled());
  CHECK(other.size() == 1);
  CHECK(trace.size() == 0);
}
