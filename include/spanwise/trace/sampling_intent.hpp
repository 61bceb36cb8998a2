// What a composable sampler answers: not a decision but an intent, a threshold that the randomness of the trace is then
// compared with. Intents can be combined - by rule, by parent - and the decision stays consistent with other services'.
// OpenTelemetry, Trace SDK, ComposableSampler. Whoever needs no consistent sampling needs none of this.
#pragma once

#include <spanwise/core/ot_state.hpp>
#include <spanwise/trace/sampling.hpp>

namespace spanwise::inline SPANWISE_ABI {

/// How a composable sampler changes the trace state, beside its `ot` member; by default not at all.
struct state_provider {
  /// Gives the state of the new span; `with` is the member below, `from` the parent's state.
  trace_state (*change)(void const* with, trace_state const& from, bool sampled) noexcept {};
  void const* with{};
};

/// What a composable sampler wants.
struct sampling_intent {
  std::optional<sampling_threshold> threshold{}; ///< none: the span is not sampled
  /// The threshold tells the share of traces that is kept: it is compared with the trace's own randomness and written
  /// to the trace state. Otherwise chance decides.
  bool reliable{};
  sampling_attributes attributes{}; ///< for spans that are sampled
  state_provider state{};
  /// The trace state with nothing but this threshold in it, ready made, or nullptr; it saves roots an allocation.
  trace_state const* alone{};
};

/// A type with intents about spans, for `composite_sampler` and the composables around others. It is called on the
/// threads that start spans, at the same time. It does not touch the trace state's `ot` member.
///
///     struct all_of_the_shop {
///       spanwise::sampling_intent intent(spanwise::starting_span const& asked) const {
///         if (!asked.name.starts_with("shop/")) return {};
///         return {.threshold = spanwise::sampling_threshold{}, .reliable = true};
///       }
///       spanwise::sampler_description description() const { return "AllOfTheShop"; }
///     };
template <class Candidate>
concept composable_sampler = requires(Candidate const& candidate, starting_span const& asked) {
  { candidate.intent(asked) } -> std::same_as<sampling_intent>;
  { candidate.description() } -> std::convertible_to<sampler_description>;
};

} // namespace spanwise::inline SPANWISE_ABI
