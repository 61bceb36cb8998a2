// What is recorded and where it goes can stand in a file, OpenTelemetry's declarative configuration. Usually
// OTEL_CONFIG_FILE names it, and `from_config{console{}, otlp_file{}}` lists what it may choose from.
#include <spanwise/config_file.hpp>

#include <cstdio>

int main() {
  auto const file = spanwise::parse_configuration(R"(
file_format: "1.0"
resource:
  attributes:
    - {name: service.name, value: "${SHOP_NAME:-corner shop}"}
tracer_provider:
  processors:
    - simple: {exporter: {console: }}
  sampler: {parent_based: {root: {always_on: }}}
)");
  {
    auto tracing = spanwise::start("shop", spanwise::from_config{file, spanwise::console{}, spanwise::otlp_file{}});
    spanwise::span order{"place order"};
    spanwise::span pay{"charge card"};
  }
  auto const wrong = spanwise::parse_configuration(R"(
file_format: "1.0"
tracer_provider:
  processors:
    - batch: {schedule_delay: 5s, exporter: {console: }}
)");
  for (auto const& fault : wrong.faults) std::puts(fault.text().c_str());
}

// Prints:
// trace ... 2 spans
// corner shop  place order ...
//              └ charge card ...
// configuration:5:31: tracer_provider.processors[0].batch.schedule_delay is "5s"; it must be a whole number of ...
