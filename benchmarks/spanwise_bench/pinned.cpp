// What it costs a span that its memory comes back from another core: the same span with the exporting thread on the
// same processor, and on another one.
#include "affinity.hpp"
#include "cases.hpp"
#include "work.hpp"

namespace {

/// Takes its thread to one processor. It reads the spans, as one that encodes would.
struct reading_at {
  int cpu;
  bool there = false;

  spanwise::export_result export_spans(spanwise::span_batch const& batch, spanwise::deadline) noexcept {
    if (!there) there = bench::pinned::pin(cpu);
    unsigned sum = 0;
    for (spanwise::record const& each : batch.records)
      for (std::size_t at = 0; at < each.size; at += 32) sum += static_cast<unsigned>(each.message[at]);
    bench::keep(sum);
    return {.exported = batch.records.size()};
  }
};

void pinned_case(std::string_view name, std::vector<int> const& cpus, std::size_t needed) {
  if (!bench::wanted(name, spanwise::clock_source::tsc)) return;
  if (cpus.size() < needed) return bench::leave_out(name, "there are too few processors");
  int const here = cpus.front();
  int const there = needed > 1 ? cpus.back() : here;
  auto tracing = bench::start(spanwise::clock_source::tsc, {}, reading_at{there});
  bench::pinned const staying{here};
  spanwise::span const parent{"parent"};
  auto const round = [&of = bench::some_order()] {
    for (std::size_t i = 0; i < bench::spans_a_round; ++i) bench::span_4(of);
  };
  bench::result const figures = bench::measure(name, bench::spans_a_round, round, [&] { tracing.flush(); });
  if (bench::dropped(name, tracing) == 0) bench::print(figures);
}

} // namespace

void bench::pinned_cases() {
  std::vector<int> const cpus = processors();
  pinned_case("span/child-4-tsc-exporter-same-core", cpus, 1);
  pinned_case("span/child-4-tsc-exporter-other-core", cpus, 2);
}
