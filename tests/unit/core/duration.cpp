#include <spanwise/core/duration.hpp>

#include "catch.hpp"

#include <chrono>
#include <cstdint>
#include <limits>

using namespace std::chrono_literals;
using spanwise::deadline;
using spanwise::duration;
using spanwise::detail::bounded_wait;
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
  CHECK(deadline::in(std::chrono::hours::max()) > now + 24h * 365 * 99);
  CHECK(deadline::in(std::chrono::hours::min()) >= now);
}

TEST_CASE("durations convert to those of std::chrono, which cut what they cannot tell") {
  CHECK(std::chrono::duration<std::uint64_t>{duration{-5'000'000'000}}.count() == 0);
  CHECK(std::chrono::duration<std::uint32_t>{duration{-5'000'000'000}}.count() == 0);
  duration const some{1'500'000'000};
  CHECK(std::chrono::nanoseconds{some} == 1500ms);
  CHECK(std::chrono::milliseconds{some} == 1500ms);
  CHECK(std::chrono::seconds{some} == 1s);
  CHECK(std::chrono::minutes{duration{90s}} == 1min);
  CHECK(std::chrono::duration<double>{some}.count() == 1.5);
  CHECK(std::chrono::duration<double, std::milli>{some}.count() == 1500.0);
}

TEST_CASE("deadlines are time points of the steady clock") {
  using steady = std::chrono::steady_clock;
  steady::time_point const before = steady::now();
  deadline const now = deadline::now();
  steady::time_point const after = steady::now();
  CHECK(now >= before);
  CHECK(now <= after);
  CHECK(steady::time_point{now} >= before);
  CHECK((deadline{before} - before) / 1ms == 0);
  CHECK(deadline::in(1h) - after > 59min);
  CHECK(deadline::max() + 1s == deadline::max());
  CHECK(deadline{before} + 5ms - 5ms == before);
}

TEST_CASE("a deadline that 64 bits cannot count is the nearest that they can") {
  using spanwise::deadline;
  using spanwise::duration;
  deadline const now = deadline::now();
  CHECK(now + duration{-1} < now);
  CHECK(now - duration{1} == now + duration{-1});
  CHECK(now + std::chrono::milliseconds{-50} < now);
  CHECK(now + duration{INT64_MAX} == deadline::max());
  CHECK(now - duration{INT64_MIN} == deadline::max());
  CHECK(deadline::max() - duration{-1} == deadline::max());
  CHECK(deadline::max() - now > duration{});
  CHECK(now - deadline::max() < duration{});
}

TEST_CASE("durations become those of any period and of any count, cut to what these hold") {
  using spanwise::duration;
  CHECK(std::chrono::duration<long, std::pico>{duration{3}}.count() == 3000);
  CHECK(std::chrono::duration<long, std::pico>{duration{INT64_MAX}}.count() == INT64_MAX);
  CHECK(std::chrono::duration<long, std::ratio<1, 60>>{duration{std::chrono::hours{1000}}}.count() == 216'000'000);
  CHECK(std::chrono::duration<int, std::milli>{duration{std::chrono::hours{1000}}}.count() == std::numeric_limits<int>::max());
  CHECK(std::chrono::duration<int, std::nano>{duration{-5'000'000'000}}.count() == std::numeric_limits<int>::min());
  CHECK(std::chrono::hours{duration{std::chrono::minutes{-90}}}.count() == -1);
}
