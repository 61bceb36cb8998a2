#include <spanwise/trace/current_span.hpp>

#include "recorded.hpp"

#include <stdexcept>
#include <string>
#include <thread>

using spanwise::current_span;
using testing::recorded;
using testing::shown;

namespace {

void deep_inside() { current_span().set("cart.items", 3); }

} // namespace

TEST_CASE("any function reaches the span around it") {
  recorded trace;
  {
    spanwise::span const outer{"outer"};
    {
      spanwise::span const inner{"inner"};
      deep_inside();
    }
    current_span().event("back", {"n", 1});
  }
  CHECK(shown(trace["inner"].attributes()) == "{cart.items: 3}");
  CHECK(trace["outer"].events().size() == 1);
}

TEST_CASE("every call that a span takes") {
  recorded trace;
  {
    spanwise::span const span{"x"};
    current_span().set("a", "1");
    current_span().set({"b", 2}, {"c", {1, 2}});
    current_span().set("d", {{"k", 1}});
    current_span().set(spanwise::any_key("E"), {"p"});
    current_span().event("e", {"n", 1});
    current_span().event("at", spanwise::time_point{5});
    current_span().link(span.context().span(), {"n", 1});
    current_span().record_exception(std::runtime_error{"tried"});
    current_span().update_name("y");
    current_span().error("why");
    CHECK(!current_span().check(false));
    CHECK(current_span().recording());
    CHECK(current_span().context().span() == span.context().span());
  }
  auto const span = trace["y"];
  CHECK(shown(span.attributes()) == "{a: \"1\", b: 2, c: [1, 2], d: {k: 1}, E: [\"p\"]}");
  CHECK(span.events().size() == 3);
  CHECK(span.links().size() == 1);
  CHECK(span.status() == spanwise::status_code::error);
}

TEST_CASE("ok() through the current span is final") {
  recorded trace;
  {
    spanwise::span span{"x"};
    current_span().ok();
    span.error("late");
  }
  CHECK(trace.only().status() == spanwise::status_code::ok);
}

TEST_CASE("without a span it does nothing") {
  CHECK(!current_span().recording());
  current_span().set("a", 1);
  current_span().event("e");
  current_span().error("x");
  current_span().update_name("y");
  CHECK(!current_span().context().span().valid());
  recorded trace;
  current_span().set("a", 1);
  {
    spanwise::span span{"x"};
    span.end();
    current_span().set("a", 1);
  }
  CHECK(trace.attributes() == "{}");
}

TEST_CASE("within an attached context there is no span to add to") {
  recorded trace;
  {
    spanwise::span const span{"x"};
    auto const scope = spanwise::attach(span.context());
    CHECK(!current_span().recording());
    current_span().set("a", 1);
    CHECK(current_span().context().span() == span.context().span());
  }
  CHECK(trace.attributes() == "{}");
}

TEST_CASE("within a span that is not sampled it adds to none, not to the one around") {
  recorded trace;
  {
    spanwise::span const outer{"outer"};
    spanwise::context const not_sampled{{outer.context().span().trace_id(), outer.context().span().span_id(), {0}}};
    spanwise::span const inner{"inner", {.parent = not_sampled}};
    current_span().set("a", 1);
  }
  CHECK(shown(trace["outer"].attributes()) == "{}");
}

TEST_CASE("each thread has its own", "[threads]") {
  recorded trace;
  {
    spanwise::span const here{"here"};
    bool found = true;
    std::thread{[&] {
      current_span().set("a", 1);
      found = spanwise::current_context().span().valid();
    }}.join();
    CHECK(!found);
  }
  CHECK(trace.attributes() == "{}");
}
