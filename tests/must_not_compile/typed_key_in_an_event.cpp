// error: spanwise: this key takes a whole number
#include <spanwise/semconv.hpp>
#include <spanwise/trace.hpp>

void f(spanwise::span& span) { span.event("retry", {spanwise::semconv::http_request_resend_count, "1"}); }
