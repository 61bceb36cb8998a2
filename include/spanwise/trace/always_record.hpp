// Records what another sampler drops, for whoever looks at all spans in this process but sends only some.
#pragma once

#include <spanwise/trace/always_on.hpp>

#include <utility>

namespace spanwise::inline SPANWISE_ABI {

/// The sampler within, but for one thing: what that drops is recorded, and not sent. Attributes and state stay its own.
template <class Sampler> class always_record {
  static_assert(sampler<Sampler>, "spanwise: always_record takes a sampler, which has "
                                  "should_sample(sampling_parameters const&), which gives a sampling_result, and "
                                  "description()");

public:
  explicit always_record(Sampler within) : within_(std::move(within)) {}

  [[nodiscard]] sampling_result should_sample(sampling_parameters const& asked) const {
    sampling_result result = within_.should_sample(asked);
    result.decision = kept(result.decision);
    return result;
  }
  [[nodiscard]] std::optional<sampling_decision> fixed(parent_case which) const noexcept {
    std::optional<sampling_decision> known = detail::fixed_of(within_, which);
    if (known) known = kept(*known);
    return known;
  }
  [[nodiscard]] sampler_description description() const {
    sampler_description const inner{within_.description()};
    return sampler_description{"AlwaysRecord{"}.append(inner.view()).append("}");
  }

private:
  static sampling_decision kept(sampling_decision decided) noexcept {
    return decided == sampling_decision::drop ? sampling_decision::record_only : decided;
  }

  Sampler within_;
};

static_assert(sampler<always_record<always_off>>);

} // namespace spanwise::inline SPANWISE_ABI
