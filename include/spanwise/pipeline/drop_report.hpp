// Tells that spans were dropped before they reached an exporter, how many, why, and what can be done about it.
// Threads that end spans only count what they had no room for.
#pragma once

#include <spanwise/core/counters.hpp>
#include <spanwise/core/diagnostics.hpp>
#include <spanwise/core/record.hpp>
#include <spanwise/detail/contain.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI::detail {

/// How much may wait in a pipeline.
struct queue_bounds {
  std::size_t bytes{};
  std::int64_t spans{}; ///< 0: bounded by memory alone
};

/// What one pipeline has told of its dropped spans. One thread.
class drop_report {
public:
  /// Tells each sum that has grown since it was last told. What is too early after the last word, a later call tells.
  void tell(trace_counts const& now, queue_bounds const& bounds) noexcept {
    tell_one(now, drop_reason::queue_full, [&] {
      std::string const room = std::to_string(bounds.bytes >> 10) + " KiB";
      return bounds.spans == 0
                 ? "the queue was full (" + room +
                       "): the exporter does not keep up; raise max_queue_bytes, or record less with a sampler"
                 : "the queue was full (" + std::to_string(bounds.spans) + " spans, " + room +
                       "): the exporter does not keep up; raise max_queue_size (OTEL_BSP_MAX_QUEUE_SIZE) or "
                       "max_queue_bytes, or record less with a sampler";
    });
    tell_one(now, drop_reason::too_large, [] {
      return "each was larger than " + std::to_string(record::max_size >> 10) +
             " KiB; set less on one span, or lower limits.max_span_bytes";
    });
  }

private:
  template <class Reason> void tell_one(trace_counts const& now, drop_reason why, Reason const& reason) noexcept {
    auto const which = static_cast<std::size_t>(why);
    std::uint64_t const sum = now.dropped[which];
    if (sum == told_[which]) return;
    contain([&] {
      std::string const sentence = std::to_string(sum) + (sum == 1 ? " span was" : " spans were") +
                                   " dropped since the start, because " + reason();
      if (try_report(severity::warning, causes[which], sentence)) told_[which] = sum;
    });
  }

  static constexpr std::string_view causes[]{"queue full", "span too large"};
  std::uint64_t told_[2]{};
};

} // namespace spanwise::inline SPANWISE_ABI::detail
