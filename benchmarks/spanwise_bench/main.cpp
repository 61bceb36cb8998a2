// What tracing costs: build/benchmarks/spanwise-bench [--json] [--quick] [--list] [filter]
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

int tell_usage(std::FILE* where, int code) {
  std::fputs(
      "usage: spanwise-bench [--json] [--quick] [--list] [filter]\n"
      "Runs the cases whose name contains the filter, or with --list tells their names. ns is the middle of many\n"
      "rounds, min_ns the fastest, cpu_ns the processor time of the measuring thread; allocs and bytes are what it\n"
      "allocated an operation. In encode/ and e2e/ bytes is the size of a span as it is sent, in memory/ what is "
      "held;\n"
      "in e2e/ ns is processor time of the whole process.\n"
      "Ends with 1 where a case could not be measured, or dropped spans where none may be; stderr says which and "
      "why.\n",
      where);
  return code;
}

} // namespace

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    std::string_view const argument = argv[i];
    if (argument == "--json") bench::asked.json = true;
    else if (argument == "--quick") bench::asked.quick = true;
    else if (argument == "--list") bench::asked.list = true;
    else if (argument == "--help" || argument == "-h") return tell_usage(stdout, 0);
    else if (argument.starts_with("-") || !bench::asked.filter.empty()) return tell_usage(stderr, 2);
    else bench::asked.filter = argument;
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
  return bench::outcome();
}
