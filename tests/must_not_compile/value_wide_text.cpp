// error: spanwise: this type has no meaning as an attribute value
#include <spanwise/trace/span.hpp>

#include <string>

void f(spanwise::span& span, std::wstring const& name) { span.set("name", name); }
