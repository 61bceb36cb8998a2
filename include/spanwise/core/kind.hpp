// The two small enumerations of a span: what role it plays in a call, and how it went.
#pragma once

#include <spanwise/detail/config.hpp>

namespace spanwise::inline SPANWISE_ABI {

/// The role of a span in a call (OpenTelemetry, trace API, SpanKind).
enum class span_kind : std::uint8_t { internal, server, client, producer, consumer };

/// How the work of a span went. Rank: ok over error over unset; the wire numbers are OTLP's.
enum class status_code : std::uint8_t { unset, ok, error };

} // namespace spanwise::inline SPANWISE_ABI
