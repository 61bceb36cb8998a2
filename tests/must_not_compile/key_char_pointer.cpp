// error: spanwise: an attribute key is a string literal; for a key that is made at run time write spanwise::any_key(text)
#include <spanwise/trace/current_span.hpp>

void f(char const* name) { spanwise::current_span().set({name, 1}); }
