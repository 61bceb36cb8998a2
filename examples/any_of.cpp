// any_of compiles several exporters in and lets OTEL_TRACES_EXPORTER choose, by name, when the program starts.
#include <spanwise/spanwise.hpp>

#include <cstdlib>

int main() {
  // As if the program were started by: OTEL_TRACES_EXPORTER=console ./shop
  setenv("OTEL_TRACES_EXPORTER", "console", 1);

  auto tracing = spanwise::start(
      "shop", spanwise::batch{spanwise::any_of{spanwise::otlp_file{.path = "traces.jsonl"}, // "otlp_file"
                                               spanwise::console{}}});                      // "console"; "none" is none
  spanwise::span order{"order", {"order.id", "A-1"}};
}

// Prints:
// trace ... 1 span
// shop  order ... order.id=A-1
