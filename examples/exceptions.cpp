// tracer.in(name, work) runs work in a span. An exception is recorded with its type and message, and goes on its way.
#include <spanwise/spanwise.hpp>

#include <stdexcept>

inline constexpr spanwise::tracer tracer{"acme.payment", "1.8.3"};

int charge(int cents) {
  return tracer.in("charge", [&](spanwise::span& span) {
    span.set("cents", cents);
    if (cents > 10'000) throw std::invalid_argument{"over the limit of this card"};
    return cents;
  });
}

int main() {
  auto tracing = spanwise::start("payment", spanwise::console{});

  charge(1290);
  try {
    charge(99'900);
  } catch (std::invalid_argument const&) {
    // what came out of the span is what was thrown in it
  }
}

// Prints:
// trace ... 1 span
// payment  charge ... cents=1290
//
// trace ... 1 span  1 error
// payment  ... charge ...
// ...over the limit of this card
// ...cents=99900  error.type=std::invalid_argument
// ... exception ...
// ...exception.type=std::invalid_argument  exception.message=over the limit of this card
