// error: spanwise: annotating takes a composable sampler, which has intent(starting_span const&), which gives a sampling_intent, and description()
#include <spanwise/spanwise.hpp>

auto f() { return spanwise::annotating{spanwise::trace_id_ratio{0.1}, {{"rule", "a"}}}; }
