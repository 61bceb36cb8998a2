#include <spanwise/export/otlp_http.hpp>

#include "catch.hpp"
#include "diagnostics_log.hpp"
#include "export_fixture.hpp"
#include "raw_server.hpp"

#include <httplib.h>

#include <filesystem>

using namespace std::chrono_literals;
using namespace std::string_view_literals;
using spanwise::environment;
using spanwise::export_result;
using spanwise::otlp_http;

namespace {

constexpr auto fine = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}"sv;

spanwise::sender<otlp_http> make(otlp_http given, environment const& env = {}) {
  return {std::move(given), spanwise::exporter_setup{env}};
}

/// Exports to a server that behaves so, and returns the diagnostic; the export must fail, soon after the deadline at
/// most.
std::string failure(std::function<void(raw_connection&)> serve, std::chrono::milliseconds time = 300ms,
                    std::string const& name = "work") {
  diagnostics_log log;
  raw_server server{std::move(serve)};
  auto out = make({.endpoint = server.url()});
  stopwatch const watch;
  CHECK(out.export_spans(sample_spans{1, name}, in(time)) == export_result{.failed = 1});
  CHECK(watch.passed() < time + 1s);
  REQUIRE(log.lines().size() == 1);
  std::string line = log.lines()[0];
  std::string const end = " (1 span lost so far)";
  CHECK(line.ends_with(end));
  line.resize(line.size() - end.size());
  std::size_t const at = line.find(server.url());
  return at == line.npos ? line : line.replace(at, server.url().size(), "URL");
}

std::ptrdiff_t open_files() {
  return std::distance(std::filesystem::directory_iterator{"/proc/self/fd"}, std::filesystem::directory_iterator{});
}

} // namespace

TEST_CASE("a refused connection fails at once and says where nobody listens") {
  diagnostics_log log;
  std::string url;
  {
    url = raw_server{[](raw_connection&) {}}.url();
  }
  auto out = make({.endpoint = url});
  stopwatch const watch;
  for (int round = 0; round < 20; ++round)
    CHECK(out.export_spans(sample_spans{3}, in(5s)) == export_result{.failed = 3});
  CHECK(watch.passed() < 2s);
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines()[0] == "no collector answers at " + url +
                              " (connection refused); start one there or set OTEL_EXPORTER_OTLP_ENDPOINT (3 spans lost "
                              "so far)");
}

TEST_CASE("an unknown host name is told") {
  diagnostics_log log;
  auto out = make({.endpoint = "http://name.invalid:4318"});
  stopwatch const watch;
  CHECK(out.export_spans(sample_spans{1}, in(2s)) == export_result{.failed = 1});
  CHECK(watch.passed() < 3s);
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines()[0].starts_with("the host \"name.invalid\" "));
}

TEST_CASE("interim answers: 100 is passed over, another counts as no answer in time, and ends its connection") {
  bool const known = GENERATE(true, false);
  diagnostics_log const log;
  raw_server server{[&](raw_connection& peer) {
    while (!peer.read_request().empty()) {
      peer.send(known ? "HTTP/1.1 100 Continue\r\n\r\n" : "HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n");
      peer.send(fine);
    }
  }};
  auto out = make({.endpoint = server.url()});
  auto const expected = known ? export_result{.exported = 1} : export_result{.failed = 1};
  for (int i = 0; i < 2; ++i) CHECK(out.export_spans(sample_spans{1}, in(known ? 2s : 300ms)) == expected);
  REQUIRE(log.lines().size() == (known ? 0 : 1));
  CHECK(server.connections() == (known ? 1 : 2));
  if (!known) CHECK(log.lines()[0].find(" did not answer in time") != std::string::npos);
}

TEST_CASE("servers that misbehave cost no more than the deadline") {
  SECTION("silent") {
    CHECK(failure([](raw_connection& peer) { peer.wait_for_close(); }) ==
          "the collector at URL did not answer in time");
  }
  SECTION("a byte now and then, without end") {
    auto const dripping = [](raw_connection& peer) {
      peer.read_request();
      peer.send("HTTP/1.1 200 OK\r\nX-Slow: ");
      while (!peer.stopping() && peer.send("x")) std::this_thread::sleep_for(20ms);
    };
    CHECK(failure(dripping) == "the collector at URL did not answer in time");
  }
  SECTION("takes the request in, but never reads it") {
    auto const unread = [](raw_connection& peer) { peer.wait_for_close(); };
    CHECK(failure(unread, 300ms, std::string(2'000'000, 'x')) == "the collector at URL did not answer in time");
  }
  SECTION("garbage") {
    auto const garbage = [](raw_connection& peer) {
      peer.read_request();
      peer.send("SSH-2.0-OpenSSH_9.2\r\n\x80\xff\x01garbage\r\n\r\n");
      peer.wait_for_close();
    };
    CHECK(failure(garbage) == "what listens at URL closed the connection without an answer that is HTTP");
  }
  SECTION("closes at once, on a large request") {
    CHECK(failure([](raw_connection&) {}, 2s, std::string(2'000'000, 'x')) ==
          "what listens at URL closed the connection without an answer that is HTTP");
  }
  SECTION("closes in the middle of its answer") {
    auto const half = [](raw_connection& peer) {
      peer.read_request();
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{");
    };
    CHECK(failure(half) == "what listens at URL closed the connection without an answer that is HTTP");
  }
  SECTION("an answer that is too long") {
    auto const long_answer = [](raw_connection& peer) {
      peer.read_request();
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n" + std::string(5'000'000, ' '));
      peer.wait_for_close();
    };
    CHECK(failure(long_answer, 5s) == "URL answers with more than 4 MiB; is it an OTLP receiver?");
  }
  SECTION("an answer without end") {
    auto const endless = [](raw_connection& peer) {
      peer.read_request();
      peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      std::string const chunk = "10000\r\n" + std::string(65536, ' ') + "\r\n";
      while (!peer.stopping() && peer.send(chunk)) {}
    };
    CHECK(failure(endless, 5s) == "URL answers with more than 4 MiB; is it an OTLP receiver?");
  }
}

TEST_CASE("an answer of exactly the largest size is read") {
  raw_server server{[](raw_connection& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 4194304\r\n\r\n{}" + std::string(4'194'302, ' '));
    peer.wait_for_close();
  }};
  auto out = make({.endpoint = server.url()});
  CHECK(out.export_spans(sample_spans{1}, in(10s)) == export_result{.exported = 1});
}

TEST_CASE("the exporter's own timeout bounds an export too, and 0 is no bound") {
  diagnostics_log const log;
  raw_server server{[](raw_connection& peer) {
    while (!peer.read_request().empty()) {
      std::this_thread::sleep_for(1s);
      peer.send(fine);
    }
  }};
  stopwatch const watch;
  auto from_code = make({.endpoint = server.url(), .timeout = 100ms}, {{"OTEL_EXPORTER_OTLP_TIMEOUT", "60000"}});
  CHECK(from_code.export_spans(sample_spans{1}, in(10s)) == export_result{.failed = 1});
  auto from_environment = make({.endpoint = server.url()},
                               {{"OTEL_EXPORTER_OTLP_TIMEOUT", "60000"}, {"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "50"}});
  CHECK(from_environment.export_spans(sample_spans{1}, in(10s)) == export_result{.failed = 1});
  CHECK(watch.passed() < 900ms);
  auto unbounded = make({.endpoint = server.url(), .timeout = 0ms});
  CHECK(unbounded.export_spans(sample_spans{1}, in(10s)) == export_result{.exported = 1});
  CHECK(unbounded.export_spans(sample_spans{1}, spanwise::deadline::max()) == export_result{.exported = 1});
}

TEST_CASE("once a request was not answered in time, the next are given up soon") {
  diagnostics_log log;
  raw_server server{[](raw_connection& peer) { peer.wait_for_close(); }};
  auto out = make({.endpoint = server.url(), .timeout = 1500ms});
  auto const took = [&] {
    stopwatch const watch;
    CHECK(out.export_spans(sample_spans{1}, in(20s)).failed == 1);
    return watch.passed();
  };
  CHECK(took() >= 1500ms);
  CHECK(took() < 1s);
  CHECK(took() < 1s);
}

TEST_CASE("after an answer there is patience again") {
  diagnostics_log log;
  std::atomic<int> delay_ms{5000};
  raw_server server{[&](raw_connection& peer) {
    while (!peer.read_request().empty()) {
      if (delay_ms > 2000) return void(peer.wait_for_close());
      std::this_thread::sleep_for(std::chrono::milliseconds{delay_ms});
      peer.send(fine);
    }
  }};
  auto out = make({.endpoint = server.url(), .timeout = 1500ms});
  CHECK(out.export_spans(sample_spans{1}, in(20s)).failed == 1);
  delay_ms = 0;
  CHECK(out.export_spans(sample_spans{1}, in(20s)).exported == 1);
  delay_ms = 800;
  CHECK(out.export_spans(sample_spans{1}, in(20s)).exported == 1);
}

TEST_CASE("a deadline that has passed sends nothing") {
  diagnostics_log log;
  raw_server server{[](raw_connection& peer) { peer.read_request(); }};
  auto out = make({.endpoint = server.url()});
  CHECK(out.export_spans(sample_spans{1}, in(-1s)) == export_result{.failed = 1});
  CHECK(server.connections() == 0);
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines()[0].starts_with("no time was left to send spans to "));
}

TEST_CASE("a connection that the server closed meanwhile is opened again, without a word") {
  diagnostics_log log;
  SECTION("between two requests") {
    raw_server server{[](raw_connection& peer) {
      peer.read_request();
      peer.send(fine);
    }};
    auto out = make({.endpoint = server.url()});
    for (int round = 0; round < 5; ++round) {
      CHECK(out.export_spans(sample_spans{1}, in(5s)) == export_result{.exported = 1});
      std::this_thread::sleep_for(20ms);
    }
    CHECK(server.connections() == 5);
  }
  SECTION("just as the next request comes") {
    raw_server server{[](raw_connection& peer) {
      peer.read_request();
      peer.send(fine);
      peer.read_request();
    }};
    auto out = make({.endpoint = server.url()});
    for (int round = 0; round < 3; ++round)
      CHECK(out.export_spans(sample_spans{1}, in(5s)) == export_result{.exported = 1});
    CHECK(server.connections() == 3);
  }
  CHECK(log.lines().empty());
}

TEST_CASE("an export works again once the collector does") {
  diagnostics_log const log;
  std::atomic<bool> broken = true;
  raw_server server{[&](raw_connection& peer) {
    while (!peer.read_request().empty()) {
      if (broken) {
        peer.wait_for_close();
        return;
      }
      peer.send(fine);
    }
  }};
  auto out = make({.endpoint = server.url()});
  CHECK(out.export_spans(sample_spans{1}, in(100ms)) == export_result{.failed = 1});
  CHECK(out.export_spans(sample_spans{1}, in(100ms)) == export_result{.failed = 1});
  broken = false;
  CHECK(out.export_spans(sample_spans{1}, in(5s)) == export_result{.exported = 1});
}

TEST_CASE("failed exports leave no files open") {
  diagnostics_log const log;
  std::atomic<int> turn{};
  raw_server server{[&](raw_connection& peer) {
    peer.read_request();
    if (++turn % 2 == 0) peer.send("garbage\r\n");
  }};
  auto out = make({.endpoint = server.url()});
  std::ptrdiff_t before = 0;
  for (int round = 0; round < 40; ++round) {
    CHECK(out.export_spans(sample_spans{1}, in(5s)) == export_result{.failed = 1});
    if (round == 10) before = open_files();
  }
  CHECK(open_files() <= before + 1);
}

// The following run under the thread sanitizer as well: [threads].

TEST_CASE("cancel from another thread ends a running export", "[threads]") {
  diagnostics_log log;
  raw_server server{[](raw_connection& peer) { peer.wait_for_close(); }};
  auto out = make({.endpoint = server.url()});
  for (int round = 0; round < 5; ++round) {
    std::thread canceller{[&] {
      std::this_thread::sleep_for(50ms);
      out.cancel();
    }};
    stopwatch const watch;
    CHECK(out.export_spans(sample_spans{1}, in(10s)) == export_result{.failed = 1});
    CHECK(watch.passed() < 1s);
    canceller.join();
  }
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines()[0].starts_with("the collector at " + server.url() +
                                   " did not answer before the export was cut short"));
}

TEST_CASE("a cancel that comes too early or too late ends one export", "[threads]") {
  diagnostics_log const log;
  raw_server server{[](raw_connection& peer) {
    while (!peer.read_request().empty()) peer.send(fine);
  }};
  auto out = make({.endpoint = server.url()});
  out.cancel();
  stopwatch const watch;
  CHECK(out.export_spans(sample_spans{1}, in(10s)) == export_result{.failed = 1});
  CHECK(out.export_spans(sample_spans{1}, in(10s)) == export_result{.exported = 1});
  std::atomic<bool> done{};
  std::thread canceller{[&] {
    while (!done) out.cancel();
  }};
  for (int round = 0; round < 200; ++round) {
    export_result const result = out.export_spans(sample_spans{2}, in(10s));
    CHECK(result.exported + result.failed == 2);
  }
  done = true;
  canceller.join();
  CHECK(watch.passed() < 10s);
}

TEST_CASE("shutdown from another thread ends a running export and keeps its own deadline", "[threads]") {
  diagnostics_log const log;
  raw_server server{[](raw_connection& peer) { peer.wait_for_close(); }};
  auto out = make({.endpoint = server.url()});
  auto closing = 0ns;
  std::thread closer{[&] {
    std::this_thread::sleep_for(50ms);
    stopwatch const watch;
    out.shutdown(in(200ms));
    closing = watch.passed();
  }};
  stopwatch const watch;
  CHECK(out.export_spans(sample_spans{1}, in(10s)) == export_result{.failed = 1});
  CHECK(watch.passed() < 1s);
  closer.join();
  CHECK(closing < 1s);
}

namespace {

/// A client that hangs where nothing can reach it, as in a name lookup.
struct hanging_client {
  struct request_type {
    std::string method, path;
    std::multimap<std::string, std::string> headers;
    std::size_t content_length_{};
    std::function<bool(std::size_t, std::size_t, httplib::DataSink&)> content_provider_;
    std::function<bool(char const*, std::size_t, std::uint64_t, std::uint64_t)> content_receiver;
  };
  hanging_client(std::string const&, int) {}
  ~hanging_client() { ++gone; }
  [[nodiscard]] bool is_valid() const { return true; }
  void set_keep_alive(bool) {}
  void set_tcp_nodelay(bool) {}
  template <class Options> void set_socket_options(Options) {}
  void set_connection_timeout(time_t, time_t) {}
  void set_read_timeout(time_t, time_t) {}
  void set_write_timeout(time_t, time_t) {}
  bool send(request_type&, httplib::Response& response, httplib::Error&) {
    while (hanging) std::this_thread::sleep_for(1ms);
    response.status = 200;
    return true;
  }
  static inline std::atomic<bool> hanging{true};
  static inline std::atomic<int> gone{};
};

} // namespace

TEST_CASE("a hanging name lookup holds nobody: not exports, not cancel, not the end of the program", "[threads]") {
  diagnostics_log log;
  environment const env;
  {
    spanwise::sender<otlp_http, hanging_client> out{{.endpoint = "http://lost:4318"}, {env}};
    stopwatch const watch;
    CHECK(out.export_spans(sample_spans{1}, in(100ms)) == export_result{.failed = 1});
    CHECK(out.export_spans(sample_spans{1}, in(100ms)) == export_result{.failed = 1});
    CHECK(watch.passed() < 2s);
    hanging_client::hanging = false;
    CHECK(out.export_spans(sample_spans{1}, in(5s)) == export_result{.exported = 1});
    hanging_client::hanging = true;
    CHECK(out.export_spans(sample_spans{1}, in(50ms)) == export_result{.failed = 1});
    stopwatch const end;
    out.shutdown(in(50ms));
    CHECK(end.passed() < 1s);
  }
  CHECK(hanging_client::gone == 0);
  hanging_client::hanging = false;
  while (hanging_client::gone == 0) std::this_thread::sleep_for(1ms);
  REQUIRE_FALSE(log.lines().empty());
  CHECK(log.lines()[0].starts_with("the host \"lost\" was not found in time"));
}
