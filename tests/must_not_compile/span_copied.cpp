// error: deleted
#include <spanwise/trace/span.hpp>

void f(spanwise::span& span) { spanwise::span copy{span}; }
