#include <spanwise/spanwise.hpp>

#include "collect.hpp"

extern "C" void library_work();

int main() {
  std::vector<seen_span> seen;
  auto tracing = spanwise::start("odr", spanwise::simple{collect{&seen}});
  {
    spanwise::span outer{"outer"};
    library_work();
  }
  tracing.shutdown(std::chrono::seconds{2});
  return expect(seen.size() == 2, "two spans arrive") + expect_child(seen, "library", "outer");
}
