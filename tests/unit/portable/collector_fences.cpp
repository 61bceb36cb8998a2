// The same without what only some compilers, processors and kernels have.
#define SPANWISE_PORTABLE
#include "../pipeline/collector_fences.cpp"
