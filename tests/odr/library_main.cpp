#include <spanwise/spanwise.hpp>

#include "collect.hpp"

#include <chrono>
#include <map>
#include <string>

extern "C" void library_work();
extern "C" bool library_sees_debug();

int main() {
  int wrong = 0;
  std::vector<seen_span> seen;
  auto tracing = spanwise::start("odr", spanwise::simple{collect{&seen}});
  {
    spanwise::span outer{"outer"};
    library_work();
  }
  wrong += expect(!library_sees_debug(), "nothing is to be debugged");
  {
    std::map<std::string, std::string> const headers{{"b3", "9e2b74c10d5f4a36b8e1f7035cda6924-c47f20a9be8d1356-d"}};
    auto const incoming = spanwise::attach(spanwise::extract(headers, spanwise::b3{}));
    wrong += expect(library_sees_debug(), "the library knows that the caller's trace is to be debugged");
  }
  wrong += expect(tracing.shutdown(std::chrono::seconds{2}).left == 0, "nothing is left");
  return wrong + expect(seen.size() == 2, "two spans arrive") + expect_child(seen, "library", "outer");
}
