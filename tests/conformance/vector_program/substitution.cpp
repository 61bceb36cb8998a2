// Variables in the scalars of a configuration file.
#include "answers.hpp"

#if __has_include(<spanwise/config/substitution.hpp>)
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
#else
namespace conformance {

json config_substitution(json const&) {
  throw unsupported{"configuration files are not built in"};
}

} // namespace conformance
#endif
