// error: ignoring
#include <spanwise/trace/detached_span.hpp>

void f() { spanwise::detached_span{"ends at once"}; }
