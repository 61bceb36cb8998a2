// error: spanwise: this type has no meaning as an attribute value
#include <spanwise/trace/span.hpp>

void f(spanwise::span& span, char letter) { span.set("letter", letter); }
