// What the benchmarks print: JSON lines, or a table for people.
#include "measure.hpp"

#include <cstdio>

namespace {

int width(std::string_view text) {
  return static_cast<int>(text.size());
}

void print_json(bench::result const& of) {
  std::printf("{\"name\":\"%.*s\",\"ns\":%.2f,\"min_ns\":%.2f,\"allocs\":%.4f,\"bytes\":%.1f", width(of.name),
              of.name.data(), of.ns, of.min_ns, of.allocs, of.bytes);
  for (auto const& [key, value] : of.more) std::printf(",\"%.*s\":%.6g", width(key), key.data(), value);
  std::printf("}\n");
}

void print_row(bench::result const& of) {
  static bool headed = false;
  if (!std::exchange(headed, true)) std::printf("%-38s %10s %10s %8s %10s\n", "", "ns", "min", "allocs", "bytes");
  std::printf("%-38.*s %10.2f %10.2f %8.3f %10.1f", width(of.name), of.name.data(), of.ns, of.min_ns, of.allocs,
              of.bytes);
  for (auto const& [key, value] : of.more) std::printf("  %.*s %.6g", width(key), key.data(), value);
  std::printf("\n");
}

} // namespace

bool bench::wanted(std::string_view name) {
  return name.find(asked.filter) != name.npos;
}

void bench::print(result const& of) {
  if (asked.json) print_json(of);
  else print_row(of);
  std::fflush(stdout);
}

void bench::remark(std::string_view name, std::string_view what) {
  std::fprintf(stderr, "%.*s: %.*s\n", width(name), name.data(), width(what), what.data());
}
