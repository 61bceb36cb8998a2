// Starts tracing as a configuration file says (OpenTelemetry, declarative configuration): OTEL_CONFIG_FILE names it.
// Needs yaml-cpp, and exceptions, which that throws; include it where you call `start`, not where you make spans.
#pragma once

#include <spanwise/config/from_config.hpp>
#include <spanwise/resource_detectors.hpp>
#include <spanwise/spanwise.hpp>
