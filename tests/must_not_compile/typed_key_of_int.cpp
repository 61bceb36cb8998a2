// error: spanwise: a typed_key is of bool, std::int64_t, double, std::string_view, or one of these with []
#include <spanwise/semconv.hpp>
#include <spanwise/trace.hpp>

inline constexpr spanwise::typed_key<int> items{"order.items"};
