// Spans nest as scopes do, from function to function, without being handed on. One that fails says so and why.
#include <spanwise/spanwise.hpp>

#include <optional>
#include <string_view>

std::optional<int> find_stock(std::string_view item) {
  spanwise::span lookup{"find stock", {"item", item}};
  return item == "tea" ? std::optional{12} : std::nullopt;
}

bool reserve(std::string_view item) {
  spanwise::span reservation{"reserve", {"item", item}};
  // check() takes bools, error codes, optional- and expected-like results; a failure makes the span an error.
  if (!reservation.check(find_stock(item))) return false;
  reservation.ok(); // said for sure; most spans just leave it unset
  return true;
}

int main() {
  auto tracing = spanwise::start("inventory", spanwise::console{});

  spanwise::span order{"order"};
  for (std::string_view const item : {"tea", "samovar"})
    if (!reserve(item)) order.error("not all items can be had");
}

// Prints:
// trace ... 5 spans  2 errors
// inventory  ... order ... not all items can be had
//            ... reserve ... item=tea
//            ... find stock ... item=tea
//            ... reserve ... item=samovar
//            ... find stock ... item=samovar
