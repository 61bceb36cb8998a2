// error: ignoring
#include <spanwise/trace/span.hpp>

void f() { spanwise::span{"ends at once"}; }
