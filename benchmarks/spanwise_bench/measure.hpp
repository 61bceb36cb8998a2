// How the benchmarks measure: many short rounds, of which the fastest and the middle one are told, with the processor
// time and the memory that the measuring thread took. What a case prints is at the end of it.
#pragma once

#include "allocations.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <string_view>
#include <utility>
#include <vector>

namespace bench {

/// What the command line asked for.
struct settings {
  std::string_view filter; ///< only cases whose name contains it
  bool json = false;
  bool quick = false; ///< a tenth of the rounds
  bool list = false;  ///< only the names of the cases
};
inline settings asked;

struct result {
  std::string_view name;
  double ns{};     ///< of the middle round
  double min_ns{}; ///< of the fastest round
  double allocs{}; ///< an operation, on the measuring thread
  double bytes{};  ///< what was allocated so; in encode/ the encoded span, in memory/ what is held
  std::vector<std::pair<std::string_view, double>> more{};
};

/// Whether the case is asked for: then it is to be printed, remarked on, or left out. Where cases are listed none is.
[[nodiscard]] bool wanted(std::string_view name);
void print(result const& of);
/// Tells on stderr why a case could not be measured, or that its figures are not to be trusted: the program fails.
void remark(std::string_view name, std::string_view what);
/// Tells on stderr what a case needs that is not there: the program does not fail.
void leave_out(std::string_view name, std::string_view why);
/// The program's exit code: of all that was asked for, each case was measured or left out.
[[nodiscard]] int outcome();

inline std::int64_t nanoseconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

/// The value below which the `share` of all values lies; 0.5 is the middle. Sorts them.
template <class Value> Value quantile(std::vector<Value>& values, double share) {
  if (values.empty()) return {};
  auto const at = std::min(values.size() - 1, static_cast<std::size_t>(share * static_cast<double>(values.size())));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

/// What rounds of one case took so far.
class rounds {
public:
  explicit rounds(std::size_t operations) : operations_{static_cast<double>(operations)} {}

  template <class Round> void time(Round&& round) {
    allocation_count const before = allocations_here();
    std::int64_t const cpu = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
    std::int64_t const start = nanoseconds(CLOCK_MONOTONIC);
    round();
    std::int64_t const end = nanoseconds(CLOCK_MONOTONIC);
    std::int64_t const cpu_end = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
    allocation_count const after = allocations_here();
    wall_.push_back(static_cast<double>(end - start) / operations_);
    cpu_.push_back(static_cast<double>(cpu_end - cpu) / operations_);
    allocs_ += after.blocks - before.blocks;
    bytes_ += after.bytes - before.bytes;
  }

  [[nodiscard]] std::size_t count() const { return wall_.size(); }

  [[nodiscard]] result summary(std::string_view name) {
    double const all = operations_ * static_cast<double>(wall_.size());
    return {name,
            quantile(wall_, 0.5),
            *std::min_element(wall_.begin(), wall_.end()),
            static_cast<double>(allocs_) / all,
            static_cast<double>(bytes_) / all,
            {{"cpu_ns", quantile(cpu_, 0.5)}}};
  }

private:
  double operations_;
  std::vector<double> wall_;
  std::vector<double> cpu_;
  std::uint64_t allocs_ = 0;
  std::uint64_t bytes_ = 0;
};

/// Times `round`, which does `operations` operations, until there are rounds enough. `between` runs untimed before
/// each.
template <class Round, class Between>
result measure(std::string_view name, std::size_t operations, Round&& round, Between&& between) {
  std::size_t const most = asked.quick ? 51 : 501;
  std::int64_t const longest = asked.quick ? 200'000'000 : 2'000'000'000;
  rounds warm_up{operations};
  for (int i = 0; i < 10; ++i) {
    between();
    warm_up.time(round);
  }
  rounds all{operations};
  std::int64_t const end = nanoseconds(CLOCK_MONOTONIC) + longest;
  while (all.count() < most && (all.count() < 15 || nanoseconds(CLOCK_MONOTONIC) < end)) {
    between();
    all.time(round);
  }
  return all.summary(name);
}

/// Measures and prints a case, if it is wanted.
template <class Round> void run(std::string_view name, std::size_t operations, Round&& round) {
  if (wanted(name)) print(measure(name, operations, round, [] {}));
}

} // namespace bench
