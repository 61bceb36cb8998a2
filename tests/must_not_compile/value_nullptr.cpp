// error: spanwise: nullptr is no attribute value; leave the attribute out instead
#include <spanwise/trace/span.hpp>

void f(spanwise::span& span) { span.set("order.id", nullptr); }
