// <httplib.h> comes first, and this translation unit starts a pipeline over it.
#include <httplib.h>
#include <spanwise/spanwise.hpp>

bool start_after_httplib() {
  auto tracing = spanwise::start("odr", spanwise::batch{spanwise::otlp_http{.endpoint = "http://127.0.0.1:9"}});
  { spanwise::span span{"never arrives"}; }
  auto const result = tracing.shutdown(std::chrono::milliseconds{200});
  return result.exported == 0;
}
