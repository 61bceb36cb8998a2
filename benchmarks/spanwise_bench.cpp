// What a span costs the thread that makes it: spanwise-bench [--json] [filter]
// Attributes are given as users give them, in the constructor, with values that the compiler can't know.
#include "measure.hpp"

#include <spanwise/spanwise.hpp>

#include <cstdlib>
#include <cstring>
#include <map>
#include <new>
#include <string>
#include <thread>

[[gnu::noinline]] void* operator new(std::size_t size) {
  ++bench::allocations;
  bench::allocated_bytes += size;
  if (void* const memory = std::malloc(size)) return memory;
  std::abort();
}
[[gnu::noinline]] void* operator new(std::size_t size, std::nothrow_t const&) noexcept {
  ++bench::allocations;
  bench::allocated_bytes += size;
  return std::malloc(size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

using namespace std::chrono_literals;

struct discarding {
  spanwise::export_result export_spans(spanwise::span_batch const& batch, spanwise::deadline) noexcept {
    return {.exported = batch.records.size()};
  }
};

struct order {
  volatile int retries = 3;
  volatile double load = 0.75;
  std::string channel = "web-shop";
  std::string customer = "customer 4711 of Springfield..";
};

constexpr std::size_t count = 20'000;

void spans(spanwise::clock_source clock, std::string const& suffix) {
  auto tracing = spanwise::start("bench", spanwise::batch{spanwise::batch_options{.schedule_delay = 5ms}, discarding{}},
                                 {.clock = clock});
  std::this_thread::sleep_for(150ms); // until the clock is calibrated
  auto const settle = [&] { tracing.flush(); };
  order of;
  spanwise::span parent{"parent"};
  bench::run("span/child-0" + suffix, count, [](std::size_t) { spanwise::span s{"charge a card."}; }, settle);
  bench::run("span/child-4" + suffix, count, [&](std::size_t) {
    spanwise::span s{"charge a card.", {"retry.count", int{of.retries}}, {"load.factor", double{of.load}},
                     {"order.channel", of.channel}, {"order.customer", of.customer}};
  }, settle);
  bench::run("span/child-4-set" + suffix, count, [&](std::size_t) {
    spanwise::span s{"charge a card."};
    s.set("retry.count", int{of.retries});
    s.set("load.factor", double{of.load});
    s.set("order.channel", of.channel);
    s.set("order.customer", of.customer);
  }, settle);
  bench::run("span/child-4-event" + suffix, count, [&](std::size_t) {
    spanwise::span s{"charge a card.", {"retry.count", int{of.retries}}, {"load.factor", double{of.load}},
                     {"order.channel", of.channel}, {"order.customer", of.customer}};
    s.event("cache miss");
  }, settle);
  {
    auto const& own = parent.context().span();
    auto const entered = spanwise::attach(spanwise::context{spanwise::span_context{own.trace_id(), own.span_id()}});
    bench::run("span/unsampled" + suffix, count, [](std::size_t) { spanwise::span s{"charge a card."}; }, settle);
  }
  auto const stats = tracing.stats();
  if (stats.spans.dropped_total() != 0 || !stats.spans.balanced())
    std::fprintf(stderr, "%llu spans were dropped: the figures above are too good\n",
                 static_cast<unsigned long long>(stats.spans.dropped_total()));
}

} // namespace

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i)
    if (std::strcmp(argv[i], "--json") != 0) bench::filter = argv[i];
  bench::run("span/before-start", count, [](std::size_t) { spanwise::span s{"charge a card."}; }, [] {});
  bench::run("span/off", count, [](std::size_t) { spanwise::basic_span<spanwise::off> const s{"charge a card."}; }, [] {});
  spans(spanwise::clock_source::monotonic, "");
  spans(spanwise::clock_source::tsc, "-tsc");
  bench::run("floor/clock", count, [](std::size_t) {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    bench::keep(now);
  }, [] {});
  bench::run("floor/tsc", count, [](std::size_t) { bench::keep(spanwise::detail::read_tsc()); }, [] {});

  std::map<std::string, std::string> headers{{"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}};
  bench::run("propagate/extract", count, [&](std::size_t) { bench::keep(spanwise::read_traceparent(headers.begin()->second)); }, [] {});
  auto const from = spanwise::extract(headers);
  char text[55];
  bench::run("propagate/inject", count, [&](std::size_t) {
    spanwise::write_traceparent(text, from.span());
    bench::keep(text);
  }, [] {});
}
