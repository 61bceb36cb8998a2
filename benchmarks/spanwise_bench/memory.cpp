// What waiting spans and idle threads hold.
#include "cases.hpp"
#include "work.hpp"

#include <pthread.h>

#include <atomic>

namespace {

using namespace bench;

/// Of the memory for waiting spans, what is given out.
std::size_t queue_bytes() {
  auto* const core = spanwise::detail::default_provider.load(spanwise::detail::acquire);
  return core == nullptr ? 0 : core->pool.used_bytes();
}

template <class Make> void queued_span(std::string_view name, Make&& make) {
  if (!wanted(name)) return;
  constexpr std::size_t spans = 20'000;
  auto tracing = start(spanwise::clock_source::automatic, {.schedule_delay = 1h, .max_export_batch_size = 10 * spans});
  spanwise::span const parent{"parent"};
  make();
  tracing.flush();
  std::size_t const before = queue_bytes();
  rounds once{spans};
  once.time([&] {
    for (std::size_t i = 0; i < spans; ++i) make();
  });
  result figures = once.summary(name);
  figures.bytes = static_cast<double>(queue_bytes() - before) / spans;
  if (dropped(name, tracing) == 0) print(figures);
}

/// Threads that make one span and then stay until they are let go.
class threads_at_rest {
public:
  explicit threads_at_rest(std::size_t count) {
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, std::size_t{128} << 10);
    for (pthread_t thread;
         threads_.size() < count && pthread_create(&thread, &small, &threads_at_rest::work, this) == 0;)
      threads_.push_back(thread);
    pthread_attr_destroy(&small);
    while (resting_.load() < threads_.size()) std::this_thread::sleep_for(1ms);
  }
  threads_at_rest(threads_at_rest const&) = delete;
  threads_at_rest& operator=(threads_at_rest const&) = delete;
  ~threads_at_rest() {
    over_.store(true);
    over_.notify_all();
    for (pthread_t const thread : threads_) pthread_join(thread, nullptr);
  }

  [[nodiscard]] std::size_t count() const { return threads_.size(); }
  /// What they allocated and hold, a thread.
  [[nodiscard]] double held() const { return static_cast<double>(held_.load()) / static_cast<double>(count()); }
  [[nodiscard]] double blocks() const { return static_cast<double>(blocks_.load()) / static_cast<double>(count()); }
  /// What the span took, a thread: the first one of its thread.
  [[nodiscard]] double nanoseconds() const { return static_cast<double>(took_.load()) / static_cast<double>(count()); }
  [[nodiscard]] double fastest() const { return static_cast<double>(fastest_.load()); }
  [[nodiscard]] std::size_t most_queued() const { return most_queued_.load(); }

private:
  static void* work(void* self) {
    static_cast<threads_at_rest*>(self)->make_one();
    return nullptr;
  }

  void make_one() {
    allocation_count const before = allocations_here();
    std::int64_t const start = bench::nanoseconds(CLOCK_MONOTONIC);
    span_4(some_order());
    std::int64_t const took = bench::nanoseconds(CLOCK_MONOTONIC) - start;
    allocation_count const after = allocations_here();
    held_.fetch_add(after.held - before.held);
    blocks_.fetch_add(after.blocks - before.blocks);
    took_.fetch_add(took);
    for (std::int64_t seen = fastest_.load(); took < seen && !fastest_.compare_exchange_weak(seen, took);) {}
    std::size_t const queued = queue_bytes();
    for (std::size_t seen = most_queued_.load(); queued > seen && !most_queued_.compare_exchange_weak(seen, queued);) {}
    resting_.fetch_add(1);
    over_.wait(false);
  }

  std::vector<pthread_t> threads_;
  std::atomic<std::size_t> resting_{0};
  std::atomic<std::int64_t> held_{0};
  std::atomic<std::uint64_t> blocks_{0};
  std::atomic<std::int64_t> took_{0};
  std::atomic<std::int64_t> fastest_{INT64_MAX};
  std::atomic<std::size_t> most_queued_{0};
  std::atomic<bool> over_{false};
};

void idle_thread() {
  constexpr std::string_view name = "memory/idle-thread";
  if (!wanted(name)) return;
  auto tracing = start(spanwise::clock_source::automatic, {.schedule_delay = 50ms});
  tracing.flush();
  std::size_t const before = queue_bytes();
  threads_at_rest const idle{100};
  std::this_thread::sleep_for(3s); // long enough for a thread to count as idle
  double const queue =
      (static_cast<double>(queue_bytes()) - static_cast<double>(before)) / static_cast<double>(idle.count());
  if (dropped(name, tracing) != 0) return;
  print({name,
         idle.nanoseconds(),
         idle.fastest(),
         idle.blocks(),
         idle.held() + queue,
         {{"heap_bytes", idle.held()}, {"queue_bytes", queue}}});
}

void ten_thousand_threads() {
  constexpr std::string_view name = "memory/10000-threads";
  if (!wanted(name)) return;
  constexpr std::size_t bound = std::size_t{16} << 20;
  auto tracing = start(spanwise::clock_source::automatic);
  std::size_t const before = queue_bytes();
  threads_at_rest const many{10'000};
  if (many.count() < 10'000) remark(name, "the system gave only " + std::to_string(many.count()) + " threads");
  std::size_t const at_once = queue_bytes();
  std::this_thread::sleep_for(asked.quick ? 2s : 7s); // past the schedule delay
  auto const counts = tracing.stats().spans;
  double const later = static_cast<double>(queue_bytes()) - static_cast<double>(before);
  if (many.most_queued() > bound) remark(name, "the bound was not kept");
  auto const count = static_cast<double>(many.count());
  print({name,
         many.nanoseconds(),
         many.fastest(),
         many.blocks(),
         many.held() + later / count,
         {{"threads", count},
          {"heap_bytes", many.held()},
          {"queue_bytes_most", static_cast<double>(many.most_queued())},
          {"queue_bytes_at_once", static_cast<double>(at_once)},
          {"queue_bytes_later", later},
          {"queue_bytes_bound", static_cast<double>(bound)},
          {"dropped", static_cast<double>(counts.dropped_total())}}});
}

} // namespace

void bench::memory_cases() {
  auto const& of = some_order();
  queued_span("memory/queued-span-0", [] { spanwise::span const made{"charge a card."}; });
  queued_span("memory/queued-span-4", [&] { span_4(of); });
  queued_span("memory/queued-span-4-long-keys", [&] {
    spanwise::span const made{"charge a card.",
                              {"http.response.status_code", of.items},
                              {"app.load_factor", of.load},
                              {"app.shop.name", of.store},
                              {"enduser.id", of.user}};
  });
  idle_thread();
  ten_thousand_threads();
}
