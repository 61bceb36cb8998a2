// The two small enumerations of a span: what role it plays in a call, and how it went.
#pragma once

#include <spanwise/detail/config.hpp>

namespace spanwise::inline SPANWISE_ABI {

/// The role of a span in a call (OpenTelemetry, trace API, SpanKind).
enum class span_kind : std::uint8_t { internal, server, client, producer, consumer };

namespace detail {
/// The number of a kind in OTLP; one byte long whatever a caller has cast to a span_kind.
constexpr unsigned char wire_kind(span_kind kind) noexcept {
  return kind > span_kind::consumer ? 1 : static_cast<unsigned char>(static_cast<unsigned char>(kind) + 1);
}
} // namespace detail

/// How the work of a span went. Rank: ok over error over unset; the wire numbers are OTLP's.
enum class status_code : std::uint8_t { unset, ok, error };

} // namespace spanwise::inline SPANWISE_ABI
