// error: spanwise: this type has no meaning as an attribute value
#include <spanwise/trace/span.hpp>

#include <chrono>

void f(spanwise::span& span) { span.set("wait", std::chrono::seconds{1}); }
