// error: spanwise: an exporter in any_of needs a name for OTEL_TRACES_EXPORTER
#include <spanwise/export/any_of.hpp>

struct nameless {
  spanwise::export_result export_spans(spanwise::span_batch const& batch, spanwise::deadline) noexcept {
    return {.exported = batch.records.size()};
  }
};

void start(spanwise::exporter_setup const& setup) {
  auto const sender = spanwise::detail::make_sender(spanwise::any_of{nameless{}}, setup);
}
