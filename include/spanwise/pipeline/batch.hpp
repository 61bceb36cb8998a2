// How finished spans get from the threads to the exporter: in batches on a thread of their own, or at once.
// These are descriptions; `start` makes them run.
#pragma once

#include <spanwise/core/duration.hpp>

#include <cstddef>
#include <optional>
#include <tuple>
#include <utility>

namespace spanwise::inline SPANWISE_ABI {

/// What is left out comes from the OTEL_BSP_* variables, then from OpenTelemetry's defaults.
struct batch_options {
  /// Spans that may wait; unset, memory alone is the bound (max_queue_bytes), which is many more than the default of
  /// 2048. Counting them makes all threads write the same number, once a span.
  std::optional<std::size_t> max_queue_size{};
  /// Memory for spans that wait, 256 KiB to 256 MiB; 16 MiB by default.
  std::optional<std::size_t> max_queue_bytes{};
  /// The longest that a finished span waits for its batch to fill; 5 s.
  std::optional<duration> schedule_delay{};
  /// Spans in one export at most; 512.
  std::optional<std::size_t> max_export_batch_size{};
  /// The longest that one export may take; 30 s, 0 for no limit.
  std::optional<duration> export_timeout{};
};

/// Exports in batches on one background thread: `batch{otlp_http{}}`, `batch{filter{...}, otlp_http{}}`.
///
/// Threads that end spans never wait. Where more comes than goes out, traces are left out whole: none begins while less
/// than a sixteenth of the memory for waiting spans is left, or until half of a full max_queue_size is free again. A
/// span that finds no room all the same is dropped. Both are counted, and told.
template <class... Parts> struct batch {
  explicit batch(Parts... given) : parts{std::move(given)...} {}
  explicit batch(batch_options chosen, Parts... given) : options{chosen}, parts{std::move(given)...} {}

  batch_options options{};
  std::tuple<Parts...> parts;
};
template <class... Parts> batch(batch_options, Parts...) -> batch<Parts...>;
template <class... Parts> batch(Parts...) -> batch<Parts...>;

/// Exports each span on the thread that ends it, one after another: for consoles and tests, where order matters more
/// than speed. That thread waits for the exporter.
template <class... Parts> struct simple {
  explicit simple(Parts... given) : parts{std::move(given)...} {}
  std::tuple<Parts...> parts;
};
template <class... Parts> simple(Parts...) -> simple<Parts...>;

} // namespace spanwise::inline SPANWISE_ABI
