// Lengths of time and deadlines, without the cost of <chrono>: what is given as a std::chrono type converts, and these
// convert to what std::chrono's functions take.
#pragma once

#include <spanwise/core/diagnostics.hpp>
#include <spanwise/core/time.hpp>

#include <limits>
#include <utility>

namespace spanwise::inline SPANWISE_ABI {

/// A length of time; converts from any std::chrono::duration and to them. What 292 years don't hold is cut to that.
struct duration {
  std::int64_t ns{};

  constexpr duration() noexcept = default;
  constexpr explicit duration(std::int64_t nanoseconds) noexcept : ns{nanoseconds} {}
  template <class Given>
  requires requires(Given const& given) {
    given.count();
    Given::period::num;
  }
  constexpr duration(Given const& given) noexcept : ns{detail::in_nanoseconds<typename Given::period>(given.count())} {}

  template <class Wanted>
  requires requires {
    typename Wanted::rep;
    Wanted::period::num;
  }
  constexpr operator Wanted() const noexcept {
    using count = typename Wanted::rep;
    using period = typename Wanted::period;
    if constexpr (static_cast<count>(1) / 2 != 0) {
      return Wanted{static_cast<count>(ns) * period::den / period::num / 1'000'000'000};
    } else {
      using limits = std::numeric_limits<count>;
      constexpr bool narrower = std::cmp_greater(limits::min(), INT64_MIN);
      constexpr bool shorter = std::cmp_less(limits::max(), INT64_MAX);
      constexpr std::int64_t least = narrower ? static_cast<std::int64_t>(limits::min()) : INT64_MIN;
      constexpr std::int64_t most = shorter ? static_cast<std::int64_t>(limits::max()) : INT64_MAX;
      std::int64_t const whole = in_periods<period>(ns);
      return Wanted{static_cast<count>(whole < least ? least : whole > most ? most : whole)};
    }
  }

private:
  template <class Period> static constexpr std::int64_t in_periods(std::int64_t nanoseconds) noexcept {
    constexpr std::intmax_t second = 1'000'000'000;
    if constexpr (second % Period::den == 0) return nanoseconds / Period::num / (second / Period::den);
    return detail::cut_to_64_bits(static_cast<long double>(nanoseconds) * Period::den / Period::num / second);
  }

public:
  friend constexpr bool operator==(duration, duration) noexcept = default;
  friend constexpr std::strong_ordering operator<=>(duration left, duration right) noexcept {
    return left.ns <=> right.ns;
  }
  friend constexpr duration operator/(duration whole, std::int64_t parts) noexcept {
    return duration{whole.ns == INT64_MIN && parts == -1 ? INT64_MAX : whole.ns / parts};
  }
};

namespace detail {

constexpr duration milliseconds(std::int64_t count) noexcept {
  return duration{count * 1'000'000};
}
constexpr duration seconds(std::int64_t count) noexcept {
  return duration{count * 1'000'000'000};
}

/// A century: what people mean by durations that no clock can add up.
inline constexpr duration longest_wait = seconds(std::int64_t{3600} * 24 * 365 * 100);

/// A duration between nothing and a century; what is outside, or no number, is the nearer of the two.
[[nodiscard]] constexpr duration bounded_wait(duration time) noexcept {
  if (time > longest_wait) return longest_wait;
  return time.ns > 0 ? time : duration{};
}

} // namespace detail

/// The moment by which a call has to return; converts from the time points of std::chrono::steady_clock, and to them.
/// Those of another steady clock convert too, but name another moment where its epoch is another.
///
/// An exporter may take its deadline as either; functions of std::chrono that take any clock's want that one.
class deadline {
public:
  constexpr deadline() noexcept = default;
  template <class TimePoint>
  requires TimePoint::clock::is_steady constexpr deadline(TimePoint const& moment) noexcept
      : ns_{duration{moment.time_since_epoch()}.ns} {}

  /// No bound at all.
  [[nodiscard]] static constexpr deadline max() noexcept { return deadline{INT64_MAX}; }
  [[nodiscard]] static deadline now() noexcept { return deadline{detail::steady_ns()}; }
  /// So long from now, between now and in a century.
  [[nodiscard]] static deadline in(duration time) noexcept { return now() + detail::bounded_wait(time); }

  /// Nanoseconds of the steady clock.
  [[nodiscard]] constexpr std::int64_t steady_ns() const noexcept { return ns_; }

  template <class TimePoint>
  requires TimePoint::clock::is_steady constexpr operator TimePoint() const noexcept {
    return TimePoint{static_cast<typename TimePoint::duration>(duration{ns_})};
  }

  friend constexpr bool operator==(deadline, deadline) noexcept = default;
  friend constexpr std::strong_ordering operator<=>(deadline left, deadline right) noexcept {
    return left.ns_ <=> right.ns_;
  }
  // What 64 bits cannot count is the nearest that they can.
  friend constexpr deadline operator+(deadline from, duration time) noexcept {
    if (time.ns > 0) return from.ns_ > INT64_MAX - time.ns ? max() : deadline{from.ns_ + time.ns};
    return deadline{from.ns_ < INT64_MIN - time.ns ? INT64_MIN : from.ns_ + time.ns};
  }
  friend constexpr deadline operator-(deadline from, duration time) noexcept {
    return from + duration{time.ns == INT64_MIN ? INT64_MAX : -time.ns};
  }
  friend constexpr duration operator-(deadline to, deadline from) noexcept {
    return duration{(to + duration{from.ns_ == INT64_MIN ? INT64_MAX : -from.ns_}).ns_};
  }
  template <class TimePoint>
  requires TimePoint::clock::is_steady friend constexpr typename TimePoint::duration
  operator-(deadline to, TimePoint const& from) noexcept {
    return to - deadline{from};
  }

private:
  constexpr explicit deadline(std::int64_t nanoseconds) noexcept : ns_{nanoseconds} {}

  std::int64_t ns_{};
};

} // namespace spanwise::inline SPANWISE_ABI
