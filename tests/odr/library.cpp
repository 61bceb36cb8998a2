// Built into a shared library with hidden visibility: its span continues the trace of the program that loads it.
#include <spanwise/spanwise.hpp>

extern "C" [[gnu::visibility("default")]] void library_work() {
  spanwise::span span{"library", {"n", 1}};
  spanwise::current_span().set("m", 2);
}
