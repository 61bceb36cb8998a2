// error: spanwise: this type has no meaning as an attribute value
#include <spanwise/trace/span.hpp>

enum channel { web, shop };

void f(spanwise::span& span, channel given) { span.set("channel", given); }
