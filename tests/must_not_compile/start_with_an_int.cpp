// error: spanwise: the last part of a pipeline must be an exporter
#include <spanwise/spanwise.hpp>

int main() { auto tracing = spanwise::start("shop", 4318); }
