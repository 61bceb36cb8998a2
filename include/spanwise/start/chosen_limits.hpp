// The limits that a pipeline works with: what code chose, completed by the OTEL_* variables and OpenTelemetry's defaults.
#pragma once

#include <spanwise/core/environment.hpp>
#include <spanwise/core/limits.hpp>

#include <cstdint>
#include <optional>

namespace spanwise::inline SPANWISE_ABI {

/// How much a span may carry; see span_limits. What is left out comes from the environment, then from the defaults.
///
/// The variables are OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT, OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT, OTEL_SPAN_EVENT_COUNT_LIMIT,
/// OTEL_SPAN_LINK_COUNT_LIMIT, OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT and OTEL_LINK_ATTRIBUTE_COUNT_LIMIT, and for all that
/// has attributes OTEL_ATTRIBUTE_COUNT_LIMIT and OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT.
struct span_limit_options {
  std::optional<std::uint32_t> attribute_count{};
  std::optional<std::uint32_t> event_count{};
  std::optional<std::uint32_t> link_count{};
  std::optional<std::uint32_t> attribute_per_event_count{};
  std::optional<std::uint32_t> attribute_per_link_count{};
  /// In characters; span_limits::unlimited for no limit.
  std::optional<std::uint32_t> attribute_value_length{};
  std::optional<std::uint32_t> attribute_value_depth{}; ///< no variable sets it
  std::optional<std::uint32_t> max_span_bytes{};        ///< nor this
};

/// What `given` comes to in this environment (OpenTelemetry, Attribute Limits: of a span first, then of all).
[[nodiscard]] SPANWISE_SMALL span_limits chosen_limits(span_limit_options const& given, environment const& env) noexcept {
  auto const read = [&env](char const* name) -> std::optional<std::uint32_t> {
    auto const number = env.integer(name);
    if (!number) return std::nullopt;
    return *number < std::int64_t{span_limits::unlimited} ? static_cast<std::uint32_t>(*number) : span_limits::unlimited;
  };
  span_limits result;
  auto const general_count = read("OTEL_ATTRIBUTE_COUNT_LIMIT");
  auto const general_length = read("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT");
  auto const choose = [&](std::uint32_t& limit, std::optional<std::uint32_t> const& code, char const* name,
                          std::optional<std::uint32_t> const& general) {
    std::optional<std::uint32_t> const own = code || name == nullptr ? code : read(name);
    limit = own.value_or(general.value_or(limit));
  };
  choose(result.attribute_count, given.attribute_count, "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", general_count);
  choose(result.event_count, given.event_count, "OTEL_SPAN_EVENT_COUNT_LIMIT", {});
  choose(result.link_count, given.link_count, "OTEL_SPAN_LINK_COUNT_LIMIT", {});
  choose(result.attribute_per_event_count, given.attribute_per_event_count, "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT",
         general_count);
  choose(result.attribute_per_link_count, given.attribute_per_link_count, "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT",
         general_count);
  choose(result.attribute_value_length, given.attribute_value_length, "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
         general_length);
  choose(result.attribute_value_depth, given.attribute_value_depth, nullptr, {});
  choose(result.max_span_bytes, given.max_span_bytes, nullptr, {});
  return result;
}

} // namespace spanwise::inline SPANWISE_ABI
