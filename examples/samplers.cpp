// A sampler decides, when a span starts, whether it is recorded. Children and other services follow their parent.
#include <spanwise/spanwise.hpp>

#include <cstdio>

/// A sampler of one's own: health checks are not worth a trace.
struct no_health_checks {
  spanwise::sampling_result should_sample(spanwise::sampling_parameters const& asked) const {
    return {asked.name == "GET /health" ? spanwise::sampling_decision::drop
                                        : spanwise::sampling_decision::record_and_sample};
  }
  spanwise::sampler_description description() const { return "NoHealthChecks"; }
};

template <class Sampler> void sampled_by(char const* what, Sampler sampler) {
  auto tracing = spanwise::start("shop", spanwise::memory{}, {.sampler = std::move(sampler)});
  for (int i = 0; i < 1000; ++i) {
    spanwise::span request{i % 2 == 0 ? "GET /health" : "GET /cart"};
    spanwise::span child{"query"};
  }
  static_cast<void>(tracing.shutdown());
  auto const counts = tracing.stats().spans;
  auto const kept = counts.started - counts.sampled_out;
  std::printf("%-15s keeps about %d in ten\n", what, static_cast<int>((kept + 100) / 200));
}

int main() {
  sampled_by("always_on", spanwise::always_on{});
  sampled_by("always_off", spanwise::always_off{});
  sampled_by("trace_id_ratio", spanwise::parent_based{spanwise::trace_id_ratio{0.1}});
  sampled_by("one's own", spanwise::parent_based{no_health_checks{}});
}

// Prints:
// always_on       keeps about 10 in ten
// always_off      keeps about 0 in ten
// trace_id_ratio  keeps about 1 in ten
// one's own       keeps about 5 in ten
