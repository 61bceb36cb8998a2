// error: spanwise: always_record takes a sampler, which has should_sample(sampling_parameters const&), which gives a sampling_result, and description()
#include <spanwise/spanwise.hpp>

auto f() { return spanwise::always_record{0.1}; }
