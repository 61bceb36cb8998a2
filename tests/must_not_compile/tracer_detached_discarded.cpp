// error: ignoring
#include <spanwise/trace/tracer.hpp>

inline constexpr spanwise::tracer tracer{"acme.orders"};

void f() { tracer.detached("ends at once"); }
