// Makes the propagators that a configuration names.
#pragma once

#include <spanwise/config/components.hpp>
#include <spanwise/start/options.hpp>

#include <tuple>

namespace spanwise::inline SPANWISE_ABI::detail {

/// The formats in the order of the file; none if it names none.
template <class... Components>
SPANWISE_SMALL any_propagator create_propagators(std::vector<config_component> const& from,
                                                 std::tuple<Components...> const&, config_faults& faults) {
  bool trace = false;
  bool baggage = false;
  for (config_component const& wanted : from) {
    if (wanted.name == "tracecontext") {
      trace = true;
    } else if (wanted.name == "baggage") {
      baggage = true;
    } else {
      config_properties properties = wanted.properties.for_faults(faults);
      properties.fault(joined({"names ", shown(wanted.name), ", which this program was not built with (it has tracecontext, baggage)"}));
    }
  }
  if (trace && baggage) return composite<trace_context, w3c_baggage>{};
  if (trace) return trace_context{};
  if (baggage) return w3c_baggage{};
  return composite<>{};
}

} // namespace spanwise::inline SPANWISE_ABI::detail
