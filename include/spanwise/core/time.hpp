// Points in time as spanwise takes and gives them, without the cost of <chrono>.
#pragma once

#include <spanwise/detail/config.hpp>

#include <compare>
#include <concepts>

namespace spanwise::inline SPANWISE_ABI {

/// Nanoseconds since 1970-01-01 UTC; converts from whatever has time_since_epoch(), such as std::chrono::system_clock's.
///
/// A clock with another epoch (steady_clock) converts too, but names another instant. Range: years 1677 to 2262.
struct time_point {
  std::int64_t unix_ns{};

  constexpr time_point() noexcept = default;
  constexpr explicit time_point(std::int64_t nanoseconds) noexcept : unix_ns{nanoseconds} {}

  template <class TimePoint>
    requires requires(TimePoint const& point) {
      { point.time_since_epoch().count() };
      TimePoint::duration::period::num;
    }
  constexpr time_point(TimePoint const& point) noexcept
      : unix_ns{in_nanoseconds<typename TimePoint::duration::period>(point.time_since_epoch().count())} {}

  friend constexpr bool operator==(time_point, time_point) noexcept = default;
  friend constexpr auto operator<=>(time_point, time_point) noexcept = default;

private:
  template <class Period, class Count> static constexpr std::int64_t in_nanoseconds(Count count) noexcept {
    if constexpr (std::integral<Count> && Period::num == 1 && std::intmax_t{1'000'000'000} % Period::den == 0)
      return static_cast<std::int64_t>(count) * (1'000'000'000 / Period::den);
    else
      return static_cast<std::int64_t>(static_cast<long double>(count) * Period::num * 1'000'000'000 / Period::den);
  }
};

} // namespace spanwise::inline SPANWISE_ABI
