#include <spanwise/trace/always_record.hpp>
#include <spanwise/trace/sampler.hpp>
#include <spanwise/trace/tracer.hpp>

#include "recorded.hpp"
#include "sampling_fixture.hpp"

using spanwise::always_off;
using spanwise::always_on;
using spanwise::always_record;
using spanwise::parent_case;
using spanwise::sampling_decision;
using namespace testing;

namespace {

struct saying {
  sampling_decision what;
  [[nodiscard]] spanwise::sampling_result should_sample(spanwise::sampling_parameters const&) const {
    static constexpr spanwise::attribute added[] = {{"a", 1}};
    return {what, added, spanwise::trace_state::parse("b=2")};
  }
  [[nodiscard]] static spanwise::sampler_description description() { return "Saying"; }
};

} // namespace

TEST_CASE("dropped becomes recorded, and all else stays") {
  CHECK(ask_root(always_record{saying{sampling_decision::drop}}, id_with(0)).decision ==
        sampling_decision::record_only);
  CHECK(ask_root(always_record{saying{sampling_decision::record_only}}, id_with(0)).decision ==
        sampling_decision::record_only);
  auto const sampled = ask_root(always_record{saying{sampling_decision::record_and_sample}}, id_with(0));
  CHECK(sampled.decision == sampling_decision::record_and_sample);
  CHECK(state_after(sampled) == "b=2");
  CHECK(sampled.attributes.groups().size() == 1);
  CHECK(described(always_record{always_off{}}) == "AlwaysRecord{AlwaysOffSampler}");
}

TEST_CASE("what is known beforehand changes alike") {
  CHECK(always_record{always_off{}}.fixed(parent_case::none) == sampling_decision::record_only);
  CHECK(always_record{always_on{}}.fixed(parent_case::none) == sampling_decision::record_and_sample);
  CHECK(!always_record{saying{}}.fixed(parent_case::none));
}

TEST_CASE("in a pipeline: spans record, are not sent, and tell others not to sample") {
  recorded trace{sampled_by(always_record{spanwise::parent_based{always_off{}}})};
  {
    spanwise::span const span{"x"};
    CHECK(span.recording());
    CHECK(!span.context().span().sampled());
    spanwise::span const child{"child"};
    CHECK(child.recording());
    spanwise::span const caller{"below a caller", {.parent = parent_of(id_with(0), "")}};
    CHECK(caller.context().span().sampled());
  }
  CHECK(trace.size() == 1);
  CHECK(trace.counts().record_only == 2);
}
