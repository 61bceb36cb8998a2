// Resource detectors find out about the process, its host, its container and its pod. One of your own is a struct with
// a name and a function. What variables and code say outweighs them all.
#include <spanwise/resource_detectors.hpp>
#include <spanwise/spanwise.hpp>

#include <cstdio>
#include <string>

struct rack_detector {
  static constexpr std::string_view name = "rack";
  spanwise::resource detect(spanwise::environment const& env) const {
    spanwise::resource found;
    if (auto const rack = env.text("RACK")) found.set({"rack.name", *rack});
    return found;
  }
};

int main() {
  // A fixed environment, for this example; `start` asks the detectors with that of the process.
  spanwise::environment const env{{"RACK", "r7"}, {"K8S_POD_NAME", "cart-0"}, {"OTEL_SERVICE_NAME", "cart"}};
  spanwise::any_detector const detectors[]{
      spanwise::process_detector{.command_args = true}, // the command line only where asked for: it may hold secrets
      spanwise::host_detector{.id = false},
      spanwise::service_detector{.stable_from = "shop/cart-0"},
      spanwise::container_detector{},
      spanwise::k8s_detector{},
      rack_detector{}};
  spanwise::resource const found = spanwise::detect_all(detectors, env);
  for (char const* key : {"process.executable.name", "os.type", "service.name", "k8s.pod.name", "rack.name"})
    std::printf("%s=%s\n", key, std::string{found.text(key)}.c_str());
  std::printf("%s\n", std::string{found.schema_url()}.c_str());
}

// Prints:
// process.executable.name=...
// os.type=...
// service.name=cart
// k8s.pod.name=cart-0
// rack.name=r7
// https://opentelemetry.io/schemas/1.44.0
