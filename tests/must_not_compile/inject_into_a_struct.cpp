// error: spanwise: to inject into this type, declare in its namespace
#include <spanwise/context/propagator.hpp>

struct message {};

void f(message& given) { spanwise::inject(given); }
