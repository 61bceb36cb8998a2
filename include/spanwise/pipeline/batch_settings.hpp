// What a batch pipeline runs with: what code chose, completed by the OTEL_BSP_* variables and OpenTelemetry's defaults.
#pragma once

#include <spanwise/core/environment.hpp>
#include <spanwise/pipeline/batch.hpp>

#include <optional>

namespace spanwise::inline SPANWISE_ABI::detail {

/// batch_options with nothing left open.
struct batch_settings {
  std::size_t batch_size = 512;
  duration delay = seconds(5);
  duration export_timeout = seconds(30);
};

/// How many spans may wait by OpenTelemetry's default.
inline constexpr std::size_t usual_queue_size = 2048;

/// batch_options, completed by OTEL_BSP_* and the defaults, and made consistent.
struct chosen_batch {
  batch_settings settings;
  std::size_t bytes = std::size_t{16} << 20;
  std::int64_t most_spans = 0;
};

SPANWISE_SMALL chosen_batch choose_batch(batch_options const& given, environment const& env) {
  chosen_batch result;
  constexpr std::int64_t most = std::int64_t{1} << 31;
  auto const number = [&](std::optional<std::size_t> code, char const* name) -> std::optional<std::size_t> {
    if (code && *code != 0) return std::min(*code, static_cast<std::size_t>(most));
    auto const text = env.integer(name, 1);
    return text ? std::optional<std::size_t>{static_cast<std::size_t>(std::min(*text, most))} : std::nullopt;
  };
  auto const time = [&](std::optional<duration> code, char const* name, duration usual) {
    return code && code->ns >= 0 ? bounded_wait(*code) : env.milliseconds(name).value_or(usual);
  };
  std::optional<std::size_t> const queue = number(given.max_queue_size, "OTEL_BSP_MAX_QUEUE_SIZE");
  std::optional<std::size_t> const size = number(given.max_export_batch_size, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE");
  result.settings.batch_size = size.value_or(512);
  if (queue) result.most_spans = static_cast<std::int64_t>(*queue);
  // Memory bounds a queue that nobody has set, but a batch is held against what OpenTelemetry has for it.
  bool const by_code = given.max_export_batch_size.value_or(0) != 0;
  std::size_t const bound = queue ? *queue : by_code ? result.settings.batch_size : usual_queue_size;
  if (result.settings.batch_size > bound) {
    std::string_view constexpr by_default = " by default";
    if (size || !given.max_queue_size)
      tell(severity::warning, "batch above queue",
           {"the export batch size (OTEL_BSP_MAX_EXPORT_BATCH_SIZE), ", result.settings.batch_size,
            size ? std::string_view{} : by_default, ", is above the queue size (OTEL_BSP_MAX_QUEUE_SIZE), ", bound,
            queue ? std::string_view{} : by_default, "; batches of that many spans are sent; set both"});
    result.settings.batch_size = bound;
  }
  result.bytes = given.max_queue_bytes.value_or(result.bytes);
  result.settings.delay = time(given.schedule_delay, "OTEL_BSP_SCHEDULE_DELAY", seconds(5));
  result.settings.export_timeout = time(given.export_timeout, "OTEL_BSP_EXPORT_TIMEOUT", seconds(30));
  return result;
}

} // namespace spanwise::inline SPANWISE_ABI::detail
