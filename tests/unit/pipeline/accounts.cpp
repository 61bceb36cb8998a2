#include <spanwise/pipeline/accounts.hpp>

#include "catch.hpp"

using spanwise::delivery_counts;
using spanwise::trace_counts;
using spanwise::detail::sum_up;

TEST_CASE("what was neither delivered nor left nor meant to go is lost") {
  auto const end = sum_up({.started = 100, .sampled_out = 20, .record_only = 5, .settled = 60, .in_flight = 5},
                          delivery_counts{.exported = 40, .rejected = 7, .failed = 3, .filtered = 10});
  CHECK(end.exported == 40);
  CHECK(end.left == 5);
  CHECK(end.dropped == 20); // 7 and 3 at the exporter, 10 for want of room
}

TEST_CASE("counts that were read while threads ran never make a negative number") {
  auto const end = sum_up({.started = 1, .in_flight = -2}, delivery_counts{.exported = 3});
  CHECK(end.left == 0);
  CHECK(end.dropped == 0);
}
