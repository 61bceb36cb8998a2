// The log of a service: one line an event, with the trace and the span it belongs to. So a line leads to its trace, and
// a trace to its lines.
#pragma once

#include <spanwise/trace.hpp>

#include <fmt/format.h>

#include <cstdio>
#include <ctime>
#include <string>
#include <utility>

namespace shop {

/// The time of now in UTC, written as strftime does.
[[nodiscard]] inline std::string utc_now(char const* format) {
  std::time_t const now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[64];
  return {text, std::strftime(text, sizeof text, format, &parts)};
}

/// Prints "2026-11-22T08:00:00Z trace_id=… span_id=… text"; without a current span there are no ids.
template <class... Values> void log(fmt::format_string<Values...> text, Values&&... values) {
  std::string line = utc_now("%FT%TZ ");
  if (auto const span = spanwise::current_context().span(); span.valid())
    line += fmt::format("trace_id={} span_id={} ", span.trace_id().hex().view(), span.span_id().hex().view());
  fmt::format_to(std::back_inserter(line), text, std::forward<Values>(values)...);
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fflush(stdout);
}

} // namespace shop
