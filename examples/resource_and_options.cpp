// What start can be told: about the service, and about spans. What is left out comes from OTEL_* variables, then
// defaults.
#include <spanwise/spanwise.hpp>

#include <chrono>
#include <cstdio>
#include <string>

using namespace std::chrono_literals;

int main() {
  spanwise::memory_sink sink;
  auto tracing = spanwise::start("shop", spanwise::memory{sink},
                                 {.service_version = "2.4.0",
                                  .deployment_environment = "staging",
                                  .resource = {{"team.name", "checkout"}, {"shard", 7}},
                                  .sampler = spanwise::parent_based{spanwise::always_on{}},
                                  .propagators = spanwise::composite{spanwise::trace_context{}}, // no baggage
                                  .limits = {.attribute_count = 2},
                                  .shutdown_timeout = 500ms});
  { spanwise::span order{"order", {"a", 1}, {"b", 2}, {"c", 3}}; }
  static_cast<void>(tracing.flush());

  auto const order = sink.find("order").value();
  for (auto const& attribute : order.resource().attributes())
    if (attribute.key == "shard") std::printf("shard=%d\n", static_cast<int>(attribute.value.as_int()));
  for (char const* key : {"service.name", "service.version", "deployment.environment.name", "team.name"})
    std::printf("%s=%s\n", key, std::string{order.resource().text(key)}.c_str());
  std::printf("%u of 3 attributes are over the limit\n", static_cast<unsigned>(order.dropped_attributes()));
}

// Prints:
// shard=7
// service.name=shop
// service.version=2.4.0
// deployment.environment.name=staging
// team.name=checkout
// 1 of 3 attributes are over the limit
