// How much a span may carry before values are cut and the rest is counted as dropped.
// Fixed when a pipeline starts; names and defaults are OpenTelemetry's (trace SDK, Span Limits).
#pragma once

#include <spanwise/detail/config.hpp>

namespace spanwise::inline SPANWISE_ABI {

namespace detail {
/// Values that are nested deeper can't be looked into, nor written as JSON.
inline constexpr std::uint32_t deepest_value = 64;
} // namespace detail

struct span_limits {
  static constexpr std::uint32_t unlimited = 0xffff'ffff;

  std::uint32_t attribute_count = 128;
  std::uint32_t event_count = 128;
  std::uint32_t link_count = 128;
  std::uint32_t attribute_per_event_count = 128;
  std::uint32_t attribute_per_link_count = 128;
  /// In characters, not bytes; also for strings inside arrays and maps. Byte arrays: in bytes.
  std::uint32_t attribute_value_length = unlimited;
  /// Arrays and maps nested deeper than this become the empty value; at most 64.
  std::uint32_t attribute_value_depth = detail::deepest_value;
  /// The most memory one span may take, at most 2 MiB; beyond it values are cut.
  std::uint32_t max_span_bytes = 1U << 20;

  friend constexpr bool operator==(span_limits const&, span_limits const&) noexcept = default;
};

} // namespace spanwise::inline SPANWISE_ABI
