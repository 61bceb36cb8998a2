// error: spanwise: this key takes an array of texts
#include <spanwise/semconv.hpp>
#include <spanwise/trace.hpp>

void f(spanwise::span& span) { span.set(spanwise::semconv::http_request_header<"accept">, "text/html"); }
