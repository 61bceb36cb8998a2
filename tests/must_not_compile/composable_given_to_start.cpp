// error: spanwise: a sampler has should_sample(sampling_parameters const&), which gives a sampling_result, and description(); what is composable alone, such as a parent_threshold, goes into spanwise::composite_sampler{...}
#include <spanwise/spanwise.hpp>

spanwise::any_sampler f() { return spanwise::parent_threshold{spanwise::always_on{}}; }
