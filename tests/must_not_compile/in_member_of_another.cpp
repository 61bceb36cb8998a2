// error: spanwise: in() calls its work as work() or work(span)
#include <spanwise/trace/tracer.hpp>

struct queue {
  void drain();
};

void f(spanwise::tracer tracer) { tracer.in("x", &queue::drain); }
