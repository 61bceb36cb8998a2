// error: spanwise: this type has no meaning as an attribute value
#include <spanwise/trace/span.hpp>

void f(spanwise::span& span, int* count) { span.set("count", count); }
