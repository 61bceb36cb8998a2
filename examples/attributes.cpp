// Every kind of value that an attribute can have. Anything else is refused while compiling, in one sentence.
#include <spanwise/spanwise.hpp>

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace acme {
enum class priority { low, high };
/// Teaches spanwise a type of your own.
std::string_view spanwise_value(priority value) {
  return value == priority::high ? "high" : "low";
}
} // namespace acme

int main() {
  auto tracing = spanwise::start("shop", spanwise::console{});
  std::string const customer = "Ada";
  std::vector<int> const sizes{38, 42};
  std::map<std::string, double> const prices{{"mug", 24.5}, {"tea", 8.9}};
  std::optional<int> const floor; // empty: the attribute is left out
  std::array const token{std::byte{0xca}, std::byte{0xfe}};

  spanwise::span order{"order",          {"paid", true},         {"items", 3},
                       {"weight", 1.25}, {"customer", customer}, {"sizes", sizes}};
  order.set("channel", "web");
  order.set({"prices", prices}, {"floor", floor}, {"token", token}, {"priority", acme::priority::high});
  order.set("tags", {"gift", "fragile"});
  order.set(spanwise::any_key("Header " + customer), "a key that is made at run time");
  order.set("items", 4); // the last value of a key counts
}

// Prints:
// trace ... 1 span
// shop  order ...
// ...paid=true  items=4  weight=1.25  customer=Ada  sizes=[38,42]  channel=web
// ...prices={"mug":24.5,"tea":8.9}  token=yv4=  priority=high  tags=["gift","fragile"]
// ...Header Ada=a key that is made at run time
