// Names without their definitions, for headers that only mention spanwise's types.
#pragma once

#include <spanwise/version.hpp>

namespace spanwise::inline SPANWISE_ABI {

class trace_id;
class span_id;
class trace_state;
class baggage;
class span_context;
class context;
class attribute;
class span_view;
class resource;
class provider;
struct options;

struct on;
struct off;
template <class Mode> class basic_span;
template <class Mode> class basic_detached_span;
template <class Mode> class basic_tracer;

} // namespace spanwise::inline SPANWISE_ABI
