// What is in effect: the OTEL_* variables and the defaults, brought together as a pipeline does that is told nothing
// else.
#include <spanwise/spanwise.hpp>

#include <cstdio>

int main() {
  // A fixed environment, for this example; a program asks spanwise::environment::process().
  spanwise::environment const env{{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"},
                                  {"OTEL_EXPORTER_OTLP_HEADERS", "api-key=secret"},
                                  {"OTEL_BSP_SCHEDULE_DELAY", "250"},
                                  {"OTEL_SPAN_EVENT_COUNT_LIMIT", "32"},
                                  {"OTEL_PROPAGATORS", "b3,baggage"},
                                  {"OTEL_RESOURCE_ATTRIBUTES", "team=blue"}};
  auto const settings = spanwise::settings_from(env);
  std::printf("spans go to %s\n", settings.otlp.where.url().c_str());
  for (auto const& [name, value] : settings.otlp.headers) std::printf("  with %s\n", name.c_str()); // values are secret
  std::printf("a batch waits %lld ms for %zu spans\n",
              static_cast<long long>(settings.batch.schedule_delay.ns / 1'000'000),
              settings.batch.max_export_batch_size);
  std::printf("a span has %u events at most\n", settings.limits.event_count);
  for (auto const& name : settings.propagators) std::printf("contexts travel as %s\n", name.c_str());
  for (auto const& [name, value] : settings.resource) std::printf("%s=%s\n", name.c_str(), value.c_str());
}

// Prints:
// spans go to http://collector:4318/v1/traces
//   with api-key
// a batch waits 250 ms for 512 spans
// a span has 32 events at most
// contexts travel as b3
// contexts travel as baggage
// team=blue
