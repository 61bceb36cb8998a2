// error: spanwise: a sampler has should_sample(sampling_parameters const&), which gives a sampling_result, and description(); what is composable alone, such as a parent_threshold, goes into spanwise::composite_sampler{...}
#include <spanwise/trace/sampler.hpp>

struct only_checkouts {
  bool should_sample(spanwise::sampling_parameters const&) const { return true; }
};

spanwise::any_sampler f() { return only_checkouts{}; }
