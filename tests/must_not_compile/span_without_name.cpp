// error: no matching
#include <spanwise/trace/span.hpp>

void f() { spanwise::span span; }
