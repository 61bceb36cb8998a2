// The service that the W3C's trace-context harness tests: w3c-service PORT. It takes POST /test with a JSON array of
// {"url", "arguments"}, posts each item's arguments to its url, and answers when all these calls have returned.
// Which headers go along is the instrumentation's doing alone.
#include <spanwise/spanwise.hpp>

#include "conformance/bounded_json.hpp"

#include <httplib.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

namespace {

using json = nlohmann::json;

/// Nobody looks at the spans; what counts is what the calls carry.
struct nowhere {
  spanwise::export_result export_spans(spanwise::span_batch const& batch, spanwise::deadline) noexcept {
    return {.exported = batch.records.size()};
  }
};

/// Posts `arguments` to `url`; false if nobody answers, or cpp-httplib can't make a call of it, for which it throws.
bool post(std::string const& url, std::string const& arguments) try {
  std::size_t const scheme = url.find("://");
  std::size_t const target = url.find_first_of("/?#", scheme == url.npos ? 0 : scheme + 3);
  spanwise::traced_client client{url.substr(0, target)};
  client.set_connection_timeout(5);
  client.set_read_timeout(5);
  std::string const path = target == url.npos ? "" : url.substr(target);
  return bool{client.Post((path.starts_with('/') ? "" : "/") + path, arguments, "application/json")};
} catch (std::exception const&) {
  return false;
}

/// Makes one call; false if it has no answer.
bool call(json const& item) {
  return post(item.at("url").get<std::string>(), item.value("arguments", json::array()).dump());
}

void serve_calls(httplib::Request const& request, httplib::Response& response) {
  int unanswered = 0;
  try {
    json const items = conformance::parse_bounded(request.body);
    for (json const& item : items.is_array() ? items : json::array()) unanswered += call(item) ? 0 : 1;
  } catch (std::exception const& problem) {
    response.status = 400;
    return response.set_content(problem.what(), "text/plain");
  }
  response.status = unanswered == 0 ? 200 : 502;
  response.set_content(json{{"unanswered", unanswered}}.dump(), "application/json");
}

} // namespace

int main(int count, char** arguments) {
  char* end = nullptr;
  long const port = count == 2 ? std::strtol(arguments[1], &end, 10) : 0;
  if (end == nullptr || *end != '\0' || port < 1 || port > 65535) {
    std::cerr << "usage: w3c-service PORT, a number from 1 to 65535\n";
    return 2;
  }
  auto tracing = spanwise::start("w3c-service", spanwise::batch{nowhere{}});
  spanwise::traced_server<httplib::Server> server;
  server.Post("/test", serve_calls);
  // cpp-httplib's own choice, SO_REUSEPORT, would let two of them share one port and half of the requests each.
  server.set_socket_options([](auto socket) {
    int const yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  if (!server.bind_to_port("127.0.0.1", static_cast<int>(port))) {
    std::cerr << "w3c-service: port " << port << " of 127.0.0.1 cannot be listened on; is it in use?\n";
    return 1;
  }
  return server.listen_after_bind() ? 0 : 1;
}
