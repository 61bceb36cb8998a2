// A bounded number of things a second, counted by all threads without a lock.
#pragma once

#include <spanwise/detail/atomic.hpp>

namespace spanwise::inline SPANWISE_ABI::detail {

/// Lets `rate` things a second through, and after a rest up to `burst` at once.
///
/// One number tells how full it is: the moment at which all that was let through is paid for (the generic cell rate
/// algorithm). Copies count for themselves.
class token_bucket {
public:
  /// Neither may be below zero or no number; above 1e9 a second counts as that.
  token_bucket(double rate, double burst) noexcept
      : interval_{in_range(1e9 / rate)}, most_ahead_{in_range(burst * static_cast<double>(interval_))} {}
  token_bucket(token_bucket const& other) noexcept
      : interval_{other.interval_}, most_ahead_{other.most_ahead_}, paid_at_{other.paid_at_.load(relaxed)} {}
  token_bucket& operator=(token_bucket const&) = delete;

  /// True if one more may pass at `now`, in ns of a clock that is never behind 0.
  [[nodiscard]] bool take(std::int64_t now) noexcept {
    std::int64_t before = paid_at_.load(relaxed);
    for (;;) {
      std::int64_t const after = (before > now ? before : now) + interval_;
      if (after - now > most_ahead_) return false;
      if (paid_at_.compare_exchange(before, after, relaxed, relaxed)) return true;
    }
  }

private:
  /// Whole nanoseconds, from one to 60 years: three of these can be added.
  static std::int64_t in_range(double ns) noexcept {
    return ns >= 1.9e18 ? 1'900'000'000'000'000'000 : ns >= 1 ? static_cast<std::int64_t>(ns + 0.5) : 1;
  }

  std::int64_t interval_;
  std::int64_t most_ahead_;
  atomic<std::int64_t> paid_at_{0};
};

} // namespace spanwise::inline SPANWISE_ABI::detail
