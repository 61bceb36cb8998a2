// error: deleted
#include <spanwise/trace/detached_span.hpp>

void f(spanwise::detached_span& span) { spanwise::detached_span copy{span}; }
