// error: spanwise: this key takes a bool
#include <spanwise/semconv.hpp>
#include <spanwise/trace.hpp>

void f() { spanwise::current_span().set(spanwise::semconv::messaging_destination_temporary, 1); }
