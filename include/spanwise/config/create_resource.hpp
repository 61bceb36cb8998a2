// Makes the resource that a configuration describes: what detectors find, then what code says of the service, then the
// file's attributes, which win.
#pragma once

#include <spanwise/config/components.hpp>
#include <spanwise/config/pattern.hpp>
#include <spanwise/resource/container_detector.hpp>
#include <spanwise/resource/host_detector.hpp>
#include <spanwise/resource/process_detector.hpp>
#include <spanwise/resource/service_detector.hpp>

#include <optional>
#include <tuple>
#include <variant>
#include <vector>

namespace spanwise::inline SPANWISE_ABI::detail {

/// The detector of this name: one that the program was built with, or else one of those that the schema has.
template <class... Components>
SPANWISE_SMALL std::optional<any_detector>
find_detector(config_component const& wanted, std::tuple<Components...> const& built, config_faults& faults) {
  std::optional<any_detector> found;
  std::string names = "container, host, process, service";
  auto const consider = [&]<class Component>(Component const& held) {
    if constexpr (resource_detector<Component>) {
      add_item(names, held.name);
      if (found || wanted.name != held.name) return;
      Component copy = held;
      static_cast<void>(configure_own(copy, wanted, faults));
      found.emplace(std::move(copy));
    }
  };
  std::apply([&](auto const&... held) { (consider(held), ...); }, built);
  if (!found && wanted.name == "container") found.emplace(container_detector{});
  if (!found && wanted.name == "host") found.emplace(host_detector{});
  if (!found && wanted.name == "process") found.emplace(process_detector{});
  if (!found && wanted.name == "service") found.emplace(service_detector{});
  if (found) return found;
  config_properties properties = wanted.properties.for_faults(faults, wanted.name);
  properties.fault(joined({"is no resource detector that this program was built with (it has ", names,
                           "); to have more, name them in spanwise::from_config{...} where tracing starts"}));
  return found;
}

/// What is known of the service beside the defaults. The detectors are asked once it is sure that they are wanted.
class described_resource {
public:
  template <class... Components>
  SPANWISE_SMALL described_resource(resource_config const& from, std::tuple<Components...> const& built,
                                    config_faults& faults)
      : from_{from} {
    for (config_component const& wanted : from.detectors)
      if (auto detector = find_detector(wanted, built, faults)) detectors_.push_back(std::move(*detector));
  }

  [[nodiscard]] SPANWISE_SMALL resource make(resource const& from_code, environment const& env) const {
    resource result = detect_all(detectors_, env);
    result.keep_if([&](std::string_view key) { return is_included(key, from_.included, from_.excluded); });
    result.merge(from_code);
    for (auto const& each : from_.attributes)
      std::visit([&](auto const& held) { result.set({any_key{each.first}, held}); }, each.second);
    if (!from_.schema_url.empty()) result.set_schema_url(from_.schema_url);
    return result;
  }

private:
  resource_config const& from_;
  std::vector<any_detector> detectors_;
};

} // namespace spanwise::inline SPANWISE_ABI::detail
