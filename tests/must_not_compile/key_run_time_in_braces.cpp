// error: spanwise: an attribute key is a string literal; for a key that is made at run time write spanwise::any_key(text)
#include <spanwise/trace/span.hpp>

#include <string>

void f(std::string const& name) { spanwise::span span{"work", {name, 1}}; }
