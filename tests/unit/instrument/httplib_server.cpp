#include <spanwise/instrument/httplib_server.hpp>

#include "httplib_fixture.hpp"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <stdexcept>

using namespace testing;
using spanwise::span_kind;
using spanwise::status_code;
using Request = httplib::Request;
using Response = httplib::Response;
using traced_server = spanwise::traced_server<httplib::Server>;

namespace {

void say_hi(Request const&, Response& answer) {
  answer.set_content("hi", "text/plain");
}

} // namespace

TEST_CASE("a request becomes a server span with what the conventions ask for") {
  tracing traced;
  traced_server server;
  server.Get("/orders/(\\d+)", say_hi);
  serving const running{server};
  CHECK(exchange(running.port(),
                 get("/orders/7%32?sig=secret&page=2", "Host: shop.example:8080\r\nUser-Agent: CERN-LineMode/2.15\r\n"))
            .find("200 OK") != std::string::npos);

  auto const spans = traced.spans(1);
  auto const& work = spans[0];
  CHECK(work.name() == "GET /orders/(\\d+)");
  CHECK(work.kind() == span_kind::server);
  CHECK(work.status() == status_code::unset);
  CHECK(work.start() < work.end());
  CHECK(work.scope_name() == "spanwise.httplib");
  CHECK(work.scope_version() == SPANWISE_VERSION);
  CHECK(!work.parent_span_id().valid());
  CHECK(text(work, "http.request.method") == "GET");
  CHECK(text(work, "http.route") == "/orders/(\\d+)");
  CHECK(text(work, "url.path") == "/orders/7%32");
  CHECK(text(work, "url.query") == "sig=REDACTED&page=2");
  CHECK(text(work, "url.scheme") == "http");
  CHECK(text(work, "server.address") == "shop.example");
  CHECK(text(work, "server.port") == "8080");
  CHECK(text(work, "client.address") == "127.0.0.1");
  CHECK(text(work, "network.peer.address") == "127.0.0.1");
  CHECK(find(work, "network.peer.port")->as_int() > 0);
  CHECK(text(work, "network.protocol.version") == "1.1");
  CHECK(text(work, "user_agent.original") == "CERN-LineMode/2.15");
  CHECK(text(work, "http.response.status_code") == "200");
  for (char const* absent :
       {"error.type", "http.request.method_original", "network.protocol.name", "client.port", "http.request.body.size",
        "http.response.body.size", "network.local.address", "network.local.port", "network.transport",
        "http.request.size", "http.response.size", "user_agent.synthetic.type"})
    CHECK(!has(work, absent));
}

TEST_CASE("what is not there is not told") {
  tracing traced;
  traced_server server;
  server.Get("/", say_hi);
  serving const running{server};
  static_cast<void>(exchange(running.port(), "GET / HTTP/1.0\r\n\r\n"));
  auto const spans = traced.spans(1);
  auto const& work = spans[0];
  CHECK(text(work, "network.protocol.version") == "1.0");
  CHECK(text(work, "url.path") == "/");
  for (char const* absent : {"url.query", "server.address", "server.port", "user_agent.original"})
    CHECK(!has(work, absent));
}

TEST_CASE("behind a proxy the span tells what the client asked the proxy for") {
  tracing traced;
  traced_server server;
  server.Get("/", say_hi);
  serving const running{server};
  std::string const headers =
      "Host: 10.0.0.7\r\nForwarded: for=\"[2001:db8::17]:4711\";proto=https;host=shop.example:8443\r\n";
  static_cast<void>(exchange(running.port(), get("/", headers)));
  auto const spans = traced.spans(1);
  CHECK(text(spans[0], "url.scheme") == "https");
  CHECK(text(spans[0], "server.address") == "shop.example");
  CHECK(text(spans[0], "server.port") == "8443");
  CHECK(text(spans[0], "client.address") == "2001:db8::17");
  CHECK(text(spans[0], "network.peer.address") == "127.0.0.1");
}

TEST_CASE("headers of proxies count for nothing where they are not trusted") {
  tracing traced;
  traced_server server{{.trust_forwarded = false}};
  server.Get("/", say_hi);
  serving const running{server};
  static_cast<void>(exchange(
      running.port(), get("/", "Host: shop.example\r\nX-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https\r\n")));
  auto const spans = traced.spans(1);
  CHECK(text(spans[0], "url.scheme") == "http");
  CHECK(text(spans[0], "client.address") == "127.0.0.1");
}

TEST_CASE("sizes and sockets are recorded on demand") {
  tracing traced;
  traced_server server{{.record_body_sizes = true, .record_socket = true}};
  server.Post("/", say_hi);
  serving const running{server};
  httplib::Client client{"127.0.0.1", running.port()};
  REQUIRE(client.Post("/", "12345", "text/plain"));
  auto const spans = traced.spans(1);
  auto const& work = spans[0];
  CHECK(text(work, "http.request.body.size") == "5");
  CHECK(text(work, "http.response.body.size") == "2");
  CHECK(text(work, "client.port") == text(work, "network.peer.port"));
  CHECK(text(work, "network.local.address") == "127.0.0.1");
  CHECK(text(work, "network.local.port") == std::to_string(running.port()));
  CHECK(text(work, "network.transport") == "tcp");
}

TEST_CASE("every way to register a route is traced, in a chain too") {
  tracing traced;
  traced_server server;
  server.Get("/", say_hi)
      .Post("/", say_hi)
      .Put("/", say_hi)
      .Patch("/", say_hi)
      .Delete("/", say_hi)
      .Options("/", say_hi);
  serving const running{server};
  httplib::Client client{"127.0.0.1", running.port()};
  REQUIRE(client.Get("/"));
  REQUIRE(client.Post("/"));
  REQUIRE(client.Put("/"));
  REQUIRE(client.Patch("/"));
  REQUIRE(client.Delete("/"));
  REQUIRE(client.Options("/"));
  std::vector<std::string> names;
  for (auto const& each : traced.spans(6)) names.emplace_back(each.name());
  std::sort(names.begin(), names.end());
  CHECK(names == std::vector<std::string>{"DELETE /", "GET /", "OPTIONS /", "PATCH /", "POST /", "PUT /"});
}

TEST_CASE("HEAD is served by the handlers of GET") {
  tracing traced;
  traced_server server;
  server.Get("/file", [](Request const&, Response& answer) {
    answer.set_content_provider(
        4, "text/plain", [](std::size_t, std::size_t, httplib::DataSink& sink) { return sink.write("body", 4); });
  });
  serving const running{server};
  httplib::Client client{"127.0.0.1", running.port()};
  REQUIRE(client.Head("/file"));
  auto const spans = traced.spans(1);
  CHECK(spans[0].name() == "HEAD /file");
  CHECK(text(spans[0], "http.request.method") == "HEAD");
  CHECK(spans[0].status() == status_code::unset);
}

TEST_CASE("a handler with a content reader is traced") {
  tracing traced;
  traced_server server;
  auto const echo = [](Request const&, Response& answer, httplib::ContentReader const& read) {
    std::string body;
    read([&](char const* data, std::size_t size) {
      body.append(data, size);
      return true;
    });
    spanwise::current_span().set("body.read", body.size());
    answer.set_content(body, "text/plain");
  };
  server.Post("/up", echo).Put("/up", echo).Patch("/up", echo).Delete("/up", echo);
  serving const running{server};
  httplib::Client client{"127.0.0.1", running.port()};
  for (auto const& answer : {client.Post("/up", "four", "text/plain"), client.Put("/up", "four", "text/plain"),
                             client.Patch("/up", "four", "text/plain"), client.Delete("/up", "four", "text/plain")}) {
    REQUIRE(answer);
    CHECK(answer->body == "four");
  }
  for (auto const& each : traced.spans(4)) CHECK(text(each, "body.read") == "4");
}

TEST_CASE("a multipart form arrives as without tracing") {
  tracing traced;
  traced_server server;
  server.Post("/form", [](Request const& asked, Response& answer) {
    answer.set_content(std::to_string(asked.is_multipart_form_data()), "text/plain");
  });
  serving const running{server};
  std::string const body =
      "--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"a.txt\"\r\n\r\n1\r\n--b--\r\n";
  std::string const answer = exchange(
      running.port(),
      "POST /form HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary=b\r\n"
      "Content-Length: " +
          std::to_string(body.size()) + "\r\n\r\n" + body);
  CHECK(answer.find("200 OK") != std::string::npos);
  CHECK(answer.back() == '1');
  auto const spans = traced.spans(1);
  CHECK(spans[0].name() == "POST /form");
  CHECK(spans[0].status() == status_code::unset);
}

TEST_CASE("the span lasts until a streamed answer is sent, and is current meanwhile") {
  tracing traced;
  traced_server server;
  std::atomic<bool> released{false};
  server.Get("/stream", [&](Request const&, Response& answer) {
    answer.set_chunked_content_provider(
        "text/plain",
        [](std::size_t offset, httplib::DataSink& sink) {
          spanwise::span part{"part"};
          sink.write("chunk", 5);
          if (offset >= 10) sink.done();
          return true;
        },
        [&](bool success) { released = success; });
  });
  serving const running{server};
  httplib::Client client{"127.0.0.1", running.port()};
  auto const answer = client.Get("/stream");
  REQUIRE(answer);
  CHECK(answer->body == "chunkchunkchunk");
  auto const spans = traced.spans(4);
  auto const& work = one(spans, span_kind::server);
  CHECK(work.status() == status_code::unset);
  CHECK(released);
  for (auto const& each : spans) {
    if (each.kind() == span_kind::server) continue;
    CHECK(each.parent_span_id() == work.span_id());
    CHECK(each.end() <= work.end());
  }
}

TEST_CASE("a body that could not be sent is an error") {
  tracing traced;
  traced_server server;
  server.Get("/stream", [](Request const&, Response& answer) {
    answer.set_content_provider(10, "text/plain", [](std::size_t, std::size_t, httplib::DataSink&) { return false; });
  });
  serving const running{server};
  static_cast<void>(exchange(running.port(), get("/stream")));
  auto const spans = traced.spans(1);
  CHECK(spans[0].status() == status_code::error);
  CHECK(text(spans[0], "error.type") == "incomplete_response");
  CHECK(text(spans[0], "http.response.status_code") == "200");
}

TEST_CASE("5xx is an error, 4xx is none") {
  tracing traced;
  traced_server server;
  server.Get("/(\\d+)", [](Request const& asked, Response& answer) { answer.status = std::stoi(asked.matches[1]); });
  serving const running{server};
  httplib::Client client{"127.0.0.1", running.port()};
  for (int const status : {200, 204, 302, 404, 429, 500, 503}) {
    INFO(status);
    traced.sink().clear();
    REQUIRE(client.Get(("/" + std::to_string(status)).c_str()));
    auto const spans = traced.spans(1);
    CHECK(text(spans[0], "http.response.status_code") == std::to_string(status));
    CHECK(spans[0].status() == (status >= 500 ? status_code::error : status_code::unset));
    CHECK(text(spans[0], "error.type") == (status >= 500 ? std::to_string(status) : "-"));
    CHECK(spans[0].status_message().empty());
  }
}

TEST_CASE("an exception is recorded and goes on to the server") {
  tracing traced;
  traced_server server;
  server.Get("/throw", [](Request const&, Response&) -> void { throw std::runtime_error{"out of stock"}; });
  server.Get("/odd", [](Request const&, Response&) -> void { throw 7; });
  serving const running{server};
  httplib::Client client{"127.0.0.1", running.port()};
  auto answer = client.Get("/throw");
  REQUIRE(answer);
  CHECK(answer->status == 500);
  {
    auto const spans = traced.spans(1);
    auto const& work = spans[0];
    CHECK(work.status() == status_code::error);
    CHECK(work.status_message() == "out of stock");
    CHECK(text(work, "error.type") == "std::runtime_error");
    CHECK(text(work, "http.response.status_code") == "500");
    int events = 0;
    for (auto const event : work.events()) {
      ++events;
      CHECK(event.name() == "exception");
      CHECK(text(event, "exception.type") == "std::runtime_error");
      CHECK(text(event, "exception.message") == "out of stock");
      CHECK(!has(event, "exception.escaped"));
    }
    CHECK(events == 1);
  }
  traced.sink().clear();
  answer = client.Get("/odd");
  REQUIRE(answer);
  CHECK(answer->status == 500);
  auto const spans = traced.spans(1);
  CHECK(spans[0].status() == status_code::error);
  CHECK(text(spans[0], "error.type") == "int");
}

TEST_CASE("an exception that the program's own handler answers is judged by that answer") {
  tracing traced;
  traced_server server;
  server.Get("/missing", [](Request const&, Response&) -> void { throw std::out_of_range{"no such order"}; });
  server.set_exception_handler([](Request const&, Response& answer, std::exception_ptr const& thrown) {
    // The span is still current here.
    spanwise::current_span().set("handled", thrown != nullptr);
    answer.status = 404;
  });
  serving const running{server};
  httplib::Client client{"127.0.0.1", running.port()};
  auto const answer = client.Get("/missing");
  REQUIRE(answer);
  CHECK(answer->status == 404);
  auto const spans = traced.spans(1);
  CHECK(spans[0].status() == status_code::unset);
  CHECK(!has(spans[0], "error.type"));
  CHECK(has(spans[0], "handled"));
  CHECK(text(spans[0], "http.response.status_code") == "404");
  CHECK((*spans[0].events().begin()).name() == "exception");
}

TEST_CASE("requests without a route get a span named after the method") {
  tracing traced;
  traced_server server;
  server.Get("/known", say_hi);
  server.set_pre_routing_handler([](Request const& asked, Response& answer) {
    if (asked.path != "/forbidden") return httplib::Server::HandlerResponse::Unhandled;
    answer.status = 403;
    return httplib::Server::HandlerResponse::Handled;
  });
  std::atomic<int> logged{0};
  server.set_logger([&](Request const&, Response const&) { ++logged; });
  auto const folder = std::filesystem::temp_directory_path() / ("spanwise-mount-" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  std::ofstream{folder / "page.txt"} << "page";
  REQUIRE(server.set_mount_point("/files", folder.string()));
  serving const running{server};
  auto const traced_as = [&](std::string const& text_of_request) {
    traced.sink().clear();
    static_cast<void>(exchange(running.port(), text_of_request));
    return traced.spans(1)[0];
  };

  auto const missing = traced_as(get("/nowhere?a=b", "Host: shop.example\r\n" + std::string{traceparent}));
  CHECK(missing.name() == "GET");
  CHECK(missing.kind() == span_kind::server);
  CHECK(missing.status() == status_code::unset);
  CHECK(text(missing, "http.response.status_code") == "404");
  CHECK(text(missing, "url.path") == "/nowhere");
  CHECK(text(missing, "url.query") == "a=b");
  CHECK(!has(missing, "http.route"));
  CHECK(!has(missing, "error.type"));
  CHECK(hex(missing.trace_id()) == trace);
  CHECK(hex(missing.parent_span_id()) == caller);
  CHECK(missing.start() < missing.end());

  CHECK(text(traced_as(get("/forbidden")), "http.response.status_code") == "403");
  auto const file = traced_as(get("/files/page.txt"));
  CHECK(file.name() == "GET");
  CHECK(text(file, "http.response.status_code") == "200");

  auto const unknown = traced_as("BREW /pot HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK(unknown.name() == "HTTP");
  CHECK(text(unknown, "http.request.method") == "_OTHER");
  CHECK(text(unknown, "http.request.method_original") == "BREW");
  CHECK(text(unknown, "http.response.status_code") == "400");

  CHECK(traced_as(get("/known")).name() == "GET /known");
  CHECK(logged == 5);
  std::filesystem::remove_all(folder);
}

TEST_CASE("a route that tracing does not know of looks like none") {
  tracing traced;
  traced_server server;
  std::atomic<bool> current{true};
  server.plain().Get("/plain", [&](Request const&, Response& answer) {
    current = spanwise::current_context().span().valid();
    say_hi({}, answer);
  });
  serving const running{server};
  static_cast<void>(exchange(running.port(), get("/plain", traceparent)));
  auto const spans = traced.spans(1);
  CHECK(spans[0].name() == "GET");
  CHECK(text(spans[0], "http.response.status_code") == "200");
  CHECK(!current);
}

TEST_CASE("a server that belongs to somebody else is wrapped") {
  tracing traced;
  httplib::Server plain;
  plain.Get("/untraced", say_hi);
  {
    spanwise::traced_server routes{plain};
    static_assert(std::is_same_v<decltype(routes), spanwise::traced_server<httplib::Server&>>);
    routes.Get("/traced", say_hi).Post("/traced", say_hi);
    spanwise::traced_server{plain, {.context_header = "traceresponse"}}.Get("/told", say_hi);
  }
  serving const running{plain};
  httplib::Client client{"127.0.0.1", running.port()};
  REQUIRE(client.Get("/untraced"));
  REQUIRE(client.Get("/nowhere"));
  REQUIRE(client.Get("/traced"));
  auto const answer = client.Get("/told");
  REQUIRE(answer);
  CHECK(answer->has_header("traceresponse"));
  std::vector<std::string> names;
  for (auto const& each : traced.spans(2)) names.emplace_back(each.name());
  std::sort(names.begin(), names.end());
  CHECK(names == std::vector<std::string>{"GET /told", "GET /traced"});
}
