// Stages stand between spans and exporter, from left to right, and run on the background thread. What they take out is
// counted as filtered.
#include <spanwise/spanwise.hpp>

#include <cstdio>

/// A stage of one's own: keeps one in `every` of the spans of a name, and all that failed.
struct thin_out {
  std::string_view name;
  int every;
  int seen = 0;

  bool keep(spanwise::span_view const& span) {
    return span.name() != name || span.status() == spanwise::status_code::error || seen++ % every == 0;
  }
};

int main() {
  spanwise::memory_sink sink;
  auto no_health_checks =
      spanwise::filter{[](spanwise::span_view const& span) { return span.name() != "GET /health"; }};
  auto tracing =
      spanwise::start("shop", spanwise::batch{no_health_checks, thin_out{"poll", 10}, spanwise::memory{sink}});

  for (int i = 0; i < 100; ++i) {
    spanwise::span health{"GET /health"};
    spanwise::span poll{"poll"};
    if (i == 50) poll.error("no connection");
  }
  static_cast<void>(tracing.shutdown());

  auto const counts = tracing.stats().branches.at(0);
  std::printf("%d exported, %d filtered\n", static_cast<int>(counts.exported), static_cast<int>(counts.filtered));
}

// Prints:
// 11 exported, 189 filtered
