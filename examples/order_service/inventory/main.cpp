// The inventory service's process: HTTP, the goods of a data file, and the exporter.

#include "../common/arguments.hpp"
#include "../common/http.hpp"
#include "stock.hpp"

#include <fstream>

int main(int argc, char** argv) {
  shop::arguments const given{argc, argv};
  auto tracing = spanwise::start("inventory", spanwise::batch{spanwise::otlp_http{}});

  std::ifstream file{given.text("--stock", "stock.json")};
  shop::stock stock{nlohmann::json::parse(file)};

  spanwise::traced_server<httplib::Server> server;
  server.Post("/reservations", [&](httplib::Request const& request, httplib::Response& response) {
    auto const body = nlohmann::json::parse(request.body);
    std::vector<shop::reserved_line> lines;
    for (auto const& line : body.at("lines")) lines.push_back({line.at("sku"), line.at("quantity")});
    shop::respond(response, stock.reserve(body.value("id", ""), lines));
  });
  return shop::serve(server, given.number("--port", 8082), tracing);
}
