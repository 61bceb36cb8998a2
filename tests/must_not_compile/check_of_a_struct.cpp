// error: spanwise: check() takes a bool, an error code, or an optional- or expected-like result
#include <spanwise/trace/span.hpp>

struct answer {
  bool good;
};

bool f(spanwise::span& span, answer const& given) { return span.check(given); }
