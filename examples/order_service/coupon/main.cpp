// The coupon service's process: HTTP, the two caches it may ask, and the exporter.

#include "../common/arguments.hpp"
#include "../common/http.hpp"
#include "fetch_coupon.hpp"

int main(int argc, char** argv) {
  shop::arguments const given{argc, argv};
  auto tracing = spanwise::start("coupon", spanwise::batch{spanwise::otlp_http{}});

  shop::cache_node const primary{"primary", given.number("--primary", 8091)};
  shop::cache_node const standby{"standby", given.number("--standby", 8092)};

  spanwise::traced_server<httplib::Server> server;
  server.Get("/coupon", [&](httplib::Request const& request, httplib::Response& response) {
    shop::respond(response, shop::fetch_coupon(request.get_param_value("code"), primary, standby));
  });
  return shop::serve(server, given.number("--port", 8083), tracing);
}
