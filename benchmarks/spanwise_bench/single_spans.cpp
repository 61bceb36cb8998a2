// Spans timed one by one with the time-stamp counter: the slow ones among very many while the back half drains or is
// stuck, and the usual one where the caches hold something else. What the timing itself takes is measured alike, and
// subtracted.
#include "cases.hpp"
#include "work.hpp"

#include <sys/resource.h>

#include <atomic>
#include <memory>

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

using extras = decltype(bench::result::more);

/// Spans timed one by one, in slices of 500. A slice in which the system took the processor away tells of the system:
/// its spans are counted apart.
struct tail {
  std::vector<std::uint32_t> calm;
  std::vector<std::uint32_t> disturbed;
  std::size_t slices = bench::asked.quick ? 400 : 4000;
  double allocs = 0;

  /// Half a million spans a second, so that a thread that exports wakes, reads and gives back all the while.
  void measure() {
    constexpr std::size_t slice = 500;
    auto const& of = bench::some_order();
    std::vector<std::uint32_t> now(slice, 1); // touched, so that no page fault falls into a span
    calm.reserve(slice * slices);
    disturbed.reserve(slice * slices);
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
    allocs =
        static_cast<double>(bench::allocations_here().blocks - before.blocks) / static_cast<double>(slice * slices);
  }

  void print(std::string_view name, double tick, std::uint32_t timer, extras more) {
    if (calm.empty()) return bench::remark(name, "no slice without an involuntary switch; the machine is busy");
    auto const ns = [&](std::uint32_t ticks) { return ticks <= timer ? 0 : (ticks - timer) * tick; };
    extras all{{"p50", ns(bench::quantile(calm, 0.5))},
               {"p99", ns(bench::quantile(calm, 0.99))},
               {"p999", ns(bench::quantile(calm, 0.999))},
               {"max", ns(*std::max_element(calm.begin(), calm.end()))},
               {"spans", static_cast<double>(calm.size())},
               {"disturbed_spans", static_cast<double>(disturbed.size())},
               {"disturbed_max", disturbed.empty() ? 0 : ns(*std::max_element(disturbed.begin(), disturbed.end()))}};
    all.insert(all.end(), more.begin(), more.end());
    bench::print(
        {name, ns(bench::quantile(calm, 0.5)), ns(*std::min_element(calm.begin(), calm.end())), allocs, 0, all});
  }
};

/// While the back half drains.
void tail_of_spans() {
  constexpr std::string_view name = "span/tail-4-tsc";
  if (!bench::wanted(name, spanwise::clock_source::tsc)) return;
  auto tracing = bench::start(spanwise::clock_source::tsc);
  double const tick = tick_length();
  std::uint32_t const timer = ticks_of_timer();
  tail spans;
  {
    spanwise::span const parent{"parent"};
    spans.measure();
  }
  if (bench::dropped(name, tracing) == 0) spans.print(name, tick, timer, {});
}

/// Takes nothing before it is let go.
struct stuck {
  std::shared_ptr<std::atomic<bool>> free = std::make_shared<std::atomic<bool>>(false);

  spanwise::export_result export_spans(spanwise::span_batch const& batch, spanwise::deadline) const noexcept {
    free->wait(false);
    return {.exported = batch.records.size()};
  }
};

/// While the exporter is stuck and the memory full: spans of a trace that goes on are dropped one by one, traces that
/// begin are left out whole.
void tail_under_overload(std::string_view name, bool in_a_trace) {
  if (!bench::wanted(name, spanwise::clock_source::tsc)) return;
  spanwise::set_diagnostic_handler([](spanwise::severity, std::string_view, void*) noexcept {});
  stuck exporter;
  auto tracing = bench::start(spanwise::clock_source::tsc, {}, exporter);
  double const tick = tick_length();
  std::uint32_t const timer = ticks_of_timer();
  tail spans;
  spanwise::trace_counts before{};
  {
    spanwise::span const parent{"parent"};
    auto const current = spanwise::attach(in_a_trace ? parent.context() : spanwise::context{});
    {
      auto const filling = spanwise::attach(parent.context());
      while (tracing.stats().spans.dropped_total() < 10'000) bench::span_4(bench::some_order());
    }
    before = tracing.stats().spans;
    spans.measure();
  }
  spanwise::trace_counts const after = tracing.stats().spans;
  *exporter.free = true;
  exporter.free->notify_all();
  static_cast<void>(tracing.shutdown(1min));
  spanwise::set_diagnostic_handler(nullptr);
  auto const percent = [&](spanwise::drop_reason why) {
    auto const at = static_cast<std::size_t>(why);
    return 100 * static_cast<double>(after.dropped[at] - before.dropped[at]) /
           static_cast<double>(after.started - before.started);
  };
  spans.print(name, tick, timer,
              {{"dropped_queue_full_percent", percent(spanwise::drop_reason::queue_full)},
               {"dropped_trace_shed_percent", percent(spanwise::drop_reason::trace_shed)}});
}

/// Before each span 2 MiB are written, so that neither the first- nor the second-level cache holds anything of it.
template <class Operation> void cold(std::string_view name, Operation&& operation) {
  if (!bench::wanted(name, spanwise::clock_source::tsc)) return;
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
  tail_of_spans();
  tail_under_overload("span/tail-4-overload-tsc", true);
  tail_under_overload("span/tail-root-4-overload-tsc", false);
  cold("span/cold-0-tsc", [] { spanwise::span const made{"charge a card."}; });
  cold("span/cold-4-tsc", [&of = some_order()] { span_4(of); });
}
