// error: spanwise: rule_based takes rules, and behind them, if you like, one sampler for the rest
#include <spanwise/spanwise.hpp>

auto f() {
  return spanwise::rule_based{spanwise::trace_id_ratio{0.1}, spanwise::rule{spanwise::name_is{"/checkout"}, spanwise::always_on{}}};
}
