// inject writes the current context into the headers of a message, extract reads it: the trace goes on in the receiver.
#include <spanwise/spanwise.hpp>

#include <cstdio>
#include <map>
#include <string>

using headers = std::map<std::string, std::string>; // or a vector of pairs, httplib::Headers, a type of yours

headers send() {
  spanwise::span sending{"send", spanwise::span_kind::producer};
  headers message;
  spanwise::inject(message);
  return message;
}

void receive(headers const& message) {
  spanwise::context const sender = spanwise::extract(message); // empty if there is none: a new trace then
  spanwise::span receiving{"receive", {.kind = spanwise::span_kind::consumer, .parent = sender}};
}

int main() {
  auto tracing = spanwise::start("queue", spanwise::batch{spanwise::console{}});
  headers const message = send();
  for (auto const& [name, value] : message) std::printf("%s: %s\n", name.c_str(), value.c_str());
  receive(message);
}

// Prints:
// traceparent: 00-...-...-03
// trace ... 2 spans
// queue  send [producer] ...
//        ... receive [consumer] ...
