// error: spanwise: to extract from this type, declare in its namespace
#include <spanwise/context/propagator.hpp>

struct message {};

auto f(message const& given) { return spanwise::extract(given); }
