// What the benchmarks print: JSON lines, or a table for people; and what became of each case that was asked for.
#include "measure.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

namespace {

std::vector<std::string> known; ///< the cases whose name matches, in their order
std::vector<std::string> open;  ///< those of them of which nothing was told yet
bool failed = false;

int width(std::string_view text) {
  return static_cast<int>(text.size());
}

void print_json(bench::result const& of) {
  std::printf("{\"name\":\"%.*s\",\"ns\":%.2f,\"min_ns\":%.2f,\"allocs\":%.4f,\"bytes\":%.1f", width(of.name),
              of.name.data(), of.ns, of.min_ns, of.allocs, of.bytes);
  for (auto const& [key, value] : of.more)
    std::printf(",\"%.*s\":%.*f", width(key), key.data(), value == std::floor(value) ? 0 : 2, value);
  std::printf("}\n");
}

void print_row(bench::result const& of) {
  static bool headed = false;
  if (!std::exchange(headed, true)) std::printf("%-38s %10s %10s %8s %10s\n", "", "ns", "min", "allocs", "bytes");
  std::printf("%-38.*s %10.2f %10.2f %8.3f %10.1f", width(of.name), of.name.data(), of.ns, of.min_ns, of.allocs,
              of.bytes);
  for (auto const& [key, value] : of.more)
    std::printf("  %.*s %.*f", width(key), key.data(), value == std::floor(value) ? 0 : 1, value);
  std::printf("\n");
}

} // namespace

bool bench::wanted(std::string_view name) {
  if (name.find(asked.filter) == name.npos) return false;
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    known.emplace_back(name);
    open.emplace_back(name);
    if (asked.list) std::printf("%.*s\n", width(name), name.data());
  }
  return !asked.list;
}

void bench::print(result const& of) {
  std::erase(open, of.name);
  if (asked.json) print_json(of);
  else print_row(of);
  std::fflush(stdout);
}

void bench::remark(std::string_view name, std::string_view what) {
  failed = true;
  std::erase(open, name);
  std::fprintf(stderr, "%.*s: %.*s\n", width(name), name.data(), width(what), what.data());
}

void bench::leave_out(std::string_view name, std::string_view why) {
  std::erase(open, name);
  std::fprintf(stderr, "%.*s: left out: %.*s\n", width(name), name.data(), width(why), why.data());
}

int bench::outcome() {
  if (known.empty()) {
    std::fprintf(stderr, "spanwise-bench: no case has \"%.*s\" in its name; --list tells their names\n",
                 width(asked.filter), asked.filter.data());
    return 1;
  }
  if (!asked.list)
    for (std::string const& name : std::vector{open}) remark(name, "it was not measured");
  return failed ? 1 : 0;
}
