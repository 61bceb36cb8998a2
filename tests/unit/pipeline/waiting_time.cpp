#include <spanwise/pipeline/waiting_time.hpp>

#include "catch.hpp"

#include <cstdint>
#include <limits>

using namespace std::chrono_literals;
using spanwise::detail::bounded_wait;
using spanwise::detail::deadline_in;
using spanwise::detail::longest_wait;

TEST_CASE("durations that clocks can add up stay as they are, in any unit") {
  static_assert(bounded_wait(200ms) == 200ms);
  static_assert(bounded_wait(1ns) == 1ns);
  static_assert(bounded_wait(24h * 365) == 24h * 365);
  CHECK(bounded_wait(std::chrono::duration<double>{0.25}) == 250ms);
  CHECK(bounded_wait(std::chrono::duration<std::uint8_t>{7}) == 7s);
}

TEST_CASE("longer ones are a century, negative ones nothing") {
  static_assert(bounded_wait(std::chrono::nanoseconds::max()) == longest_wait);
  static_assert(bounded_wait(std::chrono::milliseconds::max()) == longest_wait);
  static_assert(bounded_wait(std::chrono::hours::max()) == longest_wait);
  static_assert(bounded_wait(std::chrono::hours::min()) == 0ns);
  static_assert(bounded_wait(-1ns) == 0ns);
  CHECK(bounded_wait(std::chrono::duration<double>{std::numeric_limits<double>::infinity()}) == longest_wait);
  CHECK(bounded_wait(std::chrono::duration<double>{std::numeric_limits<double>::quiet_NaN()}) == 0ns);
}

TEST_CASE("a deadline is never in the past") {
  auto const now = std::chrono::steady_clock::now();
  CHECK(deadline_in(std::chrono::hours::max()) > now + 24h * 365 * 99);
  CHECK(deadline_in(std::chrono::hours::min()) >= now);
}
