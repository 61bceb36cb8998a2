// The sampler that OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG choose, where code chooses none.
#pragma once

#include <spanwise/core/environment.hpp>
#include <spanwise/trace/sampler.hpp>

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

/// One type for all that the environment can ask for: each further one would be compiled into every program.
class environment_sampler {
public:
  environment_sampler(double ratio, bool of_ids, bool follows_parent) noexcept
      : roots_{ratio}, of_ids_{of_ids}, follows_parent_{follows_parent} {}

  [[nodiscard]] sampling_result should_sample(sampling_parameters const& asked) const noexcept {
    span_context const& parent = asked.parent.span();
    if (follows_parent_ && parent.valid())
      return {parent.sampled() ? sampling_decision::record_and_sample : sampling_decision::drop};
    return roots_.should_sample(asked);
  }
  [[nodiscard]] std::optional<sampling_decision> fixed(parent_case which) const noexcept {
    if (!follows_parent_ || which == parent_case::none) return roots_.fixed(which);
    bool const sampled = which == parent_case::remote_sampled || which == parent_case::local_sampled;
    return sampled ? sampling_decision::record_and_sample : sampling_decision::drop;
  }
  [[nodiscard]] SPANWISE_SMALL sampler_description description() const noexcept {
    sampler_description text{follows_parent_ ? "ParentBased{root:" : ""};
    if (of_ids_) text.append(roots_.description().view());
    else text.append(roots_.ratio() > 0 ? always_on{}.description().view() : always_off{}.description().view());
    if (follows_parent_)
      text.append(",remoteParentSampled:AlwaysOnSampler,remoteParentNotSampled:AlwaysOffSampler,"
                  "localParentSampled:AlwaysOnSampler,localParentNotSampled:AlwaysOffSampler}");
    return text;
  }

private:
  trace_id_ratio roots_;
  bool of_ids_;
  bool follows_parent_;
};

static_assert(sampler<environment_sampler>);

} // namespace detail

/// What the environment chooses; empty, which is parent-based with always-on for roots, if it chooses that or nothing.
///
/// An unknown name gives a diagnostic and counts as unset, a bad ratio gives one and counts as 1.
[[nodiscard]] SPANWISE_SMALL any_sampler chosen_sampler(environment const& env) noexcept {
  std::string_view const variable = "OTEL_TRACES_SAMPLER";
  auto const name = env.text(variable);
  if (!name) return {};
  std::string_view choice = *name;
  auto const is = [&](std::string_view known) { return detail::same_letters(choice, known); };
  if (is("jaeger_remote") || is("parentbased_jaeger_remote") || is("xray")) {
    detail::tell(
        severity::warning, variable,
        {variable, "=", choice,
         " names a sampler that asks a server for its rules, which spanwise has not built in; "
         "parentbased_always_on is used instead. Choose that, parentbased_traceidratio, or give a sampler of your "
         "own as options.sampler"});
    return {};
  }
  std::string_view constexpr prefix = "parentbased_";
  bool const follows = choice.size() > prefix.size() && detail::same_letters(choice.substr(0, prefix.size()), prefix);
  if (follows) choice.remove_prefix(prefix.size());
  if (is("always_on") && follows) return {};
  if (is("always_on")) return detail::environment_sampler{1, false, follows};
  if (is("always_off")) return detail::environment_sampler{0, false, follows};
  if (is("traceidratio"))
    return detail::environment_sampler{env.ratio("OTEL_TRACES_SAMPLER_ARG").value_or(1), true, follows};
  detail::contain([&] {
    detail::tell(severity::warning, variable,
                 {variable, "=", detail::shown(*name),
                  " is no sampler; parentbased_always_on is used. Known are always_on, "
                  "always_off, traceidratio, and each of these behind parentbased_"});
  });
  return {};
}

} // namespace spanwise::inline SPANWISE_ABI
