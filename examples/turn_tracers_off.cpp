// A library's tracer can be turned off from outside, at the start and while the program runs.
#include <spanwise/spanwise.hpp>

inline constexpr spanwise::tracer pool{"acme.connection-pool", "2.1"};
inline constexpr spanwise::tracer shop{"acme.shop"};

void work(char const* name) {
  auto const request = shop.span(name);
  auto const borrowed = pool.span("borrow connection");
  auto const query = shop.span("query");
}

int main() {
  auto tracing = spanwise::start("shop", spanwise::console{}, {.tracers = [](spanwise::scope_view const& scope) {
    return spanwise::tracer_config{.enabled = scope.name != "acme.connection-pool"};
  }});
  work("first");
  tracing.configure_tracers({}); // from now on all are on
  work("second");
}

// Prints:
// trace ... 2 spans
// shop  first ...
//       └ query ...
//
// trace ... 3 spans
// shop  second ...
//       └ borrow connection ...
//         └ query ...
