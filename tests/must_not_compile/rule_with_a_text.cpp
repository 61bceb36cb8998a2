// error: spanwise: a rule is made of conditions, such as a name_is, and a sampler behind them
#include <spanwise/spanwise.hpp>

auto f() { return spanwise::rule{"/checkout", spanwise::trace_id_ratio{0.05}}; }
