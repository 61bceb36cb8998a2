// A service between old and new ones: it reads either format, B3 or W3C trace context, and writes both.
// Without a word of this in the program, the environment can say so too: OTEL_PROPAGATORS=tracecontext,b3
#include <spanwise/spanwise.hpp>

#include <cstdio>
#include <map>
#include <string>

using headers = std::map<std::string, std::string>;

headers handle(headers const& request) {
  spanwise::span work{"handle", {.kind = spanwise::span_kind::server, .parent = spanwise::extract(request)}};
  headers onward;
  spanwise::inject(onward);
  return onward;
}

int main() {
  spanwise::composite const formats{spanwise::trace_context{}, spanwise::b3{}};
  auto tracing = spanwise::start("middle", spanwise::batch{spanwise::console{}}, {.propagators = formats});

  headers const of_zipkin{{"b3", "9e2b74c10d5f4a36b8e1f7035cda6924-c47f20a9be8d1356-d"}}; // to debug: that goes on
  for (auto const& [name, value] : handle(of_zipkin)) std::printf("%s: %s\n", name.c_str(), value.c_str());
}

// Prints:
// b3: 9e2b74c10d5f4a36b8e1f7035cda6924-...-d
// traceparent: 00-9e2b74c10d5f4a36b8e1f7035cda6924-...-01
// trace 9e2b74c10d5f4a36b8e1f7035cda6924 ... 1 span
// middle  handle [server] ... called by span c47f20a9be8d1356
