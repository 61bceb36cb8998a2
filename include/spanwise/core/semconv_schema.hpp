// The version of OpenTelemetry's semantic conventions that the attributes written by spanwise follow.
// It is told here alone: schema URLs that differ cancel each other where resources are merged.
#pragma once

#include <spanwise/detail/config.hpp>

#include <string_view>

namespace spanwise::inline SPANWISE_ABI {

/// The schema URL of what resource detectors and instrumentation write.
inline constexpr std::string_view semconv_schema_url = "https://opentelemetry.io/schemas/1.44.0";

} // namespace spanwise::inline SPANWISE_ABI
