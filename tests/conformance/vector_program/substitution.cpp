// Variables in the scalars of a configuration file.
#include "answers.hpp"

#include <spanwise/config/substitution.hpp>

namespace conformance {

json config_substitution(json const& input) {
  spanwise::key_values variables;
  for (auto const& [name, value] : input.at("env").items()) variables.emplace_back(name, value.get<std::string>());
  auto const text =
      spanwise::substitute_variables(input.at("text").get<std::string>(), spanwise::environment{std::move(variables)});
  if (!text) return {{"error", true}};
  return {{"text", *text}};
}

} // namespace conformance
