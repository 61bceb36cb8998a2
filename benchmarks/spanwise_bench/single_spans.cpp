// Spans timed one by one with the time-stamp counter: the slow ones among very many while the back half drains, and the
// usual one where the caches hold something else. What the timing itself takes is measured alike, and subtracted.
#include "cases.hpp"
#include "work.hpp"

#include <sys/resource.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace {

using namespace std::chrono_literals;

/// The counter, in order with what stands before and behind it.
inline std::int64_t tick() {
#if defined(__x86_64__)
  _mm_lfence();
  std::int64_t const now = spanwise::detail::read_tsc();
  _mm_lfence();
  return now;
#else
  return spanwise::detail::read_tsc();
#endif
}

/// Nanoseconds a tick, from a while of both clocks.
double tick_length() {
  std::int64_t const clock = bench::nanoseconds(CLOCK_MONOTONIC);
  std::int64_t const ticks = tick();
  std::this_thread::sleep_for(200ms);
  return static_cast<double>(bench::nanoseconds(CLOCK_MONOTONIC) - clock) / static_cast<double>(tick() - ticks);
}

template <class Operation> std::uint32_t ticks_of(Operation&& operation) {
  std::int64_t const start = tick();
  operation();
  return static_cast<std::uint32_t>(std::min<std::int64_t>(tick() - start, UINT32_MAX));
}

/// What timing nothing takes: the middle of many.
std::uint32_t ticks_of_timer() {
  std::vector<std::uint32_t> empty;
  for (int i = 0; i < 10'000; ++i) empty.push_back(ticks_of([] {}));
  return bench::quantile(empty, 0.5);
}

long involuntary_switches() {
  rusage use{};
  getrusage(RUSAGE_THREAD, &use);
  return use.ru_nivcsw;
}

/// Slices of 500 spans, half a million a second, so that the exporting thread wakes, reads and gives back all the
/// while. A slice in which the system took the processor away tells of the system: its spans are counted apart.
void tail() {
  constexpr std::string_view name = "span/tail-4-tsc";
  if (!bench::wanted(name)) return;
  constexpr std::size_t slice = 500;
  std::size_t const slices = bench::asked.quick ? 400 : 4000;
  auto tracing = bench::start(spanwise::clock_source::tsc);
  auto const& of = bench::some_order();
  double const length = tick_length();
  std::uint32_t const timer = ticks_of_timer();
  std::vector<std::uint32_t> calm;
  std::vector<std::uint32_t> disturbed;
  std::vector<std::uint32_t> now(slice, 1); // touched, so that no page fault falls into a span
  calm.reserve(slice * slices);
  disturbed.reserve(slice * slices);
  spanwise::span const parent{"parent"};
  bench::allocation_count const before = bench::allocations_here();
  std::int64_t next = bench::nanoseconds(CLOCK_MONOTONIC);
  for (std::size_t i = 0; i < slices; ++i) {
    while (bench::nanoseconds(CLOCK_MONOTONIC) < next) {}
    next += static_cast<std::int64_t>(slice) * 2000;
    long const switches = involuntary_switches();
    for (std::uint32_t& each : now) each = ticks_of([&] { bench::span_4(of); });
    auto& where = involuntary_switches() == switches ? calm : disturbed;
    where.insert(where.end(), now.begin(), now.end());
  }
  auto const allocs = static_cast<double>(bench::allocations_here().blocks - before.blocks);
  if (bench::dropped(name, tracing) != 0) return;
  if (calm.empty()) return bench::remark(name, "no slice without an involuntary switch; the machine is busy");

  auto const ns = [&](std::uint32_t ticks) { return ticks <= timer ? 0 : (ticks - timer) * length; };
  bench::print(
      {name,
       ns(bench::quantile(calm, 0.5)),
       ns(*std::min_element(calm.begin(), calm.end())),
       allocs / static_cast<double>(slice * slices),
       0,
       {{"p50", ns(bench::quantile(calm, 0.5))},
        {"p99", ns(bench::quantile(calm, 0.99))},
        {"p999", ns(bench::quantile(calm, 0.999))},
        {"max", ns(*std::max_element(calm.begin(), calm.end()))},
        {"spans", static_cast<double>(calm.size())},
        {"disturbed_spans", static_cast<double>(disturbed.size())},
        {"disturbed_max", disturbed.empty() ? 0 : ns(*std::max_element(disturbed.begin(), disturbed.end()))}}});
}

/// Before each span 2 MiB are written, so that neither the first- nor the second-level cache holds anything of it.
template <class Operation> void cold(std::string_view name, Operation&& operation) {
  if (!bench::wanted(name)) return;
  auto tracing = bench::start(spanwise::clock_source::tsc);
  double const length = tick_length();
  std::vector<std::uint64_t> other((std::size_t{2} << 20) / sizeof(std::uint64_t));
  auto const washed = [&](auto&& timed) {
    std::vector<std::uint32_t> all;
    for (int i = 0; i < (bench::asked.quick ? 201 : 2001); ++i) {
      for (std::size_t at = 0; at < other.size(); at += 8) ++other[at];
      bench::keep(other.front());
      all.push_back(ticks_of(timed));
    }
    return all;
  };
  spanwise::span const parent{"parent"};
  std::vector<std::uint32_t> nothing = washed([] {});
  std::vector<std::uint32_t> spans = washed(operation);
  if (bench::dropped(name, tracing) != 0) return;
  std::uint32_t const timer = bench::quantile(nothing, 0.5);
  auto const ns = [&](std::uint32_t ticks) { return ticks <= timer ? 0 : (ticks - timer) * length; };
  bench::print({name,
                ns(bench::quantile(spans, 0.5)),
                ns(*std::min_element(spans.begin(), spans.end())),
                0,
                0,
                {{"p99", ns(bench::quantile(spans, 0.99))}}});
}

} // namespace

void bench::single_span_cases() {
  tail();
  cold("span/cold-0-tsc", [] { spanwise::span const made{"charge a card."}; });
  cold("span/cold-4-tsc", [&of = some_order()] { span_4(of); });
}
