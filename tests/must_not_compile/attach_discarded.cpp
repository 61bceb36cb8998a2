// error: ignoring
#include <spanwise/context/context.hpp>

void f(spanwise::context const& given) { spanwise::attach(given); }
