// error: spanwise: each part of a pipeline but the last must be a stage
#include <spanwise/spanwise.hpp>

struct no_stage {};

int main() { auto tracing = spanwise::start("shop", spanwise::batch{no_stage{}, spanwise::console{}}); }
