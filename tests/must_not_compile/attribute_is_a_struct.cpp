// error: spanwise: attribute_is compares with a text, a whole number, a double or a bool
#include <spanwise/spanwise.hpp>

struct order {};

auto f() { return spanwise::attribute_is{"order.id", order{}}; }
