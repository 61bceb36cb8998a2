// error: spanwise: this type has no meaning as an attribute value
#include <spanwise/trace/span.hpp>

struct tree {
  tree const* children;
  int count;
  [[nodiscard]] tree const* begin() const { return children; }
  [[nodiscard]] tree const* end() const { return children + count; }
};

void f(spanwise::span& span, tree const& given) { span.set("tree", given); }
