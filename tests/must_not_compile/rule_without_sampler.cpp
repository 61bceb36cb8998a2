// error: spanwise: a rule ends in the sampler that decides where it matches
#include <spanwise/spanwise.hpp>

auto f() { return spanwise::rule{spanwise::name_is{"/checkout"}, 0.05}; }
