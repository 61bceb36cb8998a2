// The two simplest samplers: everything, and nothing.
#pragma once

#include <spanwise/trace/sampling_intent.hpp>

namespace spanwise::inline SPANWISE_ABI {

/// Records and sends each span. Also composable: a reliable threshold of 0.
struct always_on {
  [[nodiscard]] sampling_result should_sample(sampling_parameters const&) const noexcept {
    return {sampling_decision::record_and_sample};
  }
  [[nodiscard]] std::optional<sampling_decision> fixed(parent_case) const noexcept {
    return sampling_decision::record_and_sample;
  }
  [[nodiscard]] sampling_intent intent(starting_span const&) const noexcept {
    return {.threshold = sampling_threshold{}, .reliable = true};
  }
  [[nodiscard]] sampler_description description() const noexcept { return "AlwaysOnSampler"; }
};

/// Records nothing; contexts are still passed on. Also composable: no threshold.
struct always_off {
  [[nodiscard]] sampling_result should_sample(sampling_parameters const&) const noexcept {
    return {sampling_decision::drop};
  }
  [[nodiscard]] std::optional<sampling_decision> fixed(parent_case) const noexcept { return sampling_decision::drop; }
  [[nodiscard]] sampling_intent intent(starting_span const&) const noexcept { return {}; }
  [[nodiscard]] sampler_description description() const noexcept { return "AlwaysOffSampler"; }
};

static_assert(sampler<always_on> && sampler<always_off> && composable_sampler<always_on> &&
              composable_sampler<always_off>);

} // namespace spanwise::inline SPANWISE_ABI
