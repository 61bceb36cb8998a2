// error: ignoring
#include <spanwise/spanwise.hpp>

void f() { spanwise::start("shop", spanwise::console{}); }
