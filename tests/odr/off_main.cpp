#include <spanwise/spanwise.hpp>

#include <chrono>

#include "collect.hpp"

void off_work();

int main() {
  std::vector<seen_span> seen;
  auto tracing = spanwise::start("odr", spanwise::simple{collect{&seen}});
  {
    spanwise::span outer{"outer"};
    off_work();
  }
  tracing.shutdown(std::chrono::seconds{2});
  return expect(seen.size() == 1 && find(seen, "outer") != nullptr, "only the span that is on arrives");
}
