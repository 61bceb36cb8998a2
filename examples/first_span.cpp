// The smallest program: two spans, printed as a tree when the outer one ends. Needs nothing installed.
#include <spanwise/spanwise.hpp>

int main() {
  auto tracing = spanwise::start("shop", spanwise::console{});

  spanwise::span order{"place order"};
  order.set("order.items", 3);
  spanwise::span pay{"charge card"};
} // `pay` ends first, then `order`, then `tracing` sends what is left

// Prints:
// trace ... 2 spans
// shop  place order ... order.items=3
//       ... charge card ...
