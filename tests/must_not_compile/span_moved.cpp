// error: deleted
#include <spanwise/trace/span.hpp>

#include <utility>

void f(spanwise::span& span) { spanwise::span other{std::move(span)}; }
