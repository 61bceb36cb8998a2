// Makes the propagators that a configuration names, of those of the single header and those that the program was built
// with besides, such as spanwise::jaeger.
#pragma once

#include <spanwise/config/components.hpp>
#include <spanwise/start/chosen_propagators.hpp>
#include <spanwise/start/options.hpp>

#include <array>
#include <tuple>

namespace spanwise::inline SPANWISE_ABI::detail {

/// The formats among some components.
template <class List, class... Components> struct formats_among { using type = List; };
template <class... Formats, class Next, class... More>
struct formats_among<format_list<Formats...>, Next, More...>
    : formats_among<std::conditional_t<named_format<Next>, format_list<Formats..., Next>, format_list<Formats...>>,
                    More...> {};

template <class List> struct formats_of_file;
template <class... More> struct formats_of_file<format_list<More...>> {
  using type = propagators_from_environment<More...>;

  static constexpr std::array<std::string_view, 4 + sizeof...(More)> names{trace_context::name, w3c_baggage::name,
                                                                           b3::name, b3_multi::name, More::name...};
};

/// The formats in the order of the file; none if it names none. A fault for each that is not there.
template <class... Components>
SPANWISE_SMALL any_propagator create_propagators(std::vector<config_component> const& from,
                                                 std::tuple<Components...> const&, config_faults& faults) {
  using known = formats_of_file<typename formats_among<format_list<>, Components...>::type>;
  std::string wanted;
  for (config_component const& one : from) {
    config_properties properties = one.properties.for_faults(faults, one.name);
    bool found = false;
    std::string names;
    for (std::string_view const name : known::names) {
      found = found || one.name == name;
      add_item(names, name);
    }
    if (found) wanted.append(wanted.empty() ? "" : ",").append(one.name);
    else
      properties.fault(joined(
          {"asks for ",
           properties.is_filled_in("composite_list") ? std::string{"a format (which is not shown)"} : shown(one.name),
           ", which this program was not built with (it has ", names,
           "); to have more, name them in spanwise::from_config{...} where tracing starts, such as "
           "spanwise::jaeger{}"}));
  }
  if (wanted.empty()) return composite<>{};
  // What reads a list of names is there already, for the variable.
  return typename known::type{environment{{"OTEL_PROPAGATORS", wanted}}};
}

} // namespace spanwise::inline SPANWISE_ABI::detail
