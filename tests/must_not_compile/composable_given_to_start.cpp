// error: spanwise: a sampler has should_sample(sampling_parameters const&), which gives a sampling_result, and description()
#include <spanwise/spanwise.hpp>

spanwise::any_sampler f() { return spanwise::parent_threshold{spanwise::always_on{}}; }
