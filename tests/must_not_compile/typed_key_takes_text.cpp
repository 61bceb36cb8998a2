// error: spanwise: this key takes text
#include <spanwise/semconv.hpp>
#include <spanwise/trace.hpp>

void f() { spanwise::span span{"x", {spanwise::semconv::http_request_method, 1}}; }
