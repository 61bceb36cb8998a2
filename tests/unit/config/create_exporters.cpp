#include <spanwise/config/create_exporters.hpp>
#include <spanwise/config/parse_configuration.hpp>

#include "catch.hpp"

using namespace spanwise;
using namespace std::chrono_literals;

namespace {

using lines = std::vector<std::string>;

configuration parse(std::string const& below) {
  return parse_configuration("file_format: \"1.0\"\n" + below, "f.yaml", environment{});
}

/// What has the name of OTLP, but nothing of its settings.
struct plain_otlp {
  static constexpr std::string_view exporter_name = "otlp";
  static constexpr std::string_view protocol = "http/protobuf";
  export_result export_spans(span_batch const& batch, deadline) noexcept { return {.exported = batch.records.size()}; }
};

} // namespace

TEST_CASE("what the file says of OTLP over HTTP goes into its description, and the rest stays as code gave it") {
  config_faults faults;
  lines remarks;
  auto const settings = [&](std::string const& properties) {
    auto const found = parse("tracer_provider: {processors: [{batch: {exporter: {otlp_http: {" + properties + "}}}}]}");
    REQUIRE(found.usable());
    otlp_http_protobuf made{
        .endpoint = "http://code:1", .headers = {{"a", "code"}}, .timeout = 3s, .certificate = "/code.pem"};
    CHECK(detail::set_exporter(made, found.tracer_provider->processors[0].exporter, faults, remarks));
    return detail::settle(std::move(made), environment{});
  };
  auto const of_code = settings("");
  CHECK(of_code.where->url() == "http://code:1/v1/traces");
  CHECK(of_code.headers.back() == std::pair<std::string, std::string>{"a", "code"});
  CHECK(of_code.timeout.ns == 3'000'000'000);
  auto const of_file =
      settings("endpoint: 'https://file/x', headers: [{name: b, value: file}], timeout: 0, compression: gzip, "
               "max_request_size: 5, max_response_size: 4194304, "
               "tls: {ca_file: /file.pem, cert_file: /c.pem, key_file: /k.pem}");
  CHECK(of_file.where->url() == "https://file/x"); // nothing is appended
  CHECK(of_file.headers.back() == std::pair<std::string, std::string>{"b", "file"});
  CHECK(of_file.timeout.ns == 0);
  CHECK(of_file.certificate == "/file.pem");
  CHECK(of_file.client_certificate == "/c.pem");
  CHECK(of_file.client_key == "/k.pem");
  std::string const path = "tracer_provider.processors[0].batch.exporter.otlp_http.";
  CHECK(
      remarks ==
      lines{path + "compression has no effect: this exporter sends plain bodies",
            path +
                "max_request_size has no effect: larger requests than 64 MiB are sent as several, and that is fixed"});
  CHECK(faults.empty());
}

TEST_CASE("exporters have the names of the schema") {
  using detail::name_in_file;
  CHECK(name_in_file<otlp_http>() == detail::built_exporter{"otlp_http", "json"});
  CHECK(name_in_file<otlp_http_protobuf>() == detail::built_exporter{"otlp_http", "protobuf"});
  CHECK(name_in_file<otlp_file>() == detail::built_exporter{"otlp_file/development", ""});
  CHECK(name_in_file<plain_otlp>() == detail::built_exporter{"otlp_http", "protobuf"});
  CHECK(detail::named_apart<otlp_http, otlp_http_protobuf, otlp_file>());
  CHECK_FALSE(detail::named_apart<otlp_http_protobuf, plain_otlp>());
}

TEST_CASE("a file of an exporter is its output stream, and that of code where it names none") {
  auto const path = [](std::string const& properties) {
    auto const found =
        parse("tracer_provider: {processors: [{simple: {exporter: {otlp_file/development: " + properties + "}}}]}");
    REQUIRE(found.usable());
    otlp_file made{.path = "code.jsonl"};
    config_faults faults;
    lines remarks;
    CHECK(detail::set_exporter(made, found.tracer_provider->processors[0].exporter, faults, remarks));
    return made.path;
  };
  CHECK(path("") == "code.jsonl");
  CHECK(path("{output_stream: stdout}") == "");
  CHECK(path("{output_stream: 'file:///a/b.jsonl'}") == "/a/b.jsonl");
}

TEST_CASE("settings that an exporter does not have are a fault") {
  auto const found = parse("tracer_provider: {processors: [{simple: {exporter: {otlp_http: {timeout: 5}}}}]}");
  REQUIRE(found.usable());
  plain_otlp made;
  config_faults faults;
  lines remarks;
  CHECK_FALSE(detail::set_exporter(made, found.tracer_provider->processors[0].exporter, faults, remarks));
  REQUIRE(faults.count() == 1);
  CHECK(faults.begin()->text() ==
        "f.yaml:2:64: tracer_provider.processors[0].simple.exporter.otlp_http has properties, which the "
        "exporter of this name does not take");
}
