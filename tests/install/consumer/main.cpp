#include <spanwise/spanwise.hpp>

#include <chrono>
#include <cstdio>

int main() {
  auto tracing = spanwise::start("consumer", spanwise::console{});
  { spanwise::span order{"place order"}; }
  auto const result = tracing.shutdown(std::chrono::seconds{1});
  std::printf("spanwise %s\n", SPANWISE_VERSION);
  return result.exported == 1 ? 0 : 1;
}
