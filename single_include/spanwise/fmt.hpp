// spanwise/fmt.hpp, a part of spanwise beside the single header. Made by tools/single_header.py from include/: change that, not this.
#pragma once

#include <spanwise/spanwise.hpp>

#include <fmt/format.h>

// spanwise/fmt.hpp
//
// Lets fmt print what belongs into log lines: ids, the current trace, the result of a shutdown.
// Needs fmt 8 or newer; include it where you format, not where you make spans.

/// 32 and 16 lower-case digits; width, fill and alignment as for text.
template <> struct fmt::formatter<spanwise::trace_id> : fmt::formatter<fmt::string_view> {
  template <class Context> auto format(spanwise::trace_id const& id, Context& into) const {
    auto const text = id.hex();
    return fmt::formatter<fmt::string_view>::format({text.data(), text.size()}, into);
  }
};
template <> struct fmt::formatter<spanwise::span_id> : fmt::formatter<fmt::string_view> {
  template <class Context> auto format(spanwise::span_id const& id, Context& into) const {
    auto const text = id.hex();
    return fmt::formatter<fmt::string_view>::format({text.data(), text.size()}, into);
  }
};

/// `trace_id=… span_id=… trace_flags=03`, the fields of log lines (OpenTelemetry, Trace Context in non-OTLP Log Formats);
/// nothing without a span.
template <> struct fmt::formatter<spanwise::span_context> {
  constexpr auto parse(fmt::format_parse_context& from) { return from.begin(); }
  template <class Context> auto format(spanwise::span_context const& own, Context& into) const {
    if (!own.valid()) return into.out();
    return fmt::format_to(into.out(), "trace_id={} span_id={} trace_flags={:02x}", own.trace_id(), own.span_id(),
                          own.flags().value);
  }
};
template <> struct fmt::formatter<spanwise::context> : fmt::formatter<spanwise::span_context> {
  template <class Context> auto format(spanwise::context const& given, Context& into) const {
    return fmt::formatter<spanwise::span_context>::format(given.span(), into);
  }
};

/// `exported 12, dropped 0, left 0`
template <> struct fmt::formatter<spanwise::shutdown_result> {
  constexpr auto parse(fmt::format_parse_context& from) { return from.begin(); }
  template <class Context> auto format(spanwise::shutdown_result const& end, Context& into) const {
    return fmt::format_to(into.out(), "exported {}, dropped {}, left {}", end.exported, end.dropped, end.left);
  }
};
