#include <spanwise/trace/composite_sampler.hpp>
#include <spanwise/trace/parent_threshold.hpp>
#include <spanwise/trace/probability.hpp>

#include "sampling_fixture.hpp"

using spanwise::composite_sampler;
using spanwise::parent_case;
using spanwise::parent_threshold;
using spanwise::probability;
using spanwise::sampling_decision;
using namespace testing;

TEST_CASE("a parent's threshold goes on, its decision counts, and roots ask the delegate") {
  composite_sampler const sampler{parent_threshold{probability{0.5}}};
  auto const below = [&](std::uint64_t randomness, char const* state, bool sampled) {
    auto const answer = ask_below(sampler, parent_of(id_with(randomness), state, sampled ? 3 : 2));
    return std::pair{kept(answer), state_after(answer, state)};
  };
  using result = std::pair<bool, std::string>;
  CHECK(below(0xc0000000000000, "ot=th:c", true) == result{true, "ot=th:c"});
  CHECK(below(0, "ot=th:c", false) == result{false, ""});
  CHECK(below(0, "", true) == result{true, ""});
  CHECK(below(0xffffffffffffff, "x=1", false) == result{false, "x=1"});
  CHECK(below(0, "ot=th:C,x=1", true) == result{true, "x=1"}); // malformed counts as absent
  CHECK(below(0, "x=1,ot=th:c;rv:c0000000000000", true) == result{true, "x=1,ot=th:c;rv:c0000000000000"});
  CHECK(kept(ask_root(sampler, id_with(0x80000000000000))));
  CHECK(!kept(ask_root(sampler, id_with(0x7fffffffffffff))));
  CHECK(state_after(ask_root(sampler, id_with(0x80000000000000))) == "ot=th:8");
}

TEST_CASE("a threshold that contradicts the decision is erased") {
  composite_sampler const sampler{parent_threshold{probability{0.5}}};
  auto const too_low = ask_below(sampler, parent_of(id_with(0), "ot=th:8;a:1"));
  CHECK(kept(too_low));
  CHECK(state_after(too_low) == "ot=a:1");
  auto const high = ask_below(sampler, parent_of(id_with(0xffffffffffffff), "ot=th:8;a:1", 2));
  CHECK(!kept(high));
  CHECK(state_after(high) == "ot=a:1");
}

TEST_CASE("what a parent in this process decided is settled") {
  composite_sampler const sampler{parent_threshold{probability{0.5}}};
  CHECK(sampler.fixed(parent_case::local_sampled) == sampling_decision::record_and_sample);
  CHECK(sampler.fixed(parent_case::local_unsampled) == sampling_decision::drop);
  CHECK(!sampler.fixed(parent_case::remote_sampled));
  CHECK(!sampler.fixed(parent_case::remote_unsampled));
  CHECK(!sampler.fixed(parent_case::none));
  CHECK(described(sampler) == "CompositeSampler{ParentThreshold{root:ProbabilitySampler{0.5}}}");
}
