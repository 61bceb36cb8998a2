// What tracing costs: build/benchmarks/spanwise-bench [--json] [--quick] [filter]
#include "cases.hpp"
#include "measure.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

/// What a shell happens to have set is not what is measured.
void forget_environment() {
  std::vector<std::string> names;
  for (char** at = environ; *at != nullptr; ++at) {
    std::string_view const variable = *at;
    if (variable.starts_with("OTEL_")) names.emplace_back(variable.substr(0, variable.find('=')));
  }
  for (std::string const& name : names) unsetenv(name.c_str());
}

} // namespace

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    std::string_view const argument = argv[i];
    if (argument == "--json") bench::asked.json = true;
    else if (argument == "--quick") bench::asked.quick = true;
    else if (argument.starts_with("-") || !bench::asked.filter.empty()) {
      std::fprintf(
          stderr,
          "usage: spanwise-bench [--json] [--quick] [filter]\n"
          "Runs the cases whose name contains the filter. ns is the middle of many rounds, min_ns the fastest, cpu_ns\n"
          "the processor time of the measuring thread; allocs and bytes are what it allocated an operation. In\n"
          "encode/ and e2e/ bytes is the size of a span as it is sent, in memory/ what is held; in e2e/ ns is "
          "processor\n"
          "time of the whole process.\n");
      return 2;
    } else bench::asked.filter = argument;
  }
  forget_environment();
  bench::fork_discarding_server();
  bench::floor_cases();
  bench::span_cases();
  bench::pinned_cases();
  bench::thread_cases();
  bench::single_span_cases();
  bench::propagate_cases();
  bench::encode_cases();
  bench::drain_cases();
  bench::sustained_cases();
  bench::end_to_end_cases();
  bench::memory_cases();
}
