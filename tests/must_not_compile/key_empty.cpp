// error: a_key_is_lower_case_words_joined_by_dots_so_write_any_key_for_any_other_text
#include <spanwise/trace/span.hpp>

void f(spanwise::span& span) { span.set("", 1); }
