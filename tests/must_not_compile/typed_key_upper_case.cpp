// error: a_key_is_lower_case_words_joined_by_dots
#include <spanwise/semconv.hpp>
#include <spanwise/trace.hpp>

inline constexpr spanwise::typed_key<bool> paid{"Order.Paid"};
