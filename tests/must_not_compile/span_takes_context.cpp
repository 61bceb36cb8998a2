// error: spanwise: a context is given to a span as its parent
#include <spanwise/trace/tracer.hpp>

void f(spanwise::context const& caller) { spanwise::span span{"work", caller}; }
