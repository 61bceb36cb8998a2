// error: spanwise: this key takes a whole number
#include <spanwise/semconv.hpp>
#include <spanwise/trace.hpp>

void f(spanwise::span& span) { span.set(spanwise::semconv::http_response_status_code, "200"); }
