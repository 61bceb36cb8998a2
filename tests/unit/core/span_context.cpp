#include <spanwise/core/span_context.hpp>

#include "catch.hpp"

using namespace spanwise;

namespace {

trace_id const trace = *trace_id::from_hex("3f9a1c5be27d4d0b8c6e0a47d15f2b93");
span_id const own = *span_id::from_hex("5ad3e7f1096b2c48");

} // namespace

TEST_CASE("the default context names no span") {
  static constinit span_context none;
  CHECK(!none.valid());
  CHECK(!none.sampled());
  CHECK(!none.remote());
  CHECK(none.state().empty());
  CHECK(!none.trace_id().valid());
  CHECK(!none.span_id().valid());
  CHECK(none.flags().value == 0);
}

TEST_CASE("a context is valid if both ids are, whatever else it holds") {
  CHECK(span_context{trace, own}.valid());
  CHECK(!span_context{trace, span_id{}, trace_flags{1}, *trace_state::parse("a=1"), true}.valid());
  CHECK(!span_context{trace_id{}, own, trace_flags{1}}.valid());
}

TEST_CASE("another trace state makes another context") {
  span_context const first{trace, own, trace_flags{3}, *trace_state::parse("a=1"), true};
  span_context const second = first.with_state(*trace_state::parse("b=2"));
  CHECK(first.state().text() == "a=1");
  CHECK(second.state().text() == "b=2");
  CHECK(second.trace_id() == trace);
  CHECK(second.span_id() == own);
  CHECK(second.flags() == first.flags());
  CHECK(second.remote());
  CHECK(second != first);
  CHECK(second.with_state(first.state()) == first);
}
