// error: spanwise: this key takes a whole number
#include <spanwise/semconv.hpp>
#include <spanwise/trace.hpp>

#include <string>
#include <variant>

void f(spanwise::span& span, std::variant<int, std::string> port) {
  span.set(spanwise::semconv::server_port, port);
}
