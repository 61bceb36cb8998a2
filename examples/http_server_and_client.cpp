// Two words change in a program that uses cpp-httplib, and its requests are traced on both sides, as one trace.
#include <spanwise/spanwise.hpp>

#include <httplib.h>

#include <cstdio>
#include <thread>

int main() {
  auto tracing = spanwise::start("shop", spanwise::batch{spanwise::console{}});

  spanwise::traced_server<httplib::Server> server; // was: httplib::Server server;
  server.Get("/stock", [](httplib::Request const& request, httplib::Response& response) {
    spanwise::span lookup{"look up", {"item", request.get_param_value("item")}};
    response.set_content("12", "text/plain");
  });
  int const port = server.bind_to_any_port("127.0.0.1");
  std::thread serving{[&] { server.listen_after_bind(); }};
  while (!server.is_running()) std::this_thread::yield();

  {
    spanwise::span order{"order"};
    spanwise::traced_client client{"http://127.0.0.1:" + std::to_string(port)}; // was: httplib::Client
    auto const answer = client.Get("/stock?item=tea");
    std::printf("stock: %s\n", answer ? answer->body.c_str() : "unknown");
  }
  server.stop();
  serving.join();
}

// Prints:
// stock: 12
// trace ... 4 spans
// shop  order ...
//       ... GET [client] ...
// ...
//       ... GET /stock [server] ...
// ...
//       ... look up ... item=tea
