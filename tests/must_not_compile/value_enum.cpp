// error: spanwise: this type has no meaning as an attribute value
#include <spanwise/trace/span.hpp>

enum class channel { web, shop };

void f(spanwise::span& span) { span.set("channel", channel::web); }
