#include <spanwise/export/otlp_http.hpp>

#include "catch.hpp"
#include "child_process.hpp"
#include "diagnostics_log.hpp"
#include "export_fixture.hpp"

#include <httplib.h>
#include <sys/wait.h>

#include <set>
#include <thread>

using namespace std::chrono_literals;
using spanwise::environment;
using spanwise::export_result;
using spanwise::otlp_http;
using spanwise::otlp_http_protobuf;

namespace {

template <class Description> spanwise::sender<Description> make(Description given, environment const& env = {}) {
  return {std::move(given), spanwise::exporter_setup{env}};
}

/// A collector that remembers requests and answers as it is told.
struct collector {
  httplib::Server server;
  int port{};
  std::thread thread;
  std::mutex mutex;
  std::vector<httplib::Request> requests;
  int status = 200;
  std::string body;
  std::string content_type = "application/json";

  collector() {
    auto const answer = [this](httplib::Request const& request, httplib::Response& response) {
      std::lock_guard const lock{mutex};
      requests.push_back(request);
      response.status = status;
      if (!body.empty()) response.set_content(body, content_type.c_str());
      if (status / 100 == 3) response.set_header("Location", "http://elsewhere/v1/traces?key=secret");
    };
    server.Post(".*", answer);
    server.set_keep_alive_max_count(1000);
    port = server.bind_to_any_port("127.0.0.1");
    thread = std::thread{[this] { server.listen_after_bind(); }};
    while (!server.is_running()) std::this_thread::sleep_for(1ms);
  }
  ~collector() {
    server.stop();
    thread.join();
  }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port); }
  void answer(int with_status, std::string with_body, std::string type = "application/json") {
    std::lock_guard const lock{mutex};
    status = with_status;
    body = std::move(with_body);
    content_type = std::move(type);
  }
  [[nodiscard]] httplib::Request last() {
    std::lock_guard const lock{mutex};
    REQUIRE_FALSE(requests.empty());
    return requests.back();
  }
};

} // namespace

TEST_CASE("spans arrive as OTLP/JSON at /v1/traces") {
  diagnostics_log log;
  collector in;
  sample_spans const spans{3};
  auto out = make(otlp_http{.endpoint = in.url()});
  CHECK(out.usable());
  CHECK(out.export_spans(spans, ::in(5s)) == export_result{.exported = 3});
  auto const request = in.last();
  spanwise::detail::buffer expected;
  REQUIRE(spanwise::encode_otlp_json(spans, expected));
  CHECK(request.method == "POST");
  CHECK(request.path == "/v1/traces");
  CHECK(request.body == expected.text());
  CHECK(request.get_header_value("Content-Type") == "application/json");
  CHECK(request.get_header_value("User-Agent") == "spanwise-otlp-cpp/" SPANWISE_VERSION);
  CHECK(request.get_header_value("Content-Length") == std::to_string(expected.size()));
  CHECK_FALSE(request.has_header("Transfer-Encoding"));
  CHECK(log.lines().empty());
}

TEST_CASE("spans arrive as OTLP/protobuf, by the endpoint of the environment") {
  diagnostics_log log;
  collector in;
  sample_spans const spans{2};
  auto out = make(otlp_http_protobuf{}, {{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", in.url() + "/intake,a:b?key=1"},
                                         {"OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"}});
  CHECK(out.export_spans(spans, ::in(5s)) == export_result{.exported = 2});
  auto const request = in.last();
  spanwise::detail::buffer expected;
  REQUIRE(spanwise::encode_otlp_protobuf(spans, expected));
  CHECK(request.target == "/intake,a:b?key=1");
  CHECK(request.body == expected.text());
  CHECK(request.get_header_value("Content-Type") == "application/x-protobuf");
  CHECK(log.lines().empty());
}

TEST_CASE("an empty batch is not sent") {
  collector in;
  auto out = make(otlp_http{.endpoint = in.url()});
  CHECK(out.export_spans(sample_spans{0}, ::in(5s)) == export_result{});
  CHECK(in.requests.empty());
}

TEST_CASE("headers come from code, or else from the environment") {
  diagnostics_log log;
  collector in;
  sample_spans const spans{1};
  environment const env{{"OTEL_EXPORTER_OTLP_HEADERS", "general=1"},
                        {"OTEL_EXPORTER_OTLP_TRACES_HEADERS", "authorization=Basic%20abc,user-agent=mine"}};
  auto from_environment = make(otlp_http{.endpoint = in.url()}, env);
  CHECK(from_environment.export_spans(spans, ::in(5s)).exported == 1);
  CHECK(in.last().get_header_value("Authorization") == "Basic abc");
  CHECK(in.last().get_header_value("User-Agent") == "mine");
  CHECK(in.last().get_header_value_count("User-Agent") == 1);
  CHECK_FALSE(in.last().has_header("general"));
  CHECK(log.lines().empty());

  auto from_code = make(otlp_http{.endpoint = in.url(),
                                  .headers = {{"tenant", "7"},
                                              {"Content-Type", "text/plain"},
                                              {"HOST", "evil"},
                                              {"x", "a\r\ny: b"},
                                              {"bad name", "1"},
                                              {"Tenant", "8"}}},
                        env);
  CHECK(from_code.export_spans(spans, ::in(5s)).exported == 1);
  CHECK(in.last().get_header_value("tenant") == "8");
  CHECK(in.last().get_header_value_count("tenant") == 1);
  CHECK(in.last().get_header_value("Content-Type") == "application/json");
  CHECK(in.last().get_header_value("Host") == "127.0.0.1:" + std::to_string(in.port));
  for (auto const* absent : {"Authorization", "x", "y", "bad name"}) CHECK_FALSE(in.last().has_header(absent));
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines()[0] == "the header Content-Type is the exporter's own; it is left out");
}

TEST_CASE("a variable that asks for something else than was built gives one line, and the type wins") {
  diagnostics_log log;
  collector in;
  auto out = make(otlp_http{.endpoint = in.url()},
                  {{"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}, {"OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"}});
  CHECK(out.export_spans(sample_spans{1}, ::in(5s)).exported == 1);
  CHECK(in.last().get_header_value("Content-Type") == "application/json");
  REQUIRE(log.lines().size() == 2);
  CHECK(log.lines()[0] ==
        "OTEL_EXPORTER_OTLP_PROTOCOL asks for grpc, but the program was built to send http/json, which it "
        "does; collectors take that at their port for HTTP, 4318 by default");
}

TEST_CASE("one connection serves many exports") {
  collector in;
  auto out = make(otlp_http{.endpoint = in.url()});
  for (int round = 0; round < 20; ++round) CHECK(out.export_spans(sample_spans{1}, ::in(5s)).exported == 1);
  std::set<int> ports;
  for (auto const& request : in.requests) ports.insert(request.remote_port);
  CHECK(in.requests.size() == 20);
  CHECK(ports.size() == 1);
}

TEST_CASE("a partial success counts what was refused") {
  diagnostics_log log;
  collector in;
  sample_spans const spans{5};
  auto out = make(otlp_http{.endpoint = in.url()});
  in.answer(200, R"({"partialSuccess":{"rejectedSpans":"2","errorMessage":"too old"}})");
  CHECK(out.export_spans(spans, ::in(5s)) == export_result{.exported = 3, .rejected = 2});
  in.answer(200, R"({"partialSuccess":{"rejectedSpans":"200"}})");
  CHECK(out.export_spans(spans, ::in(5s)) == export_result{.rejected = 5});
  in.answer(200, std::string("\x0a\x02\x08\x04", 4), "application/x-protobuf");
  CHECK(out.export_spans(spans, ::in(5s)) == export_result{.exported = 1, .rejected = 4});
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines()[0] == "the collector at " + in.url() + "/v1/traces refused 2 of 5 spans: too old");
}

TEST_CASE("a success is a success, whatever its body") {
  diagnostics_log log;
  collector in;
  auto out = make(otlp_http{.endpoint = in.url()});
  auto const sent = [&] { return out.export_spans(sample_spans{1}, ::in(5s)) == export_result{.exported = 1}; };
  in.answer(200, "{}");
  CHECK(sent());
  in.answer(202, "");
  CHECK(sent());
  in.answer(204, "");
  CHECK(sent());
  CHECK(log.lines().empty());
  in.answer(200, R"({"partialSuccess":{"errorMessage":"soon gone"}})");
  CHECK(sent());
  in.answer(200, "not json", "text/plain");
  CHECK(sent());
  REQUIRE(log.lines().size() == 2);
  CHECK(log.lines()[0] == "the collector at " + in.url() + "/v1/traces warns: soon gone");
  CHECK(log.lines()[1] ==
        "the answer of " + in.url() + "/v1/traces is not OTLP, but its status says that the spans have arrived");
}

TEST_CASE("each kind of refusal says what to mend") {
  collector in;
  std::string const url = in.url() + "/v1/traces";
  auto const said = [&](int status, std::string body) {
    diagnostics_log log;
    in.answer(status, std::move(body));
    auto out = make(otlp_http{.endpoint = in.url()});
    CHECK(out.export_spans(sample_spans{4}, ::in(5s)) == export_result{.failed = 4});
    REQUIRE(log.lines().size() == 1);
    std::string const end = " (4 spans lost so far)";
    std::string const line = log.lines()[0];
    CHECK(line.ends_with(end));
    CHECK(line.starts_with("the collector at " + url + " answered " + std::to_string(status)));
    return line.substr(0, line.size() - end.size()).substr(("the collector at " + url + " answered ").size() + 3);
  };
  CHECK(said(400, R"({"code":3,"message":"bad id"})") == " (bad id)");
  CHECK(said(401, "") == "; check the credentials in OTEL_EXPORTER_OTLP_HEADERS");
  CHECK(said(404, "404 page not found") == "; check the path of the endpoint");
  CHECK(said(413, "") == "; lower OTEL_BSP_MAX_EXPORT_BATCH_SIZE or raise its limit");
  CHECK(said(415, "") == "; it does not take JSON, use otlp_http_protobuf");
  CHECK(said(500, "<html>") == "");
  CHECK(said(429, "") == "; it is overloaded or on its way up");
  CHECK(said(503, R"({"message":"full"})") == " (full); it is overloaded or on its way up");
  CHECK(said(302, "") ==
        ", a redirect to http://elsewhere/v1/traces, which is not followed; set the endpoint to where it leads");
}

TEST_CASE("the end of an outage is told, with what was lost") {
  diagnostics_log log;
  collector in;
  auto out = make(otlp_http{.endpoint = in.url()});
  in.answer(503, "");
  for (int round = 0; round < 50; ++round) CHECK(out.export_spans(sample_spans{2}, ::in(5s)).failed == 2);
  CHECK(log.lines().size() == 1);
  in.answer(200, "");
  CHECK(out.export_spans(sample_spans{2}, ::in(5s)).exported == 2);
  REQUIRE(log.lines().size() == 2);
  CHECK(log.lines()[1] == "the collector at " + in.url() + "/v1/traces takes spans again; 100 did not reach it");
}

TEST_CASE("a batch beyond the largest request goes in parts") {
  collector in;
  std::string const name(2'000'000, 'x');
  sample_spans const spans{40, name};
  auto out = make(otlp_http_protobuf{.endpoint = in.url()});
  CHECK(out.export_spans(spans, ::in(30s)) == export_result{.exported = 40});
  REQUIRE(in.requests.size() == 2);
  CHECK(in.requests[0].body.size() + in.requests[1].body.size() > 80'000'000);
}

TEST_CASE("a span beyond the largest request is lost, with a word, and nothing is sent") {
  diagnostics_log const log;
  collector in;
  auto out = make(otlp_http_protobuf{.endpoint = in.url()});
  CHECK(out.export_spans(sample_spans{1, std::string(std::size_t{64} << 20, 'x')}, ::in(30s)) ==
        export_result{.failed = 1});
  CHECK(in.requests.empty());
  CHECK(log.lines() ==
        std::vector<std::string>{"a span is too large to be sent to " + in.url() + " (1 span lost so far)"});
}

TEST_CASE("after shutdown nothing is sent, and a second shutdown does nothing") {
  collector in;
  auto out = make(otlp_http{.endpoint = in.url()});
  CHECK(out.export_spans(sample_spans{1}, ::in(5s)).exported == 1);
  out.shutdown(::in(1s));
  out.shutdown(::in(1s));
  CHECK(out.export_spans(sample_spans{3}, ::in(5s)) == export_result{.failed = 3});
  out.cancel();
  CHECK(in.requests.size() == 1);
}

TEST_CASE("a bad endpoint in code sends nothing anywhere") {
  diagnostics_log log;
  collector in;
  auto out = make(otlp_http{.endpoint = "http//typo"}, {{"OTEL_EXPORTER_OTLP_ENDPOINT", in.url()}});
  CHECK_FALSE(out.usable());
  CHECK(out.export_spans(sample_spans{1}, ::in(5s)) == export_result{.failed = 1});
  out.cancel();
  out.shutdown(::in(1s));
  CHECK(in.requests.empty());
  CHECK(log.lines().size() == 2);
}

TEST_CASE("a forked child starts a connection of its own") {
  if (testing::sanitized) return;
  collector in;
  auto out = make(otlp_http{.endpoint = in.url()});
  CHECK(out.export_spans(sample_spans{1}, ::in(5s)).exported == 1);
  pid_t const child = ::fork();
  if (child == 0) {
    out.cancel();
    bool const sent = out.export_spans(sample_spans{2}, ::in(5s)) == export_result{.exported = 2};
    ::_exit(sent ? 7 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WEXITSTATUS(status) == 7);
  CHECK(out.export_spans(sample_spans{1}, ::in(5s)).exported == 1);
  REQUIRE(in.requests.size() == 3);
  CHECK(in.requests[0].remote_port != in.requests[1].remote_port);
  CHECK(in.requests[0].remote_port == in.requests[2].remote_port);
}

namespace {

/// A client compiled without TLS, with all that the courier asks of one.
struct plain_client {
  struct request_type {
    std::string method, path;
    std::multimap<std::string, std::string> headers;
    std::size_t content_length_{};
    std::function<bool(std::size_t, std::size_t, httplib::DataSink&)> content_provider_;
    std::function<bool(char const*, std::size_t, std::uint64_t, std::uint64_t)> content_receiver;
  };
  plain_client(std::string const&, int) { ++made; }
  [[nodiscard]] bool is_valid() const { return true; }
  void set_keep_alive(bool) {}
  void set_tcp_nodelay(bool) {}
  template <class Options> void set_socket_options(Options) {}
  void set_connection_timeout(time_t, time_t) {}
  void set_read_timeout(time_t, time_t) {}
  void set_write_timeout(time_t, time_t) {}
  bool send(request_type&, httplib::Response& response, httplib::Error&) {
    response.status = 200;
    return true;
  }
  static inline int made = 0;
};

} // namespace

TEST_CASE("https without TLS compiled in is told, and nothing goes out in clear text") {
  diagnostics_log log;
  environment const env;
  spanwise::sender<otlp_http, plain_client> out{{.endpoint = "https://collector:4318"}, {env}};
  CHECK_FALSE(out.usable());
  CHECK(out.export_spans(sample_spans{1}, ::in(5s)) == export_result{.failed = 1});
  CHECK(plain_client::made == 0);
  REQUIRE_FALSE(log.lines().empty());
  CHECK(log.lines()[0] == "https://collector:4318 needs TLS, which cpp-httplib was compiled without (define "
                          "CPPHTTPLIB_OPENSSL_SUPPORT and link OpenSSL); no spans will be sent");
  spanwise::sender<otlp_http, plain_client> clear{{.endpoint = "http://collector:4318"}, {env}};
  CHECK(clear.export_spans(sample_spans{1}, ::in(5s)) == export_result{.exported = 1});
}
