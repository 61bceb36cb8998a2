// The span of a client without any HTTP library: where requests go, and how an answer is judged.
#include <spanwise/export/memory.hpp>
#include <spanwise/instrument/http_client_span.hpp>
#include <spanwise/start.hpp>

#include "catch.hpp"

#include <map>
#include <stdexcept>

using namespace spanwise::detail;
using spanwise::status_code;
using header_list = std::map<std::string, std::string>;

namespace {

std::string told(spanwise::memory_span const& work, std::string_view key) {
  for (spanwise::attribute_view const each : work.attributes())
    if (each.key == key)
      return each.value.type() == spanwise::value_type::integer ? std::to_string(each.value.as_int())
                                                                : std::string{each.value.as_string()};
  return "-";
}

/// The span of one request, of which `after` tells how it went.
template <class After> spanwise::memory_span span_after(After const& after, std::string_view method = "GET") {
  spanwise::memory_sink sink;
  auto const tracing = spanwise::start("test", spanwise::simple{spanwise::memory{sink}});
  http_client_setup const setup{read_server("https://me:pw@10.0.0.7"),
                                http_settings<spanwise::http_client_options>{{}}};
  header_list const headers;
  spanwise::http_request_view const asked{method, "/cart", {}, spanwise::text_map_ref{headers}};
  {
    auto const texts = client_texts(setup, asked, "/cart");
    REQUIRE(texts);
    http_client_span<header_list> work{setup, asked, *texts, false};
    after(work);
  }
  REQUIRE(sink.size() == 1);
  return sink.spans()[0];
}

} // namespace

TEST_CASE("a server is known by the URL of the client") {
  struct {
    char const *url, *origin, *host;
    int port;
    bool secure;
  } const samples[] = {
      {"http://shop.example", "http://shop.example", "shop.example", 80, false},
      {"https://shop.example", "https://shop.example", "shop.example", 443, true},
      {"http://shop.example:8080", "http://shop.example:8080", "shop.example", 8080, false},
      {"https://[::1]:8443", "https://[::1]:8443", "::1", 8443, true},
      {"shop.example:81", "http://shop.example:81", "shop.example", 81, false},
      {"shop.example", "http://shop.example", "shop.example", 80, false},
      {"http://me:pw@shop.example/base", "http://me:pw@shop.example", "shop.example", 80, false},
  };
  for (auto const& sample : samples) {
    INFO(sample.url);
    http_server_address const server = read_server(sample.url);
    CHECK(server.origin == sample.origin);
    CHECK(server.host == sample.host);
    CHECK(server.port == sample.port);
    CHECK(server.secure == sample.secure);
  }
}

TEST_CASE("a server is known by host and port") {
  CHECK(read_server("shop.example", 80, false).origin == "http://shop.example");
  CHECK(read_server("shop.example", 443, true).origin == "https://shop.example");
  CHECK(read_server("shop.example", 443, false).origin == "http://shop.example:443");
  http_server_address const server = read_server("::1", 8080, false);
  CHECK(server.origin == "http://[::1]:8080");
  CHECK(server.host == "::1");
  CHECK(server.port == 8080);
  CHECK(read_server("[::1]", 1, false).host == "::1");
  CHECK(read_server("", 1, false).host == "");
}

TEST_CASE("the URL of a request is whole and without secrets") {
  http_server_address const server = read_server("http://me:pw@shop.example:81");
  std::string const secret[] = {"token"};
  CHECK(url_of_request(server, "/a?b=1&token=2", secret) ==
        "http://REDACTED:REDACTED@shop.example:81/a?b=1&token=REDACTED");
  CHECK(url_of_request(server, "", {}) == "http://REDACTED:REDACTED@shop.example:81/");
  CHECK(url_of_request(server, "a", {}) == "http://REDACTED:REDACTED@shop.example:81/a");
  CHECK(url_of_request(server, "http://other.example/a", {}) == "http://other.example/a");
}

TEST_CASE("a span without a word on its end is no error") {
  spanwise::memory_span const work = span_after([](auto&) {});
  CHECK(work.name() == "GET");
  CHECK(work.kind() == spanwise::span_kind::client);
  CHECK(work.status() == status_code::unset);
  CHECK(told(work, "url.full") == "https://REDACTED:REDACTED@10.0.0.7/cart");
  CHECK(told(work, "server.address") == "10.0.0.7");
  CHECK(told(work, "server.port") == "443");
  CHECK(told(work, "network.peer.address") == "10.0.0.7");
  CHECK(told(work, "http.request.method_original") == "-");
}

TEST_CASE("an answer is judged by its status") {
  for (int const status : {100, 200, 301, 399, 400, 503, 600, 99, 0, -1}) {
    INFO(status);
    spanwise::memory_span const work = span_after([&](auto& span_of) { span_of.answered(status, "HTTP/1.1", {}); });
    bool const good = status >= 100 && status < 400;
    CHECK(work.status() == (good ? status_code::unset : status_code::error));
    CHECK(told(work, "error.type") == (good ? "-" : std::to_string(status)));
    CHECK(told(work, "network.protocol.version") == "1.1");
  }
}

TEST_CASE("failures have a type and a sentence") {
  spanwise::memory_span const failed = span_after([](auto& span_of) { span_of.failed("timeout", "nobody answered"); });
  CHECK(failed.status() == status_code::error);
  CHECK(failed.status_message() == "nobody answered");
  CHECK(told(failed, "error.type") == "timeout");
  spanwise::memory_span const threw = span_after(
      [](auto& span_of) { span_of.threw(std::make_exception_ptr(std::runtime_error{"disk full"})); }, "BREW");
  CHECK(threw.status() == status_code::error);
  CHECK(told(threw, "error.type") == "std::runtime_error");
  CHECK(told(threw, "http.request.method_original") == "BREW");
}
