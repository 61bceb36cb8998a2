// error: spanwise: this type has no meaning as an attribute value
#include <spanwise/trace/span.hpp>

#include <memory>

void f(spanwise::span& span, std::shared_ptr<int> const& count) { span.set("count", count); }
