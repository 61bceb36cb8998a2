// Tells who set OTEL_TRACES_EXPORTER that the program has no choice: its pipeline names one exporter, and that counts.
#pragma once

#include <spanwise/core/environment.hpp>
#include <spanwise/pipeline/tee.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>

namespace spanwise::inline SPANWISE_ABI::detail {

/// The exporter at the end of a straight line; void where the line forks.
template <class Part> struct only_exporter { using type = Part; };
template <class... Parts>
struct only_exporter<std::tuple<Parts...>>
    : only_exporter<std::tuple_element_t<sizeof...(Parts) - 1, std::tuple<Parts...>>> {};
template <class... Parts> struct only_exporter<chain<Parts...>> : only_exporter<std::tuple<Parts...>> {};
template <class... Branches> struct only_exporter<tee<Branches...>> { using type = void; };

/// Says so if the variable names anything but `built`.
SPANWISE_SMALL void check_exporter_variable(std::string_view built, environment const& env) {
  auto const asked = env.text("OTEL_TRACES_EXPORTER");
  if (!asked) return;
  std::string others;
  comma_list names{*asked};
  for (std::string_view name; names.next(name);)
    if (!name.empty() && !same_letters(name, built)) add_item(others, shown(name));
  if (!others.empty())
    tell(severity::warning, "OTEL_TRACES_EXPORTER",
         {"OTEL_TRACES_EXPORTER asks for ", others, ", but the program was built with ", built,
          " alone, which it uses; any_of{...} lets the variable choose"});
}

/// The same for a pipeline of these parts. One that forks, or whose exporter has no name, is nobody's to choose.
template <class Parts> void check_exporter_variable(environment const& env) noexcept {
  using Exporter = typename only_exporter<Parts>::type;
  if constexpr (requires { std::string_view{Exporter::exporter_name}; })
    contain([&] { check_exporter_variable(Exporter::exporter_name, env); });
}

} // namespace spanwise::inline SPANWISE_ABI::detail
