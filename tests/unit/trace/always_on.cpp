#include <spanwise/trace/always_on.hpp>

#include "sampling_fixture.hpp"

using spanwise::always_off;
using spanwise::always_on;
using spanwise::sampling_decision;
using namespace testing;

TEST_CASE("always on and always off, with their names; the parent's trace state stays") {
  for (char const* state : {"", "a=1,ot=th:8"})
    for (std::uint8_t const flags : {std::uint8_t{2}, std::uint8_t{3}}) {
      auto const parent = parent_of(id_with(0), state, flags);
      CHECK(ask_below(always_on{}, parent).decision == sampling_decision::record_and_sample);
      CHECK(ask_below(always_off{}, parent).decision == sampling_decision::drop);
      CHECK(!ask_below(always_on{}, parent).state);
      CHECK(!ask_below(always_off{}, parent).state);
    }
  CHECK(kept(ask_root(always_on{}, id_with(0))));
  CHECK(!kept(ask_root(always_off{}, id_with(0xffffffffffffff))));
  CHECK(described(always_on{}) == "AlwaysOnSampler");
  CHECK(described(always_off{}) == "AlwaysOffSampler");
}

TEST_CASE("their intents: a reliable threshold of 0, and none") {
  spanwise::context const none;
  spanwise::starting_span const asked{none, "x", {}, {}, {}};
  CHECK(always_on{}.intent(asked).threshold == spanwise::sampling_threshold{});
  CHECK(always_on{}.intent(asked).reliable);
  CHECK(!always_off{}.intent(asked).threshold);
  CHECK(!always_off{}.intent(asked).reliable);
}
