// Points in time as spanwise takes and gives them, without the cost of <chrono>.
#pragma once

#include <spanwise/detail/config.hpp>

#include <compare>
#include <concepts>

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

/// A number without its fraction; what 64 bits cannot count is cut, and zero where it is no number.
constexpr std::int64_t cut_to_64_bits(long double exact) noexcept {
  constexpr long double bound = 9'223'372'036'854'775'808.0L;
  if (exact >= bound) return INT64_MAX;
  if (exact >= -bound) return static_cast<std::int64_t>(exact);
  return exact < -bound ? INT64_MIN : 0;
}

/// So many periods of so many seconds in nanoseconds; what they cannot count is cut, and zero where it is no number.
template <class Period, class Count> constexpr std::int64_t in_nanoseconds(Count count) noexcept {
  constexpr std::int64_t earliest = INT64_MIN;
  constexpr std::int64_t latest = INT64_MAX;
  constexpr std::intmax_t second = 1'000'000'000;
  if constexpr (std::integral<Count> && sizeof(Count) <= sizeof(std::int64_t) && second % Period::den == 0 &&
                Period::num <= latest / (second / Period::den)) {
    constexpr std::int64_t factor = Period::num * (second / Period::den);
    if constexpr (std::unsigned_integral<Count>) {
      if (count > static_cast<std::uint64_t>(latest)) return latest;
    }
    auto const whole = static_cast<std::int64_t>(count);
    if (whole > latest / factor) return latest;
    return whole < earliest / factor ? earliest : whole * factor;
  } else {
    return cut_to_64_bits(static_cast<long double>(count) * Period::num * second / Period::den);
  }
}

} // namespace detail

/// Nanoseconds since 1970-01-01 UTC; converts from whatever has time_since_epoch(), such as
/// std::chrono::system_clock's.
///
/// A clock with another epoch (steady_clock) converts too, but names another instant. Range: years 1677 to 2262; what
/// lies outside becomes the first or the last instant of it, and a count that is no number the zero.
struct time_point {
  std::int64_t unix_ns{};

  constexpr time_point() noexcept = default;
  constexpr explicit time_point(std::int64_t nanoseconds) noexcept : unix_ns{nanoseconds} {}

  template <class TimePoint>
  requires requires(TimePoint const& point) {
    {point.time_since_epoch().count()};
    TimePoint::duration::period::num;
  }
  constexpr time_point(TimePoint const& point) noexcept
      : unix_ns{detail::in_nanoseconds<typename TimePoint::duration::period>(point.time_since_epoch().count())} {}

  friend constexpr bool operator==(time_point, time_point) noexcept = default;
  friend constexpr std::strong_ordering operator<=>(time_point left, time_point right) noexcept {
    return left.unix_ns <=> right.unix_ns;
  }
};

} // namespace spanwise::inline SPANWISE_ABI
