// The propagator of Jaeger's own format, for systems that still speak it: it is deprecated in favour of W3C trace context.
#pragma once

#include <spanwise/context/jaeger.hpp>
