// Events note that something happened at a moment; links point at other spans, of this trace or of another.
#include <spanwise/spanwise.hpp>

int main() {
  auto tracing = spanwise::start("mailer", spanwise::console{});

  spanwise::span first{"accept order", {.parent = spanwise::root}, {"order.id", "A-1"}};
  spanwise::context const one = first.context();
  first.end();
  spanwise::span second{"accept order", {.parent = spanwise::root}, {"order.id", "A-2"}};
  spanwise::context const two = second.context();
  second.end();

  // A batch belongs to many requests, so it has no parent among them: it is linked to each.
  spanwise::span batch{"send mails", {.parent = spanwise::root, .links = {{one.span()}}}, {"mails", 2}};
  batch.link(two.span(), {"position", 2});
  batch.event("connected", {"server.address", "mail.example.com"});
  batch.event("sent", {"bytes", 5120});
}

// Prints:
// trace ... 1 span
// mailer  accept order ... order.id=A-1
//
// trace ... 1 span
// mailer  accept order ... order.id=A-2
//
// trace ... 1 span
// mailer  send mails ...
// ...mails=2 ... span ... of trace ...
// ... span ... of trace ...
// ... connected ... server.address=mail.example.com
// ... sent ... bytes=5120
