// How the services speak HTTP, with cpp-httplib: replies in, replies out, and a server that runs until it is told to
// stop. For their main.cpp alone, which starts tracing too; business code includes neither.
#pragma once

#include <spanwise/fmt.hpp>
#include <spanwise/spanwise.hpp>
#include <spanwise/stop_on_signal.hpp>

#include "reply.hpp"

#include <fmt/core.h>
#include <httplib.h>

#include <string_view>
#include <thread>

namespace shop {

/// Answers a request with a reply.
inline void respond(httplib::Response& response, reply const& made) {
  response.status = made.status;
  response.set_content(made.body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), "application/json");
}

/// What another service answered; 502 if it did not.
[[nodiscard]] inline reply read_reply(httplib::Result const& answered, std::string_view service) {
  if (!answered) return refuse(502, fmt::format("{}: {}", service, httplib::to_string(answered.error())));
  auto body = nlohmann::json::parse(answered->body, nullptr, false);
  if (!body.is_object()) return refuse(answered->status, fmt::format("{}: status {}", service, answered->status));
  return {answered->status, std::move(body)};
}

/// Serves on loopback until SIGTERM or SIGINT comes, finishes what it has begun, and sends the last spans. What main
/// returns.
[[nodiscard]] inline int serve(httplib::Server& server, int port, spanwise::provider& tracing) {
  spanwise::stop_on_signal const stop{[&server] {
    while (!server.is_running()) std::this_thread::yield();
    server.stop();
  }};
  server.new_task_queue = [] { return new httplib::ThreadPool(32); };
  server.set_tcp_nodelay(true);
  server.set_keep_alive_timeout(1);           // a stop waits for idle connections
  server.set_socket_options([](auto socket) { // httplib's own would let two services share a port
    int const yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  if (port == 0) port = server.bind_to_any_port("127.0.0.1");
  else if (!server.bind_to_port("127.0.0.1", port)) port = -1;
  if (port < 0) {
    fmt::print(stderr, "the port is in use\n");
    return 1;
  }
  fmt::print("listening on 127.0.0.1:{}\n", port);
  std::fflush(stdout);
  server.listen_after_bind();

  fmt::print("tracing ended: {}\n", tracing.shutdown());
  return 0;
}

} // namespace shop
