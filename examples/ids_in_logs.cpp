// Log lines with the ids of trace and span lead from a line to its trace and back. spanwise/fmt.hpp lets fmt print
// them.
#include <spanwise/fmt.hpp>
#include <spanwise/spanwise.hpp>

template <class... Values> void log(fmt::format_string<Values...> text, Values&&... values) {
  fmt::print("{} {}\n", spanwise::current_context(), fmt::format(text, std::forward<Values>(values)...));
}

int main() {
  spanwise::memory_sink sink;
  auto tracing = spanwise::start("shop", spanwise::memory{sink});
  {
    spanwise::span order{"order"};
    log("order {} placed", "A-1");
  }
  fmt::print("trace {}\n", sink.find("order")->trace_id());
  fmt::print("{}\n", tracing.shutdown());
}

// Prints:
// trace_id=... span_id=... trace_flags=03 order A-1 placed
// trace ...
// exported 1, dropped 0, left 0
