// Durations as people give them, in any unit and of any size, made into what clocks can add up.
#pragma once

#include <spanwise/detail/config.hpp>

#include <chrono>

namespace spanwise::inline SPANWISE_ABI::detail {

/// A century: what people mean by durations that no clock can add up.
inline constexpr std::chrono::hours longest_wait{24 * 365 * 100};

/// A duration between nothing and a century; what is outside, or no number, is the nearer of the two.
template <class Rep, class Period>
[[nodiscard]] constexpr std::chrono::nanoseconds bounded_wait(std::chrono::duration<Rep, Period> time) noexcept {
  using seconds = std::chrono::duration<double>;
  seconds const wanted{time};
  if (wanted >= seconds{longest_wait}) return longest_wait;
  return wanted > seconds{} ? std::chrono::duration_cast<std::chrono::nanoseconds>(time) : std::chrono::nanoseconds{};
}

/// The moment that is `time` from now.
template <class Rep, class Period>
[[nodiscard]] std::chrono::steady_clock::time_point deadline_in(std::chrono::duration<Rep, Period> time) noexcept {
  return std::chrono::steady_clock::now() + bounded_wait(time);
}

} // namespace spanwise::inline SPANWISE_ABI::detail
