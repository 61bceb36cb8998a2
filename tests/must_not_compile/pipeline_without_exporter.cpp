// error: spanwise: the last part of a pipeline must be an exporter
#include <spanwise/spanwise.hpp>

struct forgot_something {};

int main() { auto tracing = spanwise::start("shop", spanwise::batch{forgot_something{}}); }
