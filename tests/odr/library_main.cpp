#include <spanwise/spanwise.hpp>

#include <chrono>

#include "collect.hpp"

extern "C" void library_work();

int main() {
  int wrong = 0;
  std::vector<seen_span> seen;
  auto tracing = spanwise::start("odr", spanwise::simple{collect{&seen}});
  {
    spanwise::span outer{"outer"};
    library_work();
  }
  wrong += expect(tracing.shutdown(std::chrono::seconds{2}).left == 0, "nothing is left");
  return wrong + expect(seen.size() == 2, "two spans arrive") + expect_child(seen, "library", "outer");
}
