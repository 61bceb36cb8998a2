// The composable that follows the parent: where a caller told with what share it sampled, that goes on.
#pragma once

#include <spanwise/trace/sampling_intent.hpp>

namespace spanwise::inline SPANWISE_ABI {

/// Follows the parent's threshold, or where it told none its decision; asks `root` where there is no parent.
///
/// A threshold that contradicts the parent's decision is erased, and the decision counts. OpenTelemetry, Trace SDK,
/// ComposableParentThreshold.
template <class Root> struct parent_threshold {
  static_assert(composable_sampler<Root>, "spanwise: parent_threshold takes a composable sampler for roots, which has "
                                          "intent(starting_span const&), which gives a sampling_intent, and "
                                          "description()");
  Root root;

  [[nodiscard]] sampling_intent intent(starting_span const& asked) const {
    span_context const& parent = asked.parent.span();
    if (!parent.valid()) return root.intent(asked);
    ot_state const known{parent.state()};
    if (auto const threshold = known.threshold()) {
      trace_randomness const trace = known.randomness().value_or(trace_randomness{parent.trace_id()});
      if (threshold->keeps(trace) == parent.sampled()) return {.threshold = threshold, .reliable = true};
    }
    if (parent.sampled()) return {.threshold = sampling_threshold{}};
    return {};
  }
  /// A parent of this process has been through here: its trace state is as it should be.
  [[nodiscard]] static std::optional<sampling_decision> settled(parent_case which) noexcept {
    if (which == parent_case::local_sampled) return sampling_decision::record_and_sample;
    if (which == parent_case::local_unsampled) return sampling_decision::drop;
    return std::nullopt;
  }
  [[nodiscard]] sampler_description description() const {
    sampler_description const inner{root.description()};
    return sampler_description{"ParentThreshold{root:"}.append(inner.view()).append("}");
  }
};
template <class Root> parent_threshold(Root) -> parent_threshold<Root>;

} // namespace spanwise::inline SPANWISE_ABI
