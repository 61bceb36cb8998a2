#include <spanwise/export/otlp_settings.hpp>

#include "catch.hpp"
#include "diagnostics_log.hpp"

using namespace std::chrono_literals;
using spanwise::environment;
using spanwise::key_values;
using spanwise::otlp_http;
using spanwise::otlp_http_protobuf;

namespace {

template <class Description> auto settle(Description given, environment const& env = {}) {
  return spanwise::detail::settle(std::move(given), env);
}

std::string text(key_values const& headers) {
  std::string all;
  for (auto const& [name, value] : headers) all += name + ": " + value + "\n";
  return all;
}

} // namespace

TEST_CASE("an exporter that is told nothing goes by the specification's defaults") {
  diagnostics_log log;
  auto const json = settle(otlp_http{});
  CHECK(json.where == spanwise::endpoint{});
  CHECK(json.timeout == 10s);
  CHECK(json.certificate.empty());
  CHECK(text(json.headers) == "Content-Type: application/json\nUser-Agent: spanwise-otlp-cpp/" SPANWISE_VERSION "\n");
  auto const protobuf = settle(otlp_http_protobuf{});
  CHECK(text(protobuf.headers).starts_with("Content-Type: application/x-protobuf\n"));
  CHECK(otlp_http::protocol == "http/json");
  CHECK(otlp_http_protobuf::protocol == "http/protobuf");
  CHECK(log.lines().empty());
}

TEST_CASE("code wins over the variable for traces, which wins over the general one, option by option") {
  diagnostics_log log;
  environment const general{{"OTEL_EXPORTER_OTLP_TIMEOUT", "2500"},
                            {"OTEL_EXPORTER_OTLP_CERTIFICATE", "/general.pem"},
                            {"OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "/c.pem"},
                            {"OTEL_EXPORTER_OTLP_CLIENT_KEY", "/k.pem"}};
  auto settings = settle(otlp_http{}, general);
  CHECK(settings.timeout == 2500ms);
  CHECK(settings.certificate == "/general.pem");
  CHECK(settings.client_certificate == "/c.pem");
  CHECK(settings.client_key == "/k.pem");

  environment const both{{"OTEL_EXPORTER_OTLP_TIMEOUT", "2500"},
                         {"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "0"},
                         {"OTEL_EXPORTER_OTLP_CERTIFICATE", "/general.pem"},
                         {"OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "/traces.pem"}};
  settings = settle(otlp_http{}, both);
  CHECK(settings.timeout == 0ms);
  CHECK(settings.certificate == "/traces.pem");

  settings = settle(otlp_http{.timeout = 7s, .certificate = "/code.pem"}, both);
  CHECK(settings.timeout == 7s);
  CHECK(settings.certificate == "/code.pem");
  CHECK(log.lines().empty());
}

TEST_CASE("a bad variable for traces is told, and the general one counts") {
  diagnostics_log log;
  auto const settings =
      settle(otlp_http{}, {{"OTEL_EXPORTER_OTLP_TIMEOUT", "2500"}, {"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "10s"}});
  CHECK(settings.timeout == 2500ms);
  CHECK(log.lines() ==
        std::vector<std::string>{"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT=10s is not a whole number; it is ignored"});
}

TEST_CASE("a timeout beyond all clocks is a century") {
  CHECK(settle(otlp_http{.timeout = std::chrono::milliseconds::max()}).timeout == std::chrono::hours{24 * 365 * 100});
}

TEST_CASE("the protocol that was built in needs no words, any other gets some") {
  diagnostics_log log;
  (void)settle(otlp_http{},
               {{"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}, {"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json"}});
  (void)settle(otlp_http_protobuf{}, {{"OTEL_EXPORTER_OTLP_PROTOCOL", "HTTP/Protobuf"}});
  CHECK(log.lines().empty());
  (void)settle(otlp_http{}, {{"OTEL_EXPORTER_OTLP_PROTOCOL", "smtp"}});
  CHECK(log.lines().size() == 1);
  (void)settle(otlp_http{}, {{"OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"}});
  CHECK(log.lines().size() == 2);
}

TEST_CASE("a client key without its certificate is an error, and nothing is sent") {
  diagnostics_log log;
  CHECK_FALSE(settle(otlp_http{.client_key = "/k.pem"}).where);
  CHECK(settle(otlp_http{.client_certificate = "/c.pem", .client_key = "/k.pem"}).where);
  CHECK(log.lines().size() == 1);
}
