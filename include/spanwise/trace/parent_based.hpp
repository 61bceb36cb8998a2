// The sampler around samplers: whoever has a parent follows it, so traces stay whole.
#pragma once

#include <spanwise/trace/always_on.hpp>

namespace spanwise::inline SPANWISE_ABI {

/// Follows the parent's decision, and asks `root` where there is no parent. Each of the four answers can be replaced.
template <class Root, class RemoteSampled = always_on, class RemoteUnsampled = always_off,
          class LocalSampled = always_on, class LocalUnsampled = always_off>
struct parent_based {
  static_assert(sampler<Root> && sampler<RemoteSampled> && sampler<RemoteUnsampled> && sampler<LocalSampled> &&
                    sampler<LocalUnsampled>,
                "spanwise: parent_based takes samplers, which have should_sample(sampling_parameters const&), which "
                "gives a sampling_result, and description(); the composable sampler that follows its parent is "
                "spanwise::parent_threshold");
  Root root;
  RemoteSampled remote_sampled{};
  RemoteUnsampled remote_unsampled{};
  LocalSampled local_sampled{};
  LocalUnsampled local_unsampled{};

  [[nodiscard]] sampling_result should_sample(sampling_parameters const& asked) const {
    span_context const& parent = asked.parent.span();
    if (!parent.valid()) return root.should_sample(asked);
    if (parent.remote())
      return parent.sampled() ? remote_sampled.should_sample(asked) : remote_unsampled.should_sample(asked);
    return parent.sampled() ? local_sampled.should_sample(asked) : local_unsampled.should_sample(asked);
  }
  [[nodiscard]] std::optional<sampling_decision> fixed(parent_case which) const noexcept {
    switch (which) {
    case parent_case::none:
      return detail::fixed_of(root, which);
    case parent_case::remote_sampled:
      return detail::fixed_of(remote_sampled, which);
    case parent_case::remote_unsampled:
      return detail::fixed_of(remote_unsampled, which);
    case parent_case::local_sampled:
      return detail::fixed_of(local_sampled, which);
    case parent_case::local_unsampled:
      return detail::fixed_of(local_unsampled, which);
    }
    return std::nullopt;
  }
  [[nodiscard]] sampler_description description() const {
    sampler_description text{"ParentBased{root:"};
    text.append(sampler_description{root.description()}.view());
    text.append(",remoteParentSampled:").append(sampler_description{remote_sampled.description()}.view());
    text.append(",remoteParentNotSampled:").append(sampler_description{remote_unsampled.description()}.view());
    text.append(",localParentSampled:").append(sampler_description{local_sampled.description()}.view());
    text.append(",localParentNotSampled:").append(sampler_description{local_unsampled.description()}.view());
    return text.append("}");
  }
};
template <class Root> parent_based(Root) -> parent_based<Root>;
template <class Root, class A> parent_based(Root, A) -> parent_based<Root, A>;
template <class Root, class A, class B> parent_based(Root, A, B) -> parent_based<Root, A, B>;
template <class Root, class A, class B, class C> parent_based(Root, A, B, C) -> parent_based<Root, A, B, C>;
template <class Root, class A, class B, class C, class D>
parent_based(Root, A, B, C, D) -> parent_based<Root, A, B, C, D>;

static_assert(sampler<parent_based<always_off>>);

} // namespace spanwise::inline SPANWISE_ABI
