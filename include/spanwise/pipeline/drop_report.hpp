// Tells that spans were dropped before they reached an exporter, how many, why, and what can be done about it.
// Threads that end spans only count what they had no room for.
#pragma once

#include <spanwise/core/counters.hpp>
#include <spanwise/core/record.hpp>
#include <spanwise/core/sentence.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI::detail {

/// How much may wait in a pipeline.
struct queue_bounds {
  std::size_t bytes{};
  std::int64_t spans{}; ///< 0: bounded by memory alone
  std::size_t one{};    ///< the most bytes of a single span
};

/// What one pipeline has told of its dropped spans. One thread.
class drop_report {
public:
  /// Tells each sum that has grown since it was last told. What is too early after the last word, a later call tells.
  /// Once none was dropped for want of room for a minute, that is told, too.
  SPANWISE_SMALL void tell(trace_counts const& now, queue_bounds const& bounds, std::int64_t now_ns = steady_ns()) noexcept {
    tell_full(now, bounds, drop_reason::queue_full, {}, {});
    tell_full(now, bounds, drop_reason::trace_shed, "nearly ",
              " when their traces began, and what room there was went to those begun before");
    if (std::uint64_t const sum = grown(now, drop_reason::too_large); sum != 0)
      tell_one(sum, drop_reason::too_large,
               {"each was larger than ", bounds.one >> 10, " KiB; set less on one span",
                bounds.one < record::max_size ? std::string_view{", or raise max_queue_bytes"} : ""});
    tell_room(of(now, drop_reason::queue_full) + of(now, drop_reason::trace_shed), now_ns);
  }

private:
  [[nodiscard]] static std::uint64_t of(trace_counts const& now, drop_reason why) noexcept {
    return now.dropped[static_cast<std::size_t>(why)];
  }

  SPANWISE_SMALL void tell_room(std::uint64_t crowded_out, std::int64_t now_ns) noexcept {
    if (crowded_out != crowded_out_) {
      crowded_out_ = crowded_out;
      crowded_at_ = now_ns;
      crowded_ = true;
    } else if (crowded_ && now_ns - crowded_at_ >= 60'000'000'000) {
      crowded_ = !detail::tell(severity::info, "room again",
                               {"there is room for spans again: none was dropped for a minute; ", crowded_out,
                                crowded_out == 1 ? std::string_view{" was"} : " were", " since the start"});
    }
  }

  /// How many were dropped for this reason; 0 if that has been told.
  [[nodiscard]] std::uint64_t grown(trace_counts const& now, drop_reason why) const noexcept {
    auto const which = static_cast<std::size_t>(why);
    return now.dropped[which] == told_[which] ? 0 : now.dropped[which];
  }

  SPANWISE_SMALL void tell_full(trace_counts const& now, queue_bounds const& bounds, drop_reason why,
                                std::string_view nearly, std::string_view when) noexcept {
    std::uint64_t const sum = grown(now, why);
    if (sum == 0) return;
    bool const counted = bounds.spans != 0;
    tell_one(sum, why,
             {"the queue was ", nearly, "full (", counted ? word{bounds.spans} : "",
              counted ? std::string_view{" spans, "} : "", bounds.bytes >> 10, " KiB)", when,
              ": the exporter does not keep up; raise ",
              counted ? std::string_view{"max_queue_size (OTEL_BSP_MAX_QUEUE_SIZE) or "} : "",
              "max_queue_bytes, or record less with a sampler"});
  }

  SPANWISE_SMALL void tell_one(std::uint64_t sum, drop_reason why, std::initializer_list<word> reason) noexcept {
    auto const which = static_cast<std::size_t>(why);
    contain([&] {
      if (detail::tell(severity::warning, causes[which],
                       {sum, sum == 1 ? std::string_view{" span was"} : " spans were",
                        " dropped since the start, because ", joined(reason)}))
        told_[which] = sum;
    });
  }

  static constexpr std::string_view causes[]{"queue full", "span too large", "trace shed"};
  std::uint64_t told_[3]{};
  std::uint64_t crowded_out_{};
  std::int64_t crowded_at_{};
  bool crowded_{}; ///< spans found no room, and that this is over was not told
};

} // namespace spanwise::inline SPANWISE_ABI::detail
