// A share of traces as the ratio samplers take it: what is no share is told, and counts as the nearest one.
#pragma once

#include <spanwise/core/diagnostics.hpp>

namespace spanwise::inline SPANWISE_ABI::detail {

/// A ratio in [0, 1]; outside of it clamped, and 0 for what is no number.
class sampling_ratio {
public:
  constexpr explicit sampling_ratio(double ratio) noexcept
      : value_{ratio >= 1  ? 1
               : ratio > 0 ? ratio
                           : 0},
        fault_{ratio > 1         ? fault::above
               : ratio < 0       ? fault::below
               : ratio == value_ ? fault::none
                                 : fault::no_number} {}

  [[nodiscard]] constexpr double value() const noexcept { return value_; }

  void tell() const noexcept {
    if (fault_ != fault::none) tell_fault();
  }

private:
  enum class fault : std::uint8_t { none, below, above, no_number };

  SPANWISE_COLD void tell_fault() const noexcept {
    report(severity::warning, "sampling ratio",
           fault_ == fault::above
               ? "a sampling ratio above 1 counts as 1: every trace is kept; give a share such as 0.1"
           : fault_ == fault::below ? "a sampling ratio below 0 counts as 0: no trace is kept"
                                    : "a sampling ratio that is not a number counts as 0: no trace is kept");
  }

  double value_;
  fault fault_;
};

/// Reports a sentence once in the life of the process.
SPANWISE_COLD void report_once(atomic<bool>& told, std::string_view cause, std::string_view sentence) noexcept {
  if (!told.exchange(true, relaxed)) report(severity::warning, cause, sentence);
}

} // namespace spanwise::inline SPANWISE_ABI::detail
