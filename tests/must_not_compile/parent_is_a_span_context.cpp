// error: spanwise: a parent is a context
#include <spanwise/trace/span.hpp>

void f(spanwise::span_context const& caller) { spanwise::span span{"work", {.parent = caller}}; }
