// Spans of a tracer that is off leave no instruction behind: for hot loops, and for builds that must not have any.
// SPANWISE_OFF, defined before the header, does so for all of them.
#include <spanwise/spanwise.hpp>

#include <cstdio>
#include <type_traits>

inline constexpr bool trace_the_inner_loop = false;
using mode = std::conditional_t<trace_the_inner_loop, spanwise::on, spanwise::off>;
inline constexpr spanwise::basic_tracer<mode> inner{"acme.pricing.inner"};

double price(int item) {
  auto span = inner.span("price", {"item", item});
  return item * 1.19;
}

int main() {
  spanwise::memory_sink sink;
  auto tracing = spanwise::start("shop", spanwise::simple{spanwise::memory{sink}});
  double sum = 0;
  {
    spanwise::span quote{"quote"};
    for (int item = 0; item < 100; ++item) sum += price(item);
    quote.set("sum", sum);
  }
  std::printf("%.1f in %d span\n", sum, static_cast<int>(sink.size()));
}

// Prints:
// 5890.5 in 1 span
