// Spans made by several threads at once: the figure of one thread does not grow with their number if nothing that is
// written for each span is shared. Only rounds in which the threads really ran side by side count.
#include "affinity.hpp"
#include "cases.hpp"
#include "work.hpp"

#include <atomic>
#include <memory>

namespace {

/// Lets all threads go on at once.
class meeting {
public:
  explicit meeting(int size) : size_{size} {}
  void wait() {
    int const now = generation_.load();
    if (arrived_.fetch_add(1) + 1 == size_) {
      arrived_.store(0);
      generation_.store(now + 1);
      return;
    }
    for (int spins = 0; generation_.load() == now; ++spins)
      if (spins > 20'000) std::this_thread::yield(); // more threads than processors
  }

private:
  int size_;
  std::atomic<int> arrived_{0};
  std::atomic<int> generation_{0};
};

struct lap {
  std::int64_t start, end, cpu;
};

lap make_spans(std::size_t count) {
  auto const& of = bench::some_order();
  spanwise::span const parent{"parent"};
  std::int64_t const cpu = bench::nanoseconds(CLOCK_THREAD_CPUTIME_ID);
  std::int64_t const start = bench::nanoseconds(CLOCK_MONOTONIC);
  for (std::size_t i = 0; i < count; ++i) bench::span_4(of);
  std::int64_t const end = bench::nanoseconds(CLOCK_MONOTONIC);
  return {start, end, bench::nanoseconds(CLOCK_THREAD_CPUTIME_ID) - cpu};
}

/// The part of the time between the first start and the last end in which all threads were at it.
double overlap(std::vector<lap> const& laps) {
  lap all = laps.front();
  lap any = laps.front();
  for (lap const& each : laps) {
    all = {std::max(all.start, each.start), std::min(all.end, each.end), 0};
    any = {std::min(any.start, each.start), std::max(any.end, each.end), 0};
  }
  return static_cast<double>(all.end - all.start) / static_cast<double>(any.end - any.start);
}

void threads_case(int threads, spanwise::clock_source clock) {
  std::string const name =
      "span/threads-" + std::to_string(threads) + "-child-4" + (clock == spanwise::clock_source::tsc ? "-tsc" : "");
  if (!bench::wanted(name, clock)) return;
  // Where threads take turns on a processor, a round outlasts many turns.
  bool const enough = static_cast<std::size_t>(threads) <= bench::processors().size();
  std::size_t const count = enough ? 4'000 : 200'000;
  double const least_overlap = enough ? 0.9 : 0.5;
  int const attempts = (enough ? 5000 : 40) / (bench::asked.quick ? 10 : 1);
  std::size_t const wanted = enough ? 101 : 15;
  auto tracing = bench::start(clock, {.max_queue_bytes = std::size_t{256} << 20});

  std::vector<lap> laps(static_cast<std::size_t>(threads));
  std::vector<double> wall;
  std::vector<double> cpu;
  std::atomic<bool> over{false};
  meeting all{threads};
  auto const work = [&](std::size_t self) {
    for (int attempt = -3; !over.load(); ++attempt) {
      all.wait();
      laps[self] = make_spans(count);
      all.wait();
      if (self == 0) {
        tracing.flush();
        if (attempt >= 0 && overlap(laps) >= least_overlap)
          for (lap const& each : laps) {
            wall.push_back(static_cast<double>(each.end - each.start) / static_cast<double>(count));
            cpu.push_back(static_cast<double>(each.cpu) / static_cast<double>(count));
          }
        over.store(attempt >= attempts || wall.size() >= wanted * laps.size());
      }
      all.wait();
    }
  };
  std::vector<std::thread> others;
  for (std::size_t i = 1; i < laps.size(); ++i) others.emplace_back(work, i);
  work(0);
  for (std::thread& each : others) each.join();

  if (wall.empty()) return bench::remark(name, "no round in which the threads ran side by side; the machine is busy");
  if (bench::dropped(name, tracing) != 0) return;
  double const min = *std::min_element(wall.begin(), wall.end());
  bench::print(
      {name,
       bench::quantile(wall, 0.5),
       min,
       0,
       0,
       {{"cpu_ns", bench::quantile(cpu, 0.5)}, {"overlapping_rounds", static_cast<double>(wall.size()) / threads}}});
}

} // namespace

void bench::thread_cases() {
  for (auto const clock : {spanwise::clock_source::monotonic, spanwise::clock_source::tsc})
    for (int const threads : {1, 2, 4}) threads_case(threads, clock);
}
