// Rules say which spans are worth keeping: the first that matches counts, and its sampler decides.
#include <spanwise/spanwise.hpp>

#include <cstdio>

void serve(char const* route, int requests) {
  for (int i = 0; i < requests; ++i) {
    spanwise::span request{route, {.kind = spanwise::span_kind::server}, {"http.route", route}};
    spanwise::span query{"query"};
  }
}

int main() {
  using namespace spanwise;
  adjustable_ratio rest{0.1}; // copies share the ratio, and it may be set from any thread
  rule_based rules{rule{name_is{"/checkout"}, trace_id_ratio{0.05}},
                   rule{name_like{"/admin/*"}, kind_is{span_kind::server}, always_on{}},
                   rule{attribute_is{"http.route", "/health"}, always_off{}},
                   rule{name_is{"/report"}, rate_limiting{1}}, // so many traces a second
                   rest};
  memory_sink kept;
  auto tracing = start("shop", simple{memory{kept}}, {.sampler = parent_based{std::move(rules)}});

  auto percent = [&](char const* route) {
    kept.clear();
    serve(route, 100'000);
    std::printf("%-12s %2d %% of the traces\n", route, static_cast<int>(kept.size() / 2 + 500) / 1000);
  };
  percent("/checkout");
  percent("/cart");
  percent("/admin/users");
  rest.set(0.01);
  percent("/cart");
}

// Prints:
// /checkout     5 % of the traces
// /cart        10 % of the traces
// /admin/users 100 % of the traces
// /cart         1 % of the traces
