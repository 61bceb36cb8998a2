// How the benchmarks measure: many short rounds, of which the fastest and the middle one are told, and the memory that
// the measuring thread took. One JSON line a case.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string_view>
#include <vector>

namespace bench {

/// Allocations of this thread, counted by the operators in bench.cpp.
inline thread_local std::size_t allocations = 0;
inline thread_local std::size_t allocated_bytes = 0;

/// Which cases were asked for: those whose name contains the text.
inline std::string_view filter;

/// Makes the compiler believe that a value is used.
template <class Value> void keep(Value const& value) { asm volatile("" : : "r,m"(value) : "memory"); }

struct result {
  double ns;     ///< the middle of all rounds
  double min_ns; ///< the fastest round
  double allocs; ///< per operation
  double bytes;
};

inline void print(std::string_view name, result const& of) {
  std::printf("{\"name\":\"%.*s\",\"ns\":%.2f,\"min_ns\":%.2f,\"allocs\":%.4f,\"bytes\":%.1f}\n", static_cast<int>(name.size()),
              name.data(), of.ns, of.min_ns, of.allocs, of.bytes);
  std::fflush(stdout);
}

/// Times `operation(i)`, `count` times a round. `between` runs before each round, untimed.
template <class Operation, class Between>
void run(std::string_view name, std::size_t count, Operation&& operation, Between&& between) {
  if (name.find(filter) == name.npos) return;
  constexpr int rounds = 25;
  std::vector<double> times;
  std::size_t allocs = 0;
  std::size_t bytes = 0;
  for (int round = -3; round < rounds; ++round) { // the first ones warm up
    between();
    std::size_t const allocs_before = allocations;
    std::size_t const bytes_before = allocated_bytes;
    auto const start = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < count; ++i) operation(i);
    std::chrono::duration<double, std::nano> const took = std::chrono::steady_clock::now() - start;
    if (round < 0) continue;
    times.push_back(took.count() / static_cast<double>(count));
    allocs += allocations - allocs_before;
    bytes += allocated_bytes - bytes_before;
  }
  std::sort(times.begin(), times.end());
  double const operations = static_cast<double>(count) * rounds;
  print(name, {times[times.size() / 2], times.front(), static_cast<double>(allocs) / operations,
               static_cast<double>(bytes) / operations});
}

} // namespace bench
