// Tracing is on or off at compile time: everything with SPANWISE_OFF, or one tracer with basic_tracer<off>.
// Off, spans are empty types whose calls the compiler removes; arguments are still evaluated.
#pragma once

#include <spanwise/detail/config.hpp>

namespace spanwise::inline SPANWISE_ABI {

struct on {};
struct off {};

#ifdef SPANWISE_OFF
using default_mode = off;
#else
using default_mode = on;
#endif

template <class Mode> class basic_span;
template <class Mode> class basic_detached_span;
template <class Mode> class basic_tracer;
template <class Mode> class basic_current_span;
template <class Mode> class basic_activation;

using span = basic_span<default_mode>;
using detached_span = basic_detached_span<default_mode>;
using tracer = basic_tracer<default_mode>;
using activation = basic_activation<default_mode>;

} // namespace spanwise::inline SPANWISE_ABI
