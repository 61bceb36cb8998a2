// error: spanwise: this key takes a whole number
#include <spanwise/semconv.hpp>
#include <spanwise/trace.hpp>

void f(spanwise::basic_span<spanwise::off>& span) { span.set(spanwise::semconv::server_port, "80"); }
