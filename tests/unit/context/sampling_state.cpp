#include <spanwise/context/b3.hpp>
#include <spanwise/context/propagator.hpp>
#include <spanwise/context/sampling_state.hpp>

#include "catch.hpp"

#include <map>
#include <string>

using namespace spanwise;

namespace {

using headers = std::map<std::string, std::string>;

std::string const trace = "9e2b74c10d5f4a36b8e1f7035cda6924";
std::string const other_trace = "3f9a1c5be27d4d0b8c6e0a47d15f2b93";
std::string const upstream = "c47f20a9be8d1356";

context came_as(std::string const& state, std::string const& of = trace, context base = {}) {
  return b3{}.extract(headers{{"b3", of + "-" + upstream + state}}, std::move(base));
}

span_context in_trace(std::string const& of, bool sampled = true) {
  return {
      *trace_id::from_hex(of), *span_id::from_hex("5ad3e7f1096b2c48"), {sampled ? std::uint8_t{1} : std::uint8_t{0}}};
}

} // namespace

TEST_CASE("without anything said, the flags tell the sampling state") {
  CHECK(sampling_state_of(context{}) == sampling_state::denied);
  CHECK(sampling_state_of(context{in_trace(trace)}) == sampling_state::accepted);
  CHECK(sampling_state_of(context{in_trace(trace, false)}) == sampling_state::denied);
  CHECK(sampling_state_of(came_as("-1")) == sampling_state::accepted);
  CHECK(sampling_state_of(came_as("-0")) == sampling_state::denied);
}

TEST_CASE("debug holds for the trace, whatever becomes of its spans, and for no other") {
  context const caller = came_as("-d");
  CHECK(caller.span().sampled());
  CHECK(sampling_state_of(caller) == sampling_state::debug);
  CHECK(sampling_state_of(caller.with(in_trace(trace, false))) == sampling_state::debug);
  CHECK(sampling_state_of(caller.with(in_trace(other_trace))) == sampling_state::accepted);
  CHECK(sampling_state_of(caller.with(span_context{})) == sampling_state::denied);
  CHECK(sampling_state_of(came_as("-1", other_trace, caller)) == sampling_state::accepted);
  CHECK(sampling_state_of(trace_context{}.extract(headers{{"traceparent", "00-" + other_trace + "-" + upstream + "-01"}},
                                                  caller)) == sampling_state::accepted);
}

TEST_CASE("of one trace what was read last counts") {
  CHECK(sampling_state_of(came_as("-0", trace, came_as("-d"))) == sampling_state::denied);
  CHECK(sampling_state_of(came_as("-1", trace, came_as("-d"))) == sampling_state::accepted);
  CHECK(sampling_state_of(came_as("", trace, came_as("-d"))) == sampling_state::deferred);
  CHECK(sampling_state_of(came_as("-d", trace, came_as(""))) == sampling_state::debug);
  CHECK(sampling_state_of(came_as("-1", trace, came_as(""))) == sampling_state::accepted);
}

TEST_CASE("of a span that two formats name, trace state and random flag stay") {
  headers const both{{"traceparent", "00-" + trace + "-" + upstream + "-03"},
                     {"tracestate", "ot=th:8"},
                     {"b3", trace + "-" + upstream + "-0"}};
  context const got = extract(both, trace_context{}, b3{});
  CHECK(got.span().state().text() == "ot=th:8");
  CHECK(got.span().flags() == trace_flags{trace_flags::random_bit});
  CHECK(extract(both, b3{}, trace_context{}).span().flags() == trace_flags{3});
  headers others = both;
  others["b3"] = other_trace + "-" + upstream + "-1";
  CHECK(extract(others, trace_context{}, b3{}).span().state().empty());
  CHECK(extract(others, trace_context{}, b3{}).span().flags() == trace_flags{1});
  others["b3"] = trace + "-5ad3e7f1096b2c48-1";
  CHECK(extract(others, trace_context{}, b3{}).span().state().empty());
  context const local{
      span_context{*trace_id::from_hex(trace), *span_id::from_hex(upstream), {3}, trace_state{}.set("a", "1")}};
  CHECK(b3{}.extract(both, local).span().state().empty());
}

TEST_CASE("deferred is said of the caller's span alone: one below has decided") {
  context const caller = came_as("");
  CHECK(!caller.span().sampled());
  CHECK(sampling_state_of(caller) == sampling_state::deferred);
  CHECK(sampling_state_of(caller.with(in_trace(trace))) == sampling_state::accepted);
  CHECK(sampling_state_of(caller.with(in_trace(trace, false))) == sampling_state::denied);
}

TEST_CASE("ids with fewer digits are padded on the left") {
  trace_id read;
  CHECK(detail::read_padded_id(read, "1"));
  CHECK(read.hex() == "00000000000000000000000000000001");
  CHECK(detail::read_padded_id(read, trace));
  CHECK(read.hex() == trace);
  CHECK(!detail::read_padded_id(read, ""));
  CHECK(!detail::read_padded_id(read, trace + "0"));
  CHECK(!detail::read_padded_id(read, "000"));
  CHECK(!detail::read_padded_id(read, "A"));
  CHECK(!detail::read_padded_id(read, "1 "));
}
