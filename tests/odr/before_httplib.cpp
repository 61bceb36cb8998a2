// <httplib.h> comes last, but before the pipeline is started.
#include <spanwise/spanwise.hpp>
#include <httplib.h>

bool start_before_httplib() {
  auto tracing = spanwise::start("odr", spanwise::batch{spanwise::otlp_http{.endpoint = "http://127.0.0.1:9"}});
  { spanwise::span span{"never arrives"}; }
  auto const result = tracing.shutdown(std::chrono::milliseconds{200});
  return result.exported == 0;
}
