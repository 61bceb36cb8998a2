#include <spanwise/core/time.hpp>

#include "catch.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
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

TEST_CASE("what lies outside the years 1677 to 2262 becomes the end that is nearer") {
  constexpr std::int64_t earliest = INT64_MIN;
  constexpr std::int64_t latest = INT64_MAX;
  CHECK(moment{sys_seconds::max()}.unix_ns == latest);
  CHECK(moment{sys_seconds::min()}.unix_ns == earliest);
  CHECK(moment{sys_time<microseconds>::max()}.unix_ns == latest);
  CHECK(moment{sys_time<microseconds>::min()}.unix_ns == earliest);
  CHECK(moment{sys_time<hours>::max()}.unix_ns == latest);
  CHECK(moment{sys_time<nanoseconds>::max()}.unix_ns == latest);
  CHECK(moment{sys_time<nanoseconds>::min()}.unix_ns == earliest);
  CHECK(moment{sys_days{9999y / December / 31}}.unix_ns == latest);
  CHECK(moment{sys_days{1y / January / 1}}.unix_ns == earliest);
  CHECK(moment{sys_seconds{9'223'372'036s}}.unix_ns == 9'223'372'036'000'000'000);
  CHECK(moment{sys_seconds{9'223'372'037s}}.unix_ns == latest);
  CHECK(moment{sys_seconds{-9'223'372'036s}}.unix_ns == -9'223'372'036'000'000'000);
  CHECK(moment{sys_seconds{-9'223'372'037s}}.unix_ns == earliest);
  using unsigned_nanoseconds = duration<std::uint64_t, std::nano>;
  CHECK(moment{sys_time<unsigned_nanoseconds>{unsigned_nanoseconds{UINT64_MAX}}}.unix_ns == latest);
  using long_years = duration<std::int64_t, std::ratio<31'556'952'000>>;
  CHECK(moment{sys_time<long_years>{long_years::max()}}.unix_ns == latest);
  using picoseconds = duration<std::int64_t, std::pico>;
  CHECK(moment{sys_time<picoseconds>::max()}.unix_ns == 9'223'372'036'854'775);
}

TEST_CASE("counts with a decimal point that are huge, or no numbers") {
  using real = duration<double>;
  auto const converted = [](double count) { return moment{sys_time<real>{real{count}}}.unix_ns; };
  CHECK(converted(1e300) == INT64_MAX);
  CHECK(converted(-1e300) == INT64_MIN);
  CHECK(converted(std::numeric_limits<double>::infinity()) == INT64_MAX);
  CHECK(converted(-std::numeric_limits<double>::infinity()) == INT64_MIN);
  CHECK(converted(std::numeric_limits<double>::quiet_NaN()) == 0);
  CHECK(converted(9.3e9) == INT64_MAX);
  CHECK(moment{sys_time<duration<float, std::nano>>::max()}.unix_ns == INT64_MAX);
}

TEST_CASE("moments are ordered") {
  CHECK(moment{1} < moment{2});
  CHECK(moment{} == moment{0});
}
