// shutdown(d) returns by then, whatever the receiver does, and says what became of the spans. Nothing is lost in
// silence: started = exported + rejected + failed + filtered + sampled out + dropped + in flight.
#include <spanwise/spanwise.hpp>

#include <chrono>
#include <cstdio>
#include <thread>

using namespace std::chrono_literals;

/// A collector that hangs.
struct stuck_exporter {
  spanwise::export_result export_spans(spanwise::span_batch const& batch,
                                       std::chrono::steady_clock::time_point until) noexcept {
    std::this_thread::sleep_until(until);
    return {.failed = batch.records.size()};
  }
};

int main() {
  auto tracing = spanwise::start("shop", spanwise::batch{stuck_exporter{}});
  for (int i = 0; i < 1000; ++i) spanwise::span order{"order"};

  auto const before = std::chrono::steady_clock::now();
  spanwise::shutdown_result const end = tracing.shutdown(200ms);
  bool const in_time = std::chrono::steady_clock::now() - before < 1s; // with room for a busy machine
  std::printf("in time: %s\n", in_time ? "yes" : "no");
  std::printf("exported %d, lost %d\n", static_cast<int>(end.exported), static_cast<int>(end.dropped + end.left));

  spanwise::span late{"after shutdown"}; // does nothing
  auto const counts = tracing.stats().spans;
  std::printf("started %d, accounts balanced: %s\n", static_cast<int>(counts.started),
              counts.balanced() ? "yes" : "no");
}

// Prints:
// in time: yes
// exported 0, lost 1000
// started 1000, accounts balanced: yes
