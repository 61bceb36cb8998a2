// Starts a pipeline and checks that spans of the other translation units arrive as one trace.
#include <spanwise/spanwise.hpp>

#include <chrono>
#include <map>

#include "collect.hpp"
#include "layouts.hpp"

std::map<std::string, std::string> one();
void two(std::map<std::string, std::string> const& headers);
layouts layouts_of_one();
layouts layouts_of_two();

int main() {
  std::vector<seen_span> seen;
  int wrong = 0;
  {
    auto tracing = spanwise::start("odr", spanwise::simple{collect{&seen}});
    {
      spanwise::span outer{"outer"};
      two(one());
    }
    auto const result = tracing.shutdown(std::chrono::seconds{2});
    wrong += expect(result.exported == 4, "four spans are told as exported");
  }
  wrong += expect(seen.size() == 4, "four spans arrive");
  wrong += expect_child(seen, "one", "outer") + expect_child(seen, "one.inner", "one") + expect_child(seen, "two", "one.inner");
  wrong += expect(layouts_of_one() == here() && layouts_of_two() == here(), "the layouts agree");
  return wrong;
}
