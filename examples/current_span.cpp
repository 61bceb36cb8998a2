// current_span() reaches the span that is current on this thread, from any function: nobody has to hand it down.
#include <spanwise/spanwise.hpp>

#include <string_view>

// A function deep inside knows nothing of spans around it, and still tells them something.
int price_of(std::string_view item) {
  spanwise::current_span().set("item.last", item);
  if (item == "samovar") spanwise::current_span().event("price guessed", {"item", item});
  return item == "samovar" ? 9900 : 890;
}

int main() {
  auto tracing = spanwise::start("shop", spanwise::console{});
  static_cast<void>(price_of("mug")); // no span is current: nothing happens

  spanwise::span quote{"quote"};
  int const sum = price_of("tea") + price_of("samovar");
  quote.set("cents", sum);
}

// Prints:
// trace ... 1 span
// shop  quote ... item.last=samovar  cents=10790
//         ... price guessed ... item=samovar
