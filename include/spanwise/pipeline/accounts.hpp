// What a pipeline says about its spans: while it runs, and at its end.
#pragma once

#include <spanwise/core/counters.hpp>
#include <spanwise/core/sentence.hpp>

#include <cstdint>
#include <vector>

namespace spanwise::inline SPANWISE_ABI {

/// What a shutdown came to. Spans that were sampled out or filtered are in none of the three.
struct [[nodiscard]] shutdown_result {
  std::uint64_t exported{}; ///< delivered since the start; with a tee, by the branch that delivered least
  std::uint64_t dropped{};  ///< lost: not delivered, refused, or without room; the diagnostics said why
  std::uint64_t left{};     ///< neither when time was up: still open, still waiting or still on their way
};

/// The accounts of a pipeline and of each exporter in it.
struct pipeline_stats {
  trace_counts spans;
  std::vector<delivery_counts> branches; ///< in the order in which the exporters are named
};

namespace detail {

/// What has become of all spans, by the accounts of the branch that delivered least.
[[nodiscard]] constexpr shutdown_result sum_up(trace_counts const& spans, delivery_counts const& least) noexcept {
  shutdown_result sum{};
  sum.exported = least.exported;
  sum.left = spans.in_flight > 0 ? static_cast<std::uint64_t>(spans.in_flight) : 0;
  std::uint64_t const elsewhere = spans.sampled_out + spans.record_only + least.filtered + sum.exported + sum.left;
  sum.dropped = spans.started > elsewhere ? spans.started - elsewhere : 0;
  return sum;
}

/// Tells what was lost when nobody else looks at the result.
SPANWISE_SMALL void tell_end(shutdown_result const& end) noexcept {
  if (end.dropped == 0 && end.left == 0) return;
  tell(severity::warning, "shutdown",
       {"tracing ended with ", end.exported, " spans delivered, ", end.dropped, " lost and ", end.left,
        " unfinished or unsent"});
}

} // namespace detail

} // namespace spanwise::inline SPANWISE_ABI
