// error: spanwise: this key takes a floating-point number, or an integer of at most 32 bits
#include <spanwise/semconv.hpp>
#include <spanwise/trace.hpp>

inline constexpr spanwise::typed_key<double> share{"cache.share"};
void f(spanwise::span& span, long long big) { span.set(share, big); }
