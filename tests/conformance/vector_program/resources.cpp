// Resources that are merged; the other topics of that file are told elsewhere.
#include <spanwise/spanwise.hpp>

#include "answers.hpp"
#include "diagnostics_heard.hpp"

namespace conformance {
namespace {

spanwise::resource read_resource(json const& given) {
  spanwise::resource result;
  for (auto const& [key, value] : given.at("attributes").items())
    result.set({spanwise::any_key{std::string_view{key}}, value.get<std::string>()});
  result.set_schema_url(given.value("schema_url", ""));
  return result;
}

json merged(json const& given) {
  spanwise::resource result = read_resource(given.at("old"));
  diagnostics_heard const heard;
  result.merge(read_resource(given.at("updating")));
  json attributes = json::object();
  for (auto const& [key, value] : result.attributes()) attributes[std::string{key}] = std::string{value.as_string()};
  return {{"attributes", attributes},
          {"schema_url", std::string{result.schema_url()}},
          {"conflict", heard.any_with("schema URL")}};
}

} // namespace

json resource_status(json const& input) {
  if (input.contains("merge")) return merged(input.at("merge"));
  if (input.contains("status")) return statuses(input.at("status"));
  return environment_key(input.at("env_key"));
}

} // namespace conformance
