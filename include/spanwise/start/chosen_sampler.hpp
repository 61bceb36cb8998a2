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

/// What the variables come to: one of the names that OTEL_TRACES_SAMPLER has, and the ratio of those that take one.
struct sampler_in_effect {
  std::string_view name = "parentbased_always_on";
  std::optional<double> ratio{};
};

namespace detail {

/// Reads the two variables. An unknown name gives a diagnostic and counts as unset, a bad ratio gives one and counts as
/// 1.
[[nodiscard]] SPANWISE_SMALL sampler_in_effect read_sampler(environment const& env) noexcept {
  std::string_view const variable = "OTEL_TRACES_SAMPLER";
  auto const asked = env.text(variable);
  if (!asked) return {};
  for (std::string_view const name : {"always_on", "always_off", "parentbased_always_on", "parentbased_always_off"})
    if (same_letters(*asked, name)) return {name};
  for (std::string_view const name : {"traceidratio", "parentbased_traceidratio"})
    if (same_letters(*asked, name)) return {name, env.ratio("OTEL_TRACES_SAMPLER_ARG").value_or(1)};
  for (std::string_view const name : {"jaeger_remote", "parentbased_jaeger_remote", "xray"})
    if (same_letters(*asked, name)) {
      tell(severity::warning, variable,
           {variable, "=", name, " names a sampler that asks a server for its rules, which spanwise has not built in; "
            "parentbased_always_on is used instead. Choose that, parentbased_traceidratio, or give a sampler of your "
            "own as options.sampler"});
      return {};
    }
  contain([&] {
    tell(severity::warning, variable,
         {variable, "=", shown(*asked),
          " is no sampler; parentbased_always_on is used. Known are always_on, always_off, traceidratio, and each of "
          "these behind parentbased_"});
  });
  return {};
}

} // namespace detail

/// What the environment chooses; empty, which is parent-based with always-on for roots, if it chooses that or nothing.
///
/// An unknown name gives a diagnostic and counts as unset, a bad ratio gives one and counts as 1.
[[nodiscard]] SPANWISE_SMALL any_sampler chosen_sampler(environment const& env) noexcept {
  sampler_in_effect const chosen = detail::read_sampler(env);
  if (chosen.name == sampler_in_effect{}.name) return {};
  double const ratio = chosen.ratio.value_or(chosen.name.ends_with("always_on") ? 1 : 0);
  return detail::environment_sampler{ratio, chosen.ratio.has_value(), chosen.name.starts_with("parentbased_")};
}

} // namespace spanwise::inline SPANWISE_ABI
