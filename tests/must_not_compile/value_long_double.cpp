// error: spanwise: this type has no meaning as an attribute value
#include <spanwise/trace/span.hpp>

void f(spanwise::span& span, long double ratio) { span.set("ratio", ratio); }
