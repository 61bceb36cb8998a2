// The gateway's process: HTTP in, HTTP out, and the exporter, which exists in this file alone.

#include "../common/arguments.hpp"
#include "../common/http.hpp"
#include "checkout.hpp"

int main(int argc, char** argv) {
  shop::arguments const given{argc, argv};
  auto tracing = spanwise::start("gateway", spanwise::batch{spanwise::otlp_http{}});

  std::string const orders = given.text("--order", "127.0.0.1:8081");
  auto const place = [&](std::string const& order) {
    spanwise::traced_client client{"http://" + orders};
    return shop::read_reply(client.Post("/orders", order, "application/json"), "order service");
  };

  // Callers learn which trace they are in from the header that W3C proposes for it.
  spanwise::traced_server<httplib::Server> server{{.context_header = "traceresponse"}};
  server.Post("/checkout", [&](httplib::Request const& request, httplib::Response& response) {
    shop::respond(response, shop::checkout(request.get_header_value("X-Channel"), request.body, place));
  });
  return shop::serve(server, given.number("--port", 8080), tracing);
}
