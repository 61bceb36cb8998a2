#include <spanwise/core/limits.hpp>

#include "catch.hpp"

TEST_CASE("the defaults are those of the specification") {
  constexpr spanwise::span_limits limits;
  CHECK(limits.attribute_count == 128);
  CHECK(limits.event_count == 128);
  CHECK(limits.link_count == 128);
  CHECK(limits.attribute_per_event_count == 128);
  CHECK(limits.attribute_per_link_count == 128);
  CHECK(limits.attribute_value_length == spanwise::span_limits::unlimited);
  CHECK(limits.attribute_value_depth == 64);
  CHECK(limits.max_span_bytes == 1024 * 1024);
}

TEST_CASE("one can be told without the others") {
  constexpr spanwise::span_limits limits{.attribute_value_length = 100};
  CHECK(limits.attribute_value_length == 100);
  CHECK(limits.attribute_count == 128);
}
