// Off at compile time, servers and clients hand the context on and make no span.
#define SPANWISE_OFF
#include <spanwise/instrument/httplib_client.hpp>
#include <spanwise/instrument/httplib_server.hpp>

#include "httplib_fixture.hpp"

#include <mutex>

TEST_CASE("with tracing off at compile time the context still goes through") {
  testing::tracing traced;
  std::mutex guard;
  std::string received;
  spanwise::traced_server<httplib::Server> behind;
  behind.Get("/", [&](httplib::Request const& asked, httplib::Response&) {
    std::lock_guard const lock{guard};
    received = asked.get_header_value("traceparent");
  });
  testing::serving const behind_running{behind};
  spanwise::traced_server<httplib::Server> front;
  front.Get("/", [&](httplib::Request const&, httplib::Response& answer) {
    spanwise::traced_client client{behind_running.url()};
    auto const reached = client.Get("/");
    answer.status = reached ? reached->status : 500;
  });
  testing::serving const front_running{front};
  std::string const answer = testing::exchange(front_running.port(), testing::get("/", testing::traceparent));
  CHECK(answer.find("200 OK") != std::string::npos);
  std::lock_guard const lock{guard};
  CHECK("traceparent: " + received + "\r\n" == testing::traceparent);
  CHECK(traced.sink().size() == 0);
}
