// Answers test vectors on standard input, one JSON object a line, by what the library really does, through its public
// interface. The protocol is that of tests/conformance/run.py. Each line gets an answer, whatever it holds.
#include "answers.hpp"
#include "conformance/bounded_json.hpp"

#include <cstdlib>
#include <exception>
#include <iostream>

extern char** environ;

namespace conformance {
namespace {

using topic = json (*)(json const& input);

topic find_topic(json const& file) {
  return one_of<topic>(file, {{"traceparent", &traceparent},
                              {"tracestate", &tracestate},
                              {"baggage", &baggage},
                              {"b3_jaeger_xray", &b3_jaeger_xray},
                              {"samplers", &samplers},
                              {"attribute_limits", &attribute_limits},
                              {"otlp_json", &otlp_json},
                              {"otlp_http", &otlp_http},
                              {"resource_status", &resource_status},
                              {"config_substitution", &config_substitution},
                              {"env", &env}});
}

/// Answers depend on requests alone.
void forget_environment() {
  std::vector<std::string> names;
  for (char** each = environ; *each != nullptr; ++each)
    if (std::string_view const variable{*each}; variable.starts_with("OTEL_"))
      names.emplace_back(variable.substr(0, variable.find('=')));
  for (std::string const& name : names) ::unsetenv(name.c_str());
}

json answer(std::string const& line) {
  json reply{{"id", nullptr}};
  try {
    json const request = parse_bounded(line);
    if (json const& id = request.at("id"); id.is_primitive()) reply["id"] = id;
    reply["actual"] = find_topic(request.at("file"))(request.at("input"));
  } catch (std::exception const& problem) {
    reply["unsupported"] = problem.what();
  }
  return reply;
}

} // namespace
} // namespace conformance

int main() {
  conformance::forget_environment();
  for (std::string line; std::getline(std::cin, line);)
    std::cout << conformance::answer(line).dump(-1, ' ', true, conformance::json::error_handler_t::replace)
              << std::endl;
}
