// Baggage: small values that travel with a request through every process. Nothing of it is put on spans by itself.
#include <spanwise/spanwise.hpp>

#include <cstdio>
#include <map>
#include <string>

void handle(std::map<std::string, std::string> const& headers) {
  auto const attached = spanwise::attach(spanwise::extract(headers));
  spanwise::baggage const received = spanwise::current_context().baggage();
  spanwise::span work{"handle", {"tenant", received.get("tenant")}}; // left out if there is none
  for (auto const& entry : received)
    std::printf("%.*s=%.*s\n", static_cast<int>(entry.key.size()), entry.key.data(),
                static_cast<int>(entry.value.size()), entry.value.data());
}

int main() {
  auto tracing = spanwise::start("shop", spanwise::console{});
  std::map<std::string, std::string> headers;
  {
    spanwise::context const mine = spanwise::current_context();
    auto const attached = spanwise::attach(mine.with(mine.baggage().set("tenant", "acme").set("note", "two words")));
    spanwise::inject(headers);
  }
  std::printf("baggage: %s\n", headers["baggage"].c_str());
  handle(headers);
}

// Prints:
// baggage: tenant=acme,note=two%20words
// tenant=acme
// note=two words
// trace ... 1 span
// shop  handle ... tenant=acme
