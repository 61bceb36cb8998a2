// Makes the sampler that a configuration describes. Samplers below others are held by any_sampler.
#pragma once

#include <spanwise/config/components.hpp>
#include <spanwise/config/create_composable.hpp>
#include <spanwise/trace/always_record.hpp>
#include <spanwise/trace/composite_sampler.hpp>
#include <spanwise/trace/parent_based.hpp>
#include <spanwise/trace/trace_id_ratio.hpp>

#include <tuple>
#include <utility>

namespace spanwise::inline SPANWISE_ABI::detail {

/// The sampler; empty, with a fault, if this program has none like it.
template <class... Components>
SPANWISE_SMALL any_sampler create_sampler(sampler_config const& from, std::tuple<Components...> const& built,
                                          config_faults& faults) {
  auto const part = [&](std::string_view property, auto usual) -> any_sampler {
    sampler_config const* const below = from.part(property);
    return below == nullptr ? any_sampler{usual} : create_sampler(*below, built, faults);
  };
  std::string_view const name = from.name;
  if (name == "always_on") return always_on{};
  if (name == "always_off") return always_off{};
  if (name == "trace_id_ratio_based") return trace_id_ratio{from.ratio};
  if (name == "probability/development") return probability{from.ratio};
  if (name == "always_record") return always_record<any_sampler>{part("root", always_off{})};
  if (name == "composite/development" && !from.parts.empty())
    return composite_sampler<any_composable>{create_composable(from.parts.front().second)};
  if (name == "parent_based")
    return parent_based<any_sampler, any_sampler, any_sampler, any_sampler, any_sampler>{
        part("root", always_on{}), part("remote_parent_sampled", always_on{}),
        part("remote_parent_not_sampled", always_off{}), part("local_parent_sampled", always_on{}),
        part("local_parent_not_sampled", always_off{})};

  any_sampler own;
  bool known = false;
  std::string names;
  auto const consider = [&]<class Component>(Component const& held) {
    if constexpr (named_sampler<Component>) {
      add_item(names, Component::sampler_name);
      if (known || Component::sampler_name != name) return;
      known = true;
      Component copy = held;
      if (configure_own(copy, from, faults)) own = any_sampler{std::move(copy)};
    }
  };
  std::apply([&](auto const&... held) { (consider(held), ...); }, built);
  if (known) return own;
  config_properties properties = from.properties.for_faults(faults, from.name);
  properties.fault(
      name == "jaeger_remote/development"
          ? std::string{"is a sampler that asks a server for its rules, which spanwise has not built in; choose "
                        "another one"}
          : joined({"is no sampler that this program was built with (known: always_on, always_off, "
                    "trace_id_ratio_based, parent_based, always_record, probability/development, "
                    "composite/development",
                    names.empty() ? std::string_view{} : ", ", names, ")"}));
  return {};
}

} // namespace spanwise::inline SPANWISE_ABI::detail
