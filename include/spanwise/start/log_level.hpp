// OTEL_LOG_LEVEL: which of spanwise's own diagnostics are told, read once when a pipeline starts.
#pragma once

#include <spanwise/core/environment.hpp>

namespace spanwise::inline SPANWISE_ABI {

/// Sets the level of diagnostics as OTEL_LOG_LEVEL says: none, error, warn, info, debug or trace, in any case of letters.
///
/// Unset or empty changes nothing: what set_diagnostic_level set stays, info at first. An unknown word does neither, and
/// is told. trace is debug here, as there is nothing finer.
SPANWISE_SMALL void apply_log_level(environment const& env) noexcept {
  auto const word = env.choice("OTEL_LOG_LEVEL", {"none", "error", "warn", "info", "debug", "trace"});
  if (!word) return;
  if (*word == "none") set_diagnostic_level(std::nullopt);
  else if (*word == "error") set_diagnostic_level(severity::error);
  else if (*word == "warn") set_diagnostic_level(severity::warning);
  else set_diagnostic_level(*word == "info" ? severity::info : severity::debug);
}

} // namespace spanwise::inline SPANWISE_ABI
