// Makes the resource that a configuration describes: what detectors find, then what code says of the service, then the
// file's attributes, which win.
#pragma once

#include <spanwise/config/components.hpp>
#include <spanwise/config/pattern.hpp>

#include <tuple>
#include <variant>

namespace spanwise::inline SPANWISE_ABI::detail {

SPANWISE_SMALL void set_config_value(resource& into, std::string_view name, config_value const& value) {
  std::visit([&](auto const& held) { into.set({any_key{name}, held}); }, value);
}

template <class... Components>
SPANWISE_SMALL resource create_resource(resource_config const& from, resource const& from_code,
                                        std::tuple<Components...> const&, environment const&,
                                        config_faults& faults) {
  resource result;
  for (config_component const& wanted : from.detectors) {
    config_properties properties = wanted.properties.for_faults(faults);
    properties.fault("is no resource detector that this program was built with");
  }
  result.merge(from_code);
  for (auto const& [name, value] : from.attributes) set_config_value(result, name, value);
  if (!from.schema_url.empty()) result.set_schema_url(from.schema_url);
  return result;
}

} // namespace spanwise::inline SPANWISE_ABI::detail
