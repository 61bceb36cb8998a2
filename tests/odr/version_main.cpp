#include <spanwise/spanwise.hpp>

#include <chrono>

#include "collect.hpp"

std::string other_version_work(std::string& trace, std::size_t& arrived);

int main() {
  int wrong = 0;
  std::vector<seen_span> seen;
  auto tracing = spanwise::start("odr", spanwise::simple{collect{&seen}});
  std::string trace, parent;
  std::size_t arrived = 0;
  {
    spanwise::span outer{"outer"};
    parent = other_version_work(trace, arrived);
    spanwise::span after{"after"};
  }
  wrong += expect(tracing.shutdown(std::chrono::seconds{2}).left == 0, "nothing is left");
  seen_span const* const outer = find(seen, "outer");
  wrong += expect(outer != nullptr && seen.size() == 2, "this version's pipeline got its own two spans");
  wrong += expect(arrived == 1, "the other version's pipeline got its own span");
  wrong += expect(outer != nullptr && trace == outer->trace && parent == outer->id, "the other version's span is a child of ours");
  return wrong + expect_child(seen, "after", "outer");
}
