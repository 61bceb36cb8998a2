// A span processor sees spans start and end on the thread that does it. This one copies an entry of the baggage to each
// span, and counts those that fail.
#include <spanwise/spanwise.hpp>

#include <atomic>
#include <cstdio>

std::atomic<int> failures{0};

struct tenant_on_every_span {
  void on_start(spanwise::started_span& span, spanwise::context const& parent) {
    span.set("tenant", parent.baggage().get("tenant")); // left out if there is none
  }
  void on_end(spanwise::finished_span const& span) {
    if (span.status() == spanwise::status_code::error) ++failures;
  }
};

int main() {
  {
    auto tracing = spanwise::start("shop", spanwise::console{}, {.processors = {tenant_on_every_span{}}});
    spanwise::context const mine = spanwise::current_context();
    auto const attached = spanwise::attach(mine.with(mine.baggage().set("tenant", "acme")));
    spanwise::span order{"place order"};
    spanwise::span pay{"charge card"};
    pay.error("card was declined");
  }
  std::printf("%d failed\n", failures.load());
}

// Prints:
// trace ... 2 spans  1 error
// shop  place order ... tenant=acme
//       └ ✗ charge card ... card was declined  tenant=acme
// 1 failed
