// Any type can carry a context: two small functions beside it are all it takes, found through its namespace.
#include <spanwise/spanwise.hpp>

#include <cstdio>
#include <string>
#include <string_view>

namespace acme {

struct frame { // of a protocol that has one text field for such things
  std::string trace_parent;
  std::string payload;
};

void spanwise_set(frame& to, std::string_view name, std::string_view value) {
  if (name == "traceparent") to.trace_parent = value;
}
void spanwise_get(frame const& from, std::string_view name, spanwise::each_value each) {
  if (name == "traceparent" && !from.trace_parent.empty()) each(from.trace_parent);
}

} // namespace acme

int main() {
  auto tracing = spanwise::start("bus", spanwise::batch{spanwise::console{}});
  acme::frame message{.trace_parent = "", .payload = "hello"};
  {
    spanwise::span sending{"send"};
    spanwise::inject(message, spanwise::trace_context{}); // this format alone, not the baggage
  }
  std::printf("%s\n", message.trace_parent.c_str());
  spanwise::span receiving{"receive", {.parent = spanwise::extract(message)}};
}

// Prints:
// 00-...-...-03
// trace ... 2 spans
// bus  send ...
//      ... receive ...
