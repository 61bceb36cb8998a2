#include <spanwise/core/counters.hpp>

#include "catch.hpp"

using namespace spanwise;

TEST_CASE("accounts balance when each started span is in one place") {
  trace_counts counts;
  CHECK(counts.balanced());
  counts.started = 10;
  CHECK_FALSE(counts.balanced());
  counts.in_flight = 1;
  counts.settled = 4;
  counts.sampled_out = 2;
  counts.record_only = 1;
  counts.dropped[static_cast<std::size_t>(drop_reason::queue_full)] = 1;
  CHECK_FALSE(counts.balanced());
  counts.dropped[static_cast<std::size_t>(drop_reason::too_large)] = 1;
  CHECK(counts.balanced());
  CHECK(counts.dropped_total() == 2);
  counts.settled = 6;
  counts.in_flight = -1; // seen while threads run: terms are read one after another
  CHECK(counts.balanced());
}

TEST_CASE("what reached an exporter is the sum of four") {
  CHECK(delivery_counts{.exported = 1, .rejected = 2, .failed = 3, .filtered = 4}.total() == 10);
}

TEST_CASE("the accounts of threads add up") {
  detail::thread_counts one;
  detail::add_own<std::uint64_t>(one.started, 3);
  detail::add_own<std::uint64_t>(one.sampled_out, 1);
  detail::add_own<std::uint64_t>(one.dropped[0], 1);
  detail::add_own<std::int64_t>(one.in_flight, 2);
  detail::add_own<std::int64_t>(one.in_flight, -1);
  trace_counts sum;
  one.add_to(sum);
  one.add_to(sum);
  CHECK(sum.started == 6);
  CHECK(sum.in_flight == 2);
  CHECK(sum.balanced());
}
