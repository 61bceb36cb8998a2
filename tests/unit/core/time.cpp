#include <spanwise/core/time.hpp>

#include "catch.hpp"

#include <chrono>
#include <ratio>
#include <type_traits>

using moment = spanwise::time_point;
using namespace std::chrono;

static_assert(std::is_trivially_copyable_v<moment> && sizeof(moment) == 8);
static_assert(std::is_convertible_v<system_clock::time_point, moment>);
static_assert(!std::is_convertible_v<std::int64_t, moment>, "a bare number does not say its unit");
static_assert(!std::is_convertible_v<seconds, moment>, "a duration is no moment");

TEST_CASE("moments of any unit are the same moment") {
  CHECK(moment{sys_seconds{1'700'000'000s}}.unix_ns == 1'700'000'000'000'000'000);
  CHECK(moment{sys_time<milliseconds>{1'700'000'000'001ms}}.unix_ns == 1'700'000'000'001'000'000);
  CHECK(moment{sys_time<microseconds>{1us}}.unix_ns == 1000);
  CHECK(moment{sys_time<nanoseconds>{1ns}}.unix_ns == 1);
  CHECK(moment{sys_time<minutes>{1min}}.unix_ns == 60'000'000'000);
  CHECK(moment{sys_time<hours>{-1h}}.unix_ns == -3'600'000'000'000);
  CHECK(moment{sys_days{1970y / January / 2}}.unix_ns == 86'400'000'000'000);
  CHECK(moment{system_clock::now()}.unix_ns > 1'700'000'000'000'000'000);
}

TEST_CASE("units of one's own") {
  using ticks_of_60_hz = duration<std::int64_t, std::ratio<1, 60>>;
  CHECK(moment{sys_time<ticks_of_60_hz>{ticks_of_60_hz{60}}}.unix_ns == 1'000'000'000);
  CHECK(moment{sys_time<ticks_of_60_hz>{ticks_of_60_hz{1}}}.unix_ns == 16'666'666);
  using ticks_of_windows = duration<std::int64_t, std::ratio<1, 10'000'000>>;
  CHECK(moment{sys_time<ticks_of_windows>{ticks_of_windows{17'000'000'000'000'001}}}.unix_ns == 1'700'000'000'000'000'100);
  using picoseconds = duration<std::int64_t, std::pico>;
  CHECK(moment{sys_time<picoseconds>{picoseconds{5000}}}.unix_ns == 5);
}

TEST_CASE("counts of other types than int64") {
  using short_seconds = duration<int>;
  CHECK(moment{sys_time<short_seconds>{short_seconds{1'700'000'000}}}.unix_ns == 1'700'000'000'000'000'000);
  using real_seconds = duration<double>;
  CHECK(moment{sys_time<real_seconds>{real_seconds{1.5}}}.unix_ns == 1'500'000'000);
}

TEST_CASE("moments are ordered") {
  CHECK(moment{1} < moment{2});
  CHECK(moment{} == moment{0});
}
