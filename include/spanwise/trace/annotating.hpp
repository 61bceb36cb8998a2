// The composable that marks what another one samples, such as with the name of the rule that kept it.
#pragma once

#include <spanwise/trace/kept_attributes.hpp>
#include <spanwise/trace/sampling_intent.hpp>

#include <utility>

namespace spanwise::inline SPANWISE_ABI {

/// What `delegate` intends, and these attributes on the spans that are sampled: texts, numbers, truth values; copied.
///
///     annotating{probability{0.5}, {{"sampling.rule", "checkout"}}}
///
/// OpenTelemetry, Trace SDK, ComposableAnnotating. At most four can stand around one another.
template <class Delegate, std::size_t Size> class annotating {
  static_assert(composable_sampler<Delegate>, "spanwise: annotating takes a composable sampler, which has "
                                              "intent(starting_span const&), which gives a sampling_intent, and "
                                              "description()");

public:
  annotating(Delegate delegate, attribute const (&added)[Size])
      : delegate_(std::move(delegate)), added_{std::span<attribute const, Size>{added}} {}

  [[nodiscard]] sampling_intent intent(starting_span const& asked) const {
    sampling_intent wanted = delegate_.intent(asked);
    if (!wanted.attributes.add(added_.view()))
      report(severity::warning, "annotating",
             "more than four annotating samplers stand around one another; the attributes "
             "of the outer ones are left out");
    return wanted;
  }
  [[nodiscard]] sampler_description description() const {
    sampler_description const inner{delegate_.description()};
    sampler_description text{"Annotating{"};
    text.append(inner.view());
    for (attribute const& each : added_.view()) text.append(",").append(each.key_text());
    return text.append("}");
  }

private:
  Delegate delegate_;
  detail::kept_attributes<Size> added_;
};
template <class Delegate, std::size_t Size>
annotating(Delegate, attribute const (&)[Size]) -> annotating<Delegate, Size>;

} // namespace spanwise::inline SPANWISE_ABI
