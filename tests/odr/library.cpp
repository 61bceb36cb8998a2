// Built into a shared library with hidden visibility: its span continues the trace of the program that loads it, and it
// knows what a propagator there has read.
#include <spanwise/spanwise.hpp>

extern "C" [[gnu::visibility("default")]] void library_work() {
  spanwise::span span{"library", {"n", 1}};
  spanwise::current_span().set("m", 2);
}

extern "C" [[gnu::visibility("default")]] bool library_sees_debug() {
  return spanwise::sampling_state_of(spanwise::current_context()) == spanwise::sampling_state::debug;
}
