// How fast the back half takes spans out of the threads' memory: nobody makes spans meanwhile, one core is at work.
#include "cases.hpp"
#include "work.hpp"

#include <atomic>

namespace {

using namespace std::chrono_literals;

/// Holds the first batch back until the queue is full, then notes when the last one came.
struct gate {
  std::atomic<bool> holds{false};
  std::atomic<bool> open{false};
  std::uint64_t seen = 0;
  std::int64_t opened = 0;
  std::int64_t cpu_opened = 0;
  std::int64_t last = 0;
  std::int64_t cpu_last = 0;
};

struct held_back {
  gate* at;

  spanwise::export_result export_spans(spanwise::span_batch const& batch, spanwise::deadline) noexcept {
    if (!at->holds.exchange(true)) {
      at->open.wait(false);
      at->opened = bench::nanoseconds(CLOCK_MONOTONIC);
      at->cpu_opened = bench::nanoseconds(CLOCK_THREAD_CPUTIME_ID);
    } else {
      at->seen += batch.records.size();
      at->last = bench::nanoseconds(CLOCK_MONOTONIC);
      at->cpu_last = bench::nanoseconds(CLOCK_THREAD_CPUTIME_ID);
    }
    return {.exported = batch.records.size()};
  }
};

template <class Make> void drain(std::string_view name, Make&& make) {
  if (!bench::wanted(name)) return;
  constexpr std::size_t spans = 60'000; // what fits into the default bound
  std::vector<double> wall;
  std::vector<double> cpu;
  for (int i = 0; i < (bench::asked.quick ? 5 : 25); ++i) {
    gate at;
    auto tracing = bench::start(spanwise::clock_source::automatic, {}, held_back{&at});
    for (std::size_t made = 0; made < spans; ++made) make();
    while (!at.holds.load()) std::this_thread::sleep_for(1ms);
    at.open.store(true);
    at.open.notify_all();
    tracing.flush(1min);
    if (bench::dropped(name, tracing) != 0) return;
    auto const seen = static_cast<double>(at.seen);
    wall.push_back(static_cast<double>(at.last - at.opened) / seen);
    cpu.push_back(static_cast<double>(at.cpu_last - at.cpu_opened) / seen);
  }
  double const fastest = *std::min_element(wall.begin(), wall.end());
  double const middle = bench::quantile(wall, 0.5);
  bench::print({name,
                middle,
                fastest,
                0,
                0,
                {{"cpu_ns", bench::quantile(cpu, 0.5)},
                 {"spans_per_second", 1e9 / middle},
                 {"best_spans_per_second", 1e9 / fastest}}});
}

} // namespace

void bench::drain_cases() {
  auto const& of = some_order();
  drain("drain/discarding", [&] { span_4(of); });
  // Two keys that look alike to the front half, though they differ: the back half has to compare.
  drain("drain/discarding-alike-keys", [&] {
    spanwise::span const made{
        "charge a card.", {"items", of.items}, {"load", of.load}, {"shop", of.store}, {"user", of.user}};
  });
}
