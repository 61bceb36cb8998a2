// error: spanwise: this type has no meaning as an attribute value
#include <spanwise/trace/span.hpp>

#include <vector>

struct order {
  int id;
};

void f(spanwise::span& span, std::vector<order> const& orders) { span.set("orders", orders); }
