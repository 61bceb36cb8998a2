// The function whose machine code is compared: FORM 0 has no tracing, 1 has a tracer that is off, 2 is compiled with
// SPANWISE_OFF. The three must be equal.
#include <string_view>

#if FORM != 0
#include <spanwise/spanwise.hpp>
#endif

bool reserve_inventory(std::string_view id);
int price_of(std::string_view id);

#if FORM == 1
namespace {
inline constexpr spanwise::basic_tracer<spanwise::off> tracer{"acme.orders", "1.8.3"};
}
#endif

bool process_order(std::string_view id) {
#if FORM == 1
  auto span = tracer.span("process-order", {"order.id", id});
#elif FORM == 2
  spanwise::span span{"process-order", {"order.id", id}};
#endif
  if (!reserve_inventory(id)) {
#if FORM != 0
    span.error("inventory reservation failed");
#endif
    return false;
  }
  int const price = price_of(id);
#if FORM != 0
  span.set("order.price", price);
  span.event("priced", {"currency", "EUR"});
#endif
  return price > 0;
}
