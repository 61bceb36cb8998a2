// error: spanwise: this key takes text
#include <spanwise/semconv.hpp>
#include <spanwise/trace.hpp>

#include <optional>

void f(spanwise::span& span, std::optional<int> id) { span.set(spanwise::semconv::db_response_status_code, id); }
