// compiles
#include <spanwise/spanwise.hpp>

#include <httplib.h>

int main() { auto tracing = spanwise::start("shop", spanwise::batch{spanwise::otlp_http{}}); }
