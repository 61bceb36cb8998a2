// error: spanwise: on_start of a span processor takes a started_span& and a context const&
#include <spanwise/trace/span_processor.hpp>

struct counts {
  void on_start(spanwise::started_span&) {}
  void on_end(spanwise::finished_span const&) {}
};

spanwise::span_processors f() {
  return {counts{}};
}
