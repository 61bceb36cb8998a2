// error: spanwise: parent_threshold takes a composable sampler for roots, which has intent(starting_span const&), which gives a sampling_intent, and description()
#include <spanwise/spanwise.hpp>

auto f() { return spanwise::parent_threshold{spanwise::trace_id_ratio{0.1}}; }
