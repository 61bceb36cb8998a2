// A share of all traces, kept consistently with other services, and told to them: the successor of trace_id_ratio.
#pragma once

#include <spanwise/trace/intent_decision.hpp>

namespace spanwise::inline SPANWISE_ABI {

/// Sends this share of the traces, ignoring the parent's decision, and writes `ot=th:…` into the trace state, so that
/// backends count right and other services decide alike. Also composable.
///
/// Of the ratio `precision` hexadecimal digits count. Ratios outside [0, 1] are clamped, NaN counts as 0, and both are
/// told; below 2^-56 nothing is kept. Roots cost no allocation, spans with a parent's trace state may cost one.
/// OpenTelemetry, Trace SDK, ProbabilitySampler.
class probability {
public:
  explicit probability(double ratio, int precision = 4) noexcept
      : ratio_{ratio}, precision_{precision < 1    ? 1
                                  : precision > 14 ? 14
                                                   : precision},
        threshold_{sampling_threshold::of_ratio(ratio_.value(), precision_)} {
    ratio_.tell();
    if (threshold_) alone_ = detail::state_of(*threshold_);
  }

  [[nodiscard]] sampling_result should_sample(sampling_parameters const& asked) const noexcept {
    return detail::decide_by(intent(), asked);
  }
  [[nodiscard]] std::optional<sampling_decision> fixed(parent_case which) const noexcept {
    // A parent's trace state may have a threshold that must go, a root's has none.
    if (!threshold_ && which == parent_case::none) return sampling_decision::drop;
    return std::nullopt;
  }
  [[nodiscard]] sampling_intent intent(starting_span const&) const noexcept { return intent(); }
  [[nodiscard]] sampler_description description() const noexcept {
    sampler_description text{"ProbabilitySampler{"};
    text.append_ratio(ratio_.value());
    if (precision_ != 4) text.append(",precision:").append_ratio(precision_);
    return text.append("}");
  }
  [[nodiscard]] double ratio() const noexcept { return ratio_.value(); }
  /// What the ratio comes to; nothing if no trace is kept.
  [[nodiscard]] std::optional<sampling_threshold> threshold() const noexcept { return threshold_; }

private:
  [[nodiscard]] sampling_intent intent() const noexcept {
    return {.threshold = threshold_, .reliable = threshold_.has_value(), .alone = alone_.empty() ? nullptr : &alone_};
  }

  detail::sampling_ratio ratio_;
  int precision_;
  std::optional<sampling_threshold> threshold_;
  trace_state alone_;
};

static_assert(sampler<probability> && composable_sampler<probability>);

} // namespace spanwise::inline SPANWISE_ABI
