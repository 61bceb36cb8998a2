// The order service's process: HTTP in, HTTP out to inventory and coupons, and the exporter.

#include "../common/arguments.hpp"
#include "../common/http.hpp"
#include "../common/log.hpp"
#include "process_order.hpp"

namespace {

nlohmann::json to_json(shop::order const& placed) {
  nlohmann::json body{{"id", placed.id}, {"lines", nlohmann::json::array()}};
  for (auto const& line : placed.lines) body["lines"].push_back({{"sku", line.sku}, {"quantity", line.quantity}});
  return body;
}

} // namespace

int main(int argc, char** argv) {
  shop::arguments const given{argc, argv};
  auto tracing = spanwise::start("order", spanwise::batch{spanwise::otlp_http{}});

  std::string const inventory = given.text("--inventory", "127.0.0.1:8082");
  std::string const coupons = given.text("--coupon", "127.0.0.1:8083");
  shop::backends const others{
      .reserve =
          [&](shop::order const& placed) {
            spanwise::traced_client client{"http://" + inventory};
            return shop::read_reply(client.Post("/reservations", to_json(placed).dump(), "application/json"),
                                    "inventory");
          },
      .fetch_coupon =
          [&](std::string const& code) {
            spanwise::traced_client client{"http://" + coupons};
            return shop::read_reply(client.Get("/coupon", httplib::Params{{"code", code}}, httplib::Headers{}),
                                    "coupon service");
          }};

  spanwise::traced_server<httplib::Server> server;
  server.Post("/orders", [&](httplib::Request const& request, httplib::Response& response) {
    shop::reply made;
    try {
      shop::order const placed = shop::read_order(nlohmann::json::parse(request.body));
      made = shop::process_order(placed, others);
      shop::log("order {}: {}", placed.id, made.has_value() ? "placed" : made.error());
    } catch (nlohmann::json::exception const& problem) {
      made = shop::refuse(400, "this is no order");
      shop::log("not an order: {}", problem.what());
    }
    shop::respond(response, made);
  });
  return shop::serve(server, given.number("--port", 8081), tracing);
}
