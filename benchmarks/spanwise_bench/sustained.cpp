// Two threads that make spans for seconds, with the default bounds: as fast as they can, where spans are dropped and
// told, and one million a second together, where none may be. Also with a queue of 2048 spans, the OpenTelemetry
// default. The spans belong to traces that began before the load, which are never left out; where traces begin all the
// while, what counts is how many arrive whole.
#include "cases.hpp"
#include "work.hpp"

#include <cstring>
#include <latch>

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

/// Does `operation` `count` times, at once, or paced: 100 of them each `slice_ns`.
template <class Operation> lap repeat(std::size_t count, std::int64_t slice_ns, Operation&& operation) {
  std::int64_t const start = bench::nanoseconds(CLOCK_MONOTONIC);
  std::int64_t const cpu_start = bench::nanoseconds(CLOCK_THREAD_CPUTIME_ID);
  std::size_t const slice = slice_ns == 0 ? count : paced_slice;
  std::int64_t cpu = 0;
  std::int64_t due = start;
  for (std::size_t made = 0; made < count; made += slice) {
    std::int64_t const before = bench::nanoseconds(CLOCK_THREAD_CPUTIME_ID);
    for (std::size_t i = 0; i < slice; ++i) operation();
    cpu += bench::nanoseconds(CLOCK_THREAD_CPUTIME_ID) - before;
    due += slice_ns;
    if (slice_ns != 0) sleep_until(due);
  }
  return {bench::nanoseconds(CLOCK_MONOTONIC) - start, cpu, bench::nanoseconds(CLOCK_THREAD_CPUTIME_ID) - cpu_start};
}

constexpr std::string_view dropped_for[] = {"dropped_queue_full", "dropped_too_large", "dropped_trace_shed",
                                            "dropped_after_shutdown", "dropped_forked"};
static_assert(std::size(dropped_for) == static_cast<std::size_t>(spanwise::drop_reason::count));

constexpr std::size_t threads = 2;

/// What several runs of two threads took, and what became of their spans.
class load {
public:
  explicit load(std::size_t spans_a_thread) : spans_{static_cast<double>(spans_a_thread)} {}

  /// In each thread `begin()`, then, when all are so far, `work()`, which gives its lap; what `begin` gave lives so
  /// long.
  template <class Begin, class Work>
  void run(std::string_view name, spanwise::provider& tracing, Begin&& begin, Work&& work) {
    std::latch ready{threads};
    std::int64_t const before = bench::nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
    lap laps[threads];
    std::vector<std::thread> all;
    for (lap& own : laps)
      all.emplace_back([&] {
        [[maybe_unused]] auto const held = begin();
        ready.arrive_and_wait();
        own = work();
      });
    for (std::thread& thread : all) thread.join();
    tracing.flush(1min);
    double spent = static_cast<double>(bench::nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - before);
    for (lap const& own : laps) {
      wall_.push_back(static_cast<double>(own.wall) / spans_);
      cpu_.push_back(static_cast<double>(own.cpu) / spans_);
      spent -= static_cast<double>(own.all_cpu);
    }
    back_half_.push_back(spent / (spans_ * threads));
    spanwise::trace_counts const counts = tracing.stats().spans;
    sum_.started += counts.started;
    for (std::size_t i = 0; i < std::size(sum_.dropped); ++i) sum_.dropped[i] += counts.dropped[i];
    if (!counts.balanced()) bench::remark(name, "the accounts do not balance");
  }

  [[nodiscard]] std::uint64_t dropped() const { return sum_.dropped_total(); }

  void print(std::string_view name, decltype(bench::result::more) const& more = {}) {
    double const middle = bench::quantile(wall_, 0.5);
    bench::result all{name, middle, *std::min_element(wall_.begin(), wall_.end()), 0, 0, more};
    auto const add = [&](std::string_view key, double value) { all.more.emplace_back(key, value); };
    add("cpu_ns", bench::quantile(cpu_, 0.5));
    add("back_half_cpu_ns", bench::quantile(back_half_, 0.5));
    add("spans", static_cast<double>(sum_.started));
    add("dropped", static_cast<double>(dropped()));
    for (std::size_t i = 0; i < std::size(dropped_for); ++i) add(dropped_for[i], static_cast<double>(sum_.dropped[i]));
    add("dropped_percent", 100 * static_cast<double>(dropped()) / static_cast<double>(sum_.started));
    add("spans_per_second", 1e9 * threads / middle);
    bench::print(all);
  }

private:
  double spans_;
  std::vector<double> wall_;
  std::vector<double> cpu_;
  std::vector<double> back_half_;
  spanwise::trace_counts sum_;
};

void sustained(std::string_view name, bool paced, spanwise::batch_options how) {
  if (!bench::wanted(name)) return;
  std::size_t const each = (paced ? 1'000'000U : 2'000'000U) / (bench::asked.quick ? 4 : 1);
  std::int64_t const slice_ns = paced ? static_cast<std::int64_t>(paced_slice * threads) * 1000 : 0;
  auto const& of = bench::some_order();
  load all{each};
  for (int run = 0; run < (paced || bench::asked.quick ? 3 : 9); ++run) {
    auto tracing = bench::start(spanwise::clock_source::automatic, how);
    all.run(
        name, tracing, [] { return spanwise::span{"parent"}; },
        [&] { return repeat(each, slice_ns, [&] { bench::span_4(of); }); });
  }
  if (paced && how.max_queue_size.value_or(0) == 0 && all.dropped() != 0)
    bench::remark(name, "spans were dropped, and none should be");
  all.print(name);
}

/// Notes half of the trace id of each span that arrives.
struct noting {
  std::vector<std::uint64_t>* seen;

  spanwise::export_result export_spans(spanwise::span_batch const& batch, spanwise::deadline) const noexcept {
    for (spanwise::record const& each : batch.records) {
      std::uint64_t id = 0;
      std::memcpy(&id, spanwise::span_view{each}.trace_id().bytes().data() + sizeof id, sizeof id);
      seen->push_back(id); // there is room: see below
    }
    return {.exported = batch.records.size()};
  }
};

/// Traces that begin all the while, each a root with four children. The time is that of all spans, and those of a trace
/// that is left out take little.
void traces(std::string_view name, spanwise::batch_options how) {
  if (!bench::wanted(name)) return;
  constexpr std::size_t children = 4;
  std::size_t const each = bench::asked.quick ? 100'000 : 400'000;
  auto const& of = bench::some_order();
  load all{each * (children + 1)};
  std::vector<std::uint64_t> seen;
  seen.reserve(threads * each * (children + 1));
  double made = 0;
  double whole = 0;
  double shreds = 0;
  for (int run = 0; run < (bench::asked.quick ? 3 : 5); ++run) {
    seen.clear();
    auto tracing = bench::start(spanwise::clock_source::automatic, how, noting{&seen});
    auto const trace = [&](auto&) {
      for (std::size_t i = 0; i < children; ++i) bench::span_4(of);
    };
    all.run(
        name, tracing, [] { return 0; }, [&] { return repeat(each, 0, [&] { bench::span_4(of, trace); }); });
    static_cast<void>(tracing.shutdown(1min));
    std::sort(seen.begin(), seen.end());
    for (auto at = seen.begin(); at != seen.end();) {
      auto const next = std::find_if(at, seen.end(), [&](std::uint64_t id) { return id != *at; });
      (next - at == children + 1 ? whole : shreds) += 1;
      at = next;
    }
    made += static_cast<double>(threads * each);
  }
  all.print(name, {{"traces", made},
                   {"whole", whole},
                   {"shreds", shreds},
                   {"not_at_all", made - whole - shreds},
                   {"whole_percent", 100 * whole / made},
                   {"shreds_percent", 100 * shreds / made}});
}

} // namespace

void bench::sustained_cases() {
  // That spans are lost is what these cases show; each pipeline would say so when it ends.
  spanwise::set_diagnostic_handler([](spanwise::severity, std::string_view, void*) noexcept {});
  sustained("sustained/2-threads", false, {});
  sustained("sustained/2-threads-queue-2048", false, {.max_queue_size = queue_of_opentelemetry});
  sustained("sustained/paced-1M", true, {});
  sustained("sustained/paced-1M-queue-2048", true, {.max_queue_size = queue_of_opentelemetry});
  traces("sustained/traces-2-threads", {});
  traces("sustained/traces-2-threads-queue-2048", {.max_queue_size = queue_of_opentelemetry});
  spanwise::set_diagnostic_handler(nullptr);
}
