// error: spanwise: this key takes a whole number
#include <spanwise/semconv.hpp>
#include <spanwise/trace.hpp>

void f(spanwise::detached_span& span) { span.set(spanwise::semconv::server_port, 80.0); }
