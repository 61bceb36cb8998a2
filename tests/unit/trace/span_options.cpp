#include <spanwise/trace/span_options.hpp>

#include <spanwise/trace/span.hpp>

#include "recorded.hpp"

#include <chrono>
#include <vector>

using spanwise::span_options;
using testing::recorded;

namespace {

spanwise::context elsewhere() {
  return spanwise::span_context{*spanwise::trace_id::from_hex("3f9a1c5be27d4d0b8c6e0a47d15f2b93"),
                                *spanwise::span_id::from_hex("5ad3e7f1096b2c48"), {1}, {}, true};
}

} // namespace

TEST_CASE("nothing told: internal, under the current span, from now on") {
  span_options const options;
  CHECK(options.kind == spanwise::span_kind::internal);
  CHECK(options.parent.given() == nullptr);
  CHECK(!options.parent.root());
  CHECK(options.start.unix_ns == 0);
  CHECK(options.links.size() == 0);
}

TEST_CASE("a parent is a context, or root") {
  spanwise::context const parent = elsewhere();
  CHECK(span_options{.parent = parent}.parent.given()->span() == parent.span());
  CHECK(span_options{.parent = spanwise::root}.parent.root());
}

TEST_CASE("temporaries live as long as the call that starts the span") {
  recorded trace;
  {
    spanwise::span const span{"x", {.parent = elsewhere(), .links = {{elsewhere().span(), {{"a", std::string(100, 'x')}}}}}};
  }
  CHECK(trace.only().parent_span_id() == elsewhere().span().span_id());
  CHECK((*(*trace.only().links().begin()).attributes().begin()).value.as_string() == std::string(100, 'x'));
}

TEST_CASE("options that are kept in a variable, with what they name") {
  recorded trace;
  spanwise::context const parent = elsewhere();
  spanwise::span_context const other = parent.span();
  span_options options{.kind = spanwise::span_kind::producer, .parent = parent, .links = {{other}, {other}}};
  options.start = std::chrono::sys_seconds{std::chrono::seconds{1'700'000'000}};
  { spanwise::span const span{"first", options, {"a", 1}}; }
  { spanwise::span const span{"second", options}; }
  for (auto const& each : trace.spans()) {
    CHECK(each.kind() == spanwise::span_kind::producer);
    CHECK(each.parent_span_id() == other.span_id());
    CHECK(each.links().size() == 2);
    CHECK(each.start().unix_ns == 1'700'000'000'000'000'000);
  }
}
