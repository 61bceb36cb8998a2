// Compiled with SPANWISE_OFF and linked with translation units that are on: works, and makes no span.
#include <spanwise/spanwise.hpp>

#ifndef SPANWISE_OFF
#error "compile this with -DSPANWISE_OFF"
#endif

void off_work() {
  spanwise::span span{"off", {"n", 1}};
  span.error("nobody hears");
}
