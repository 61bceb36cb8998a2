// compiles
#include <spanwise/trace/span.hpp>

#include <string>

void f(spanwise::span& span, std::string const& name) {
  span.set("order.id", 1);
  span.set("http.request.header.x-forwarded_for", "a");
  span.set("a", 1);
  span.set(spanwise::any_key(name), 1);
  span.set(spanwise::any_key("Order ID"), 1);
}
