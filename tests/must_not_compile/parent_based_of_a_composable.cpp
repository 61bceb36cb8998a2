// error: spanwise: parent_based takes samplers, which have should_sample(sampling_parameters const&), which gives a sampling_result, and description(); the composable sampler that follows its parent is spanwise::parent_threshold
#include <spanwise/spanwise.hpp>

auto f() { return spanwise::parent_based{spanwise::parent_threshold{spanwise::probability{0.1}}}; }
