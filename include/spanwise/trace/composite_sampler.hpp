// Makes a sampler of composable ones, which combine without losing what the trace state tells of them.
//
//     composite_sampler{parent_threshold{rule_based{rule{name_is{"/checkout"}, probability{0.5}}, probability{0.01}}}}
#pragma once

#include <spanwise/trace/always_on.hpp>
#include <spanwise/trace/intent_decision.hpp>

#include <utility>

namespace spanwise::inline SPANWISE_ABI {

/// The sampler that does what a composable one intends: compares its threshold with the randomness of the trace, and
/// writes it to the trace state. OpenTelemetry, Trace SDK, CompositeSampler.
template <class Delegate> class composite_sampler {
  static_assert(composable_sampler<Delegate>, "spanwise: composite_sampler takes a composable sampler, which has "
                                              "intent(starting_span const&), which gives a sampling_intent, and "
                                              "description()");

public:
  explicit composite_sampler(Delegate delegate) : delegate_(std::move(delegate)) {}

  [[nodiscard]] sampling_result should_sample(sampling_parameters const& asked) const {
    return detail::decide_by(delegate_.intent(asked.span()), asked, keeping_all_.empty() ? nullptr : &keeping_all_);
  }
  /// What the delegate says is settled: its decisions that change nothing of the trace state.
  [[nodiscard]] std::optional<sampling_decision> fixed(parent_case which) const noexcept {
    if constexpr (requires { delegate_.settled(which); }) return delegate_.settled(which);
    else return std::nullopt;
  }
  [[nodiscard]] sampler_description description() const {
    sampler_description const inner{delegate_.description()};
    return sampler_description{"CompositeSampler{"}.append(inner.view()).append("}");
  }

private:
  Delegate delegate_;
  trace_state keeping_all_ = detail::state_of(sampling_threshold{});
};

static_assert(sampler<composite_sampler<always_on>>);

} // namespace spanwise::inline SPANWISE_ABI
