// tee sends spans to several exporters; a chain puts stages before one of them. Each branch has its own account.
#include <spanwise/spanwise.hpp>

#include <cstdio>
#include <string>

int main() {
  spanwise::memory_sink all;
  spanwise::memory_sink errors;
  auto failed =
      spanwise::filter{[](spanwise::span_view const& span) { return span.status() == spanwise::status_code::error; }};
  auto tracing = spanwise::start(
      "shop", spanwise::batch{spanwise::tee{spanwise::memory{all}, spanwise::chain{failed, spanwise::memory{errors}}}});

  for (int i = 0; i < 10; ++i) {
    spanwise::span order{"order", {"number", i}};
    if (i == 7) order.error("out of stock");
  }
  static_cast<void>(tracing.shutdown());

  for (spanwise::delivery_counts const& branch : tracing.stats().branches)
    std::printf("%d exported, %d filtered\n", static_cast<int>(branch.exported), static_cast<int>(branch.filtered));
  std::printf("order failed: %s\n", std::string{errors.spans().at(0).status_message()}.c_str());
}

// Prints:
// 10 exported, 0 filtered
// 1 exported, 9 filtered
// order failed: out of stock
