// The log of a service: one line an event, with the trace and the span it belongs to. So a line leads to its trace, and
// a trace to its lines.
#pragma once

#include <spanwise/trace.hpp>

#include <fmt/chrono.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <utility>

namespace shop {

/// Prints "2026-11-22T08:00:00.123Z trace_id=… span_id=… text"; without a current span there are no ids.
template <class... Values> void log(fmt::format_string<Values...> text, Values&&... values) {
  auto const now = std::chrono::system_clock::now();
  auto const milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  std::string line = fmt::format("{:%FT%T}.{:03}Z ", fmt::gmtime(now), milliseconds);
  if (auto const span = spanwise::current_context().span(); span.valid())
    line += fmt::format("trace_id={} span_id={} ", span.trace_id().hex().view(), span.span_id().hex().view());
  fmt::format_to(std::back_inserter(line), text, std::forward<Values>(values)...);
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fflush(stdout);
}

} // namespace shop
