// error: spanwise: this type has no meaning as an attribute value
#include <spanwise/trace/span.hpp>

struct order {
  int id;
};

void f(order const& given) { spanwise::span span{"work", {"order", given}}; }
