// Two threads that make spans for seconds, with the default bounds: as fast as they can, where spans are dropped and
// told, and one million a second together, where none may be. Also with a queue of 2048 spans, the OpenTelemetry
// default.
#include "cases.hpp"
#include "work.hpp"

namespace {

using namespace std::chrono_literals;

constexpr std::size_t queue_of_opentelemetry = 2048;
constexpr std::size_t paced_slice = 100;

struct lap {
  std::int64_t wall; ///< from the first span to the last
  std::int64_t cpu;  ///< while making spans
  std::int64_t all_cpu;
};

void sleep_until(std::int64_t moment) {
  timespec const when{moment / 1'000'000'000, moment % 1'000'000'000};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, nullptr);
}

/// `count` spans at once, or paced: 100 of them each `slice_ns`.
lap make_spans(std::size_t count, std::int64_t slice_ns) {
  auto const& of = bench::some_order();
  spanwise::span const parent{"parent"};
  std::int64_t const start = bench::nanoseconds(CLOCK_MONOTONIC);
  std::int64_t const cpu_start = bench::nanoseconds(CLOCK_THREAD_CPUTIME_ID);
  std::size_t const slice = slice_ns == 0 ? count : paced_slice;
  std::int64_t cpu = 0;
  std::int64_t due = start;
  for (std::size_t made = 0; made < count; made += slice) {
    std::int64_t const before = bench::nanoseconds(CLOCK_THREAD_CPUTIME_ID);
    for (std::size_t i = 0; i < slice; ++i) bench::span_4(of);
    cpu += bench::nanoseconds(CLOCK_THREAD_CPUTIME_ID) - before;
    due += slice_ns;
    if (slice_ns != 0) sleep_until(due);
  }
  return {bench::nanoseconds(CLOCK_MONOTONIC) - start, cpu, bench::nanoseconds(CLOCK_THREAD_CPUTIME_ID) - cpu_start};
}

void sustained(std::string_view name, bool paced, spanwise::batch_options how) {
  if (!bench::wanted(name)) return;
  constexpr std::size_t threads = 2;
  std::size_t const each = (paced ? 1'000'000U : 2'000'000U) / (bench::asked.quick ? 4 : 1);
  std::int64_t const slice_ns = paced ? static_cast<std::int64_t>(paced_slice * threads) * 1000 : 0;
  std::vector<double> wall;
  std::vector<double> cpu;
  std::vector<double> back_half;
  spanwise::trace_counts sum;
  for (int run = 0; run < (paced || bench::asked.quick ? 3 : 9); ++run) {
    auto tracing = bench::start(spanwise::clock_source::automatic, how);
    std::int64_t const before = bench::nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
    lap laps[threads];
    std::vector<std::thread> all;
    for (lap& own : laps) all.emplace_back([&own, each, slice_ns] { own = make_spans(each, slice_ns); });
    for (std::thread& thread : all) thread.join();
    tracing.flush(1min);
    double spent = static_cast<double>(bench::nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - before);
    for (lap const& own : laps) {
      wall.push_back(static_cast<double>(own.wall) / static_cast<double>(each));
      cpu.push_back(static_cast<double>(own.cpu) / static_cast<double>(each));
      spent -= static_cast<double>(own.all_cpu);
    }
    back_half.push_back(spent / static_cast<double>(each * threads));
    spanwise::trace_counts const counts = tracing.stats().spans;
    sum.started += counts.started;
    for (std::size_t i = 0; i < std::size(sum.dropped); ++i) sum.dropped[i] += counts.dropped[i];
    if (!counts.balanced()) bench::remark(name, "the accounts do not balance");
  }
  auto const dropped = static_cast<double>(sum.dropped_total());
  auto const full = static_cast<double>(sum.dropped[static_cast<std::size_t>(spanwise::drop_reason::queue_full)]);
  if (paced && how.max_queue_size.value_or(0) == 0 && dropped != 0)
    bench::remark(name, "spans were dropped, and none should be");
  double const min = *std::min_element(wall.begin(), wall.end());
  bench::print({name,
                bench::quantile(wall, 0.5),
                min,
                0,
                0,
                {{"cpu_ns", bench::quantile(cpu, 0.5)},
                 {"back_half_cpu_ns", bench::quantile(back_half, 0.5)},
                 {"spans", static_cast<double>(sum.started)},
                 {"dropped", dropped},
                 {"dropped_queue_full", full},
                 {"dropped_percent", 100 * dropped / static_cast<double>(sum.started)},
                 {"spans_per_second", 2e9 / bench::quantile(wall, 0.5)}}});
}

} // namespace

void bench::sustained_cases() {
  // That spans are lost is what these cases show; each pipeline would say so when it ends.
  spanwise::set_diagnostic_handler([](spanwise::severity, std::string_view, void*) noexcept {});
  sustained("sustained/2-threads", false, {});
  sustained("sustained/2-threads-queue-2048", false, {.max_queue_size = queue_of_opentelemetry});
  sustained("sustained/paced-1M", true, {});
  sustained("sustained/paced-1M-queue-2048", true, {.max_queue_size = queue_of_opentelemetry});
  spanwise::set_diagnostic_handler(nullptr);
}
