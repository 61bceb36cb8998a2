// The front half alone: all that code which makes spans needs, and nothing that sends them. Cheap to include.
// The translation unit that starts tracing includes <spanwise/spanwise.hpp>.
#pragma once

#include <spanwise/async/bind.hpp>
#include <spanwise/context/propagator.hpp>
#include <spanwise/fwd.hpp>
#include <spanwise/trace/current_span.hpp>
#include <spanwise/trace/off.hpp>
#include <spanwise/trace/tracer.hpp>
