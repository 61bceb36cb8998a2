// What the parts of the conformance program share: one function a topic, which takes a vector's input and gives what
// the vector calls expected, as the library has it. Input of the wrong shape throws, and is answered as unsupported.
#pragma once

#include <nlohmann/json.hpp>

#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace conformance {

using json = nlohmann::json;

/// A request that cannot be served, and why.
struct unsupported : std::runtime_error {
  using runtime_error::runtime_error;
};

/// Header fields in the order in which they came; the library reads and writes contexts in these.
using headers = std::vector<std::pair<std::string, std::string>>;

json traceparent(json const& input);
json tracestate(json const& input);
json baggage(json const& input);
json b3_jaeger_xray(json const& input);
json samplers(json const& input);
json attribute_limits(json const& input);
json otlp_json(json const& input);
json otlp_http(json const& input);
json resource_status(json const& input);
json config_substitution(json const& input);
json env(json const& input);

// Steps of otlp_json and resource_status that are told elsewhere.
json otlp_span(json const& given);
json otlp_value(json const& given);
json statuses(json const& calls);
json environment_key(json const& name);

/// The one of `names` that `given` is.
template <class Value>
Value one_of(json const& given, std::initializer_list<std::pair<std::string_view, Value>> names) {
  auto const text = given.get<std::string>();
  for (auto const& [name, value] : names)
    if (text == name) return value;
  throw unsupported{"unknown word: " + text};
}

} // namespace conformance
