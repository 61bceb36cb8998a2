// The same without what only some compilers, processors and kernels have.
#define SPANWISE_PORTABLE
#include "../core/wire.cpp"
