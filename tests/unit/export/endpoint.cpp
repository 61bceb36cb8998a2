#include <spanwise/export/endpoint.hpp>

#include "catch.hpp"
#include "diagnostics_log.hpp"

using spanwise::choose_endpoint;
using spanwise::endpoint;
using spanwise::endpoint_use;
using spanwise::environment;

namespace {

std::string full(std::optional<endpoint> const& given) {
  return given ? given->origin() + given->target : "none";
}

std::string read(std::string_view url, endpoint_use use = endpoint_use::exact) {
  std::string_view problem;
  auto const result = spanwise::read_endpoint(url, use, problem);
  return result ? full(result) : std::string{problem};
}

} // namespace

TEST_CASE("scheme, host, port and path of an endpoint are honoured") {
  CHECK(read("http://c:4318/x") == "http://c:4318/x");
  CHECK(read("HTTPS://C.example.org/x/") == "https://C.example.org/x/");
  CHECK(read("http://c") == "http://c/");
  CHECK(read("http://c:") == "http://c/");
  CHECK(read("https://c:/x") == "https://c/x");
  CHECK(read("localhost:4318") == "http://localhost:4318/");
  CHECK(read("http://[::1]:4318/a") == "http://[::1]:4318/a");
  CHECK(read("http://[fe80::a]") == "http://[fe80::a]/");
  CHECK(read("http://127.0.0.1:1/a?key=1&b#frag") == "http://127.0.0.1:1/a?key=1&b");
  CHECK(read("http://c?k=1") == "http://c/?k=1");
  CHECK(read("http://user:p@ss@c:5/x") == "http://c:5/x");
  CHECK(read("http://c:65535") == "http://c:65535/");
}

TEST_CASE("a base gets the signal's path with one slash between") {
  auto const base = endpoint_use::base;
  CHECK(read("http://c:4318", base) == "http://c:4318/v1/traces");
  CHECK(read("http://c:4318/", base) == "http://c:4318/v1/traces");
  CHECK(read("http://c:4318/my", base) == "http://c:4318/my/v1/traces");
  CHECK(read("http://c:4318/my/", base) == "http://c:4318/my/v1/traces");
  CHECK(read("https://c/otlp?key=1", base) == "https://c/otlp/v1/traces?key=1");
}

TEST_CASE("what is no endpoint is refused with what is wrong") {
  CHECK(read("ftp://c") == "has a scheme other than http and https");
  CHECK(read("://c") == "has a scheme other than http and https");
  CHECK(read("http://") == "names no host");
  CHECK(read("") == "names no host");
  CHECK(read("http://:4318") == "names no host");
  CHECK(read("http:///v1/traces") == "names no host");
  CHECK(read("http//c:1") == "lacks :// behind its scheme");
  CHECK(read("https:/c") == "lacks :// behind its scheme");
  CHECK(read("http://[]:1") == "names no host");
  CHECK(read("http://[::1") == "lacks a closing bracket");
  CHECK(read("http://c:0") == "has a port that is not a number from 1 to 65535");
  CHECK(read("http://c:65536") == "has a port that is not a number from 1 to 65535");
  CHECK(read("http://c:43x8") == "has a port that is not a number from 1 to 65535");
  CHECK(read("http://c:-1") == "has a port that is not a number from 1 to 65535");
  CHECK(read("http://[::1]4318") == "has a port that is not a number from 1 to 65535");
  CHECK(read("http://a b") == "holds blanks or characters that need percent-encoding");
  CHECK(read("http://c/\r\nX: y") == "holds blanks or characters that need percent-encoding");
  CHECK(read("http://\xC3\xBC/") == "holds blanks or characters that need percent-encoding");
  CHECK(read("http://a\"b/") == "has a host that is not one");
}

TEST_CASE("code wins over the variable for traces, which wins over the general one") {
  diagnostics_log log;
  environment const both{{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://a:4318"},
                         {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://b:9/x"}};
  CHECK(full(choose_endpoint("", "", {})) == "http://localhost:4318/v1/traces");
  CHECK(full(choose_endpoint("", "", both)) == "http://b:9/x");
  CHECK(full(choose_endpoint("http://c", "", both)) == "http://c/v1/traces");
  CHECK(full(choose_endpoint("http://c/v1/traces", "", both)) == "http://c/v1/traces");
  CHECK(full(choose_endpoint("http://c/v1/traces?v1", "", both)) == "http://c/v1/traces?v1");
  CHECK(full(choose_endpoint("http://c", "http://d/in", both)) == "http://d/in");
  CHECK(full(choose_endpoint("", "", {{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://a/v1/traces"}})) ==
        "http://a/v1/traces/v1/traces");
  CHECK(full(choose_endpoint("", "", {{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://c.example.org/v1/traces/"}})) ==
        "https://c.example.org/v1/traces/");
  CHECK(log.lines().empty());
}

TEST_CASE("a bad variable is told and passed over, a bad URL in code sends nothing") {
  diagnostics_log log;
  CHECK(full(choose_endpoint("", "",
                             {{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://a:4318"},
                              {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "tcp://me:secret@b:9/x?token=secret"}})) ==
        "http://a:4318/v1/traces");
  CHECK(full(choose_endpoint("http://c:x", "", {})) == "none");
  REQUIRE(log.lines().size() == 2);
  CHECK(log.lines()[0] ==
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=tcp://b:9/x has a scheme other than http and https; it is ignored");
  CHECK(log.lines()[1] ==
        "the endpoint \"http://c:x\" has a port that is not a number from 1 to 65535; no spans will be sent");
}
