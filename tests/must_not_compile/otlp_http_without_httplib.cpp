// error: spanwise: include <httplib.h> where you call start
#include <spanwise/export/otlp_http.hpp>

void start(spanwise::exporter_setup const& setup) {
  auto const sender = spanwise::detail::make_sender(spanwise::otlp_http{}, setup);
}
