// The spans that are measured, and the pipelines that take them.
#pragma once

#include "measure.hpp"
#include "order.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <thread>

namespace bench {

using namespace std::chrono_literals;

/// Defined in a translation unit of its own.
order const& some_order();

/// Takes spans and forgets them.
struct discarding {
  static spanwise::export_result export_spans(spanwise::span_batch const& batch, spanwise::deadline) noexcept {
    return {.exported = batch.records.size()};
  }
};

/// How many spans a round makes: few enough to stay in the second-level cache.
inline constexpr std::size_t spans_a_round = 2000;

/// Starts a pipeline, and waits until spans are timed with `clock`, which takes some milliseconds of calibration.
template <class Exporter = discarding>
spanwise::provider start(spanwise::clock_source clock, spanwise::batch_options how = {}, Exporter exporter = {}) {
  auto tracing = spanwise::start("bench", spanwise::batch{how, std::move(exporter)}, {.clock = clock});
  auto const& ticking = spanwise::detail::process_clock;
  bool const tsc = clock != spanwise::clock_source::monotonic;
  for (int tries = 0; tries < 1000 && ticking.ticks_tsc() != tsc; ++tries) std::this_thread::sleep_for(1ms);
  if (ticking.ticks_tsc() != tsc && clock != spanwise::clock_source::automatic)
    remark("clock", "spans are not timed with the one asked for: it was not calibrated in time");
  return tracing;
}

/// As wanted(name), of a case whose spans are to be timed with that clock.
inline bool wanted(std::string_view name, spanwise::clock_source clock) {
  if (!wanted(name)) return false;
  if (clock != spanwise::clock_source::tsc) return true;
  static bool const tsc = [] {
    auto const tracing =
        spanwise::start("bench", spanwise::batch{discarding{}}, {.clock = spanwise::clock_source::tsc});
    for (int tries = 0; tries < 1000 && !spanwise::detail::process_clock.ticks_tsc(); ++tries)
      std::this_thread::sleep_for(1ms);
    return spanwise::detail::process_clock.ticks_tsc();
  }();
  if (!tsc) leave_out(name, "this machine or this build does not time spans with the time-stamp counter");
  return tsc;
}

/// The spans dropped by a pipeline; a remark if there are any, because a full queue makes any library look fast.
inline std::uint64_t dropped(std::string_view name, spanwise::provider const& tracing) {
  std::uint64_t const count = tracing.stats().spans.dropped_total();
  if (count != 0) remark(name, std::to_string(count) + " spans were dropped: the figure is too good");
  return count;
}

} // namespace bench
