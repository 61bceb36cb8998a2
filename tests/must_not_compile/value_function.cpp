// error: spanwise: this type has no meaning as an attribute value
#include <spanwise/trace/span.hpp>

int count();

void f(spanwise::span& span) { span.set("count", count); }
