#include <spanwise/export/http_reply.hpp>

#include "catch.hpp"

using spanwise::endpoint;
using spanwise::otlp_encoding;
using namespace spanwise::detail;

namespace {

std::string say(http_trouble trouble, http_stage stage = http_stage::resolving, int error_number = 0,
                endpoint const& where = {}) {
  return trouble_sentence({.trouble = trouble, .stage = stage, .error_number = error_number}, where);
}

} // namespace

TEST_CASE("the encoding of a body is what its sender says, else what was asked for") {
  CHECK(encoding_of("application/json; charset=utf-8", otlp_encoding::protobuf) == otlp_encoding::json);
  CHECK(encoding_of("Application/X-Protobuf", otlp_encoding::json) == otlp_encoding::protobuf);
  CHECK(encoding_of("text/plain", otlp_encoding::protobuf) == otlp_encoding::protobuf);
  CHECK(encoding_of("", otlp_encoding::json) == otlp_encoding::json);
}

TEST_CASE("each trouble has a sentence that says what to mend") {
  std::string const mend = "; start one there or set OTEL_EXPORTER_OTLP_ENDPOINT";
  CHECK(say(http_trouble::no_connection, http_stage::connecting, ECONNREFUSED) ==
        "no collector answers at http://localhost:4318 (connection refused)" + mend);
  CHECK(say(http_trouble::no_connection, http_stage::connecting, ENETUNREACH) ==
        "no collector answers at http://localhost:4318 (Network is unreachable)" + mend);
  CHECK(say(http_trouble::no_host, http_stage::resolving, 0, {.host = "colector"}) ==
        "the host \"colector\" cannot be found; check its name in OTEL_EXPORTER_OTLP_ENDPOINT");
  CHECK(say(http_trouble::late) == "the host \"localhost\" was not found in time");
  CHECK(say(http_trouble::late, http_stage::connecting) ==
        "no collector answers at http://localhost:4318 (no connection in time)" + mend);
  CHECK(say(http_trouble::late, http_stage::sending) ==
        "the collector at http://localhost:4318 did not answer in time");
  CHECK(say(http_trouble::cancelled, http_stage::sending) ==
        "the collector at http://localhost:4318 did not answer before the export was cut short");
  CHECK(
      say(http_trouble::broken, http_stage::sending, 0, {.port = 4317}) ==
      "what listens at http://localhost:4317 closed the connection without an answer that is HTTP; 4317 is the port of "
      "OTLP/gRPC, OTLP/HTTP usually has 4318");
  for (int each = 1; each <= static_cast<int>(http_trouble::no_client); ++each)
    CHECK_FALSE(say(static_cast<http_trouble>(each)).empty());
  CHECK(say(http_trouble::none).empty());
}

TEST_CASE("a refusal shows the receiver's own words, and no secrets of a redirect") {
  endpoint const where{.target = "/v1/traces?key=secret"};
  http_reply reply{.status = 403, .content_type = "application/json", .body = R"({"message":"no\nentry"})"};
  CHECK(status_sentence(reply, where, otlp_encoding::protobuf) ==
        "the collector at http://localhost:4318/v1/traces answered 403 (no?entry); check the credentials in "
        "OTEL_EXPORTER_OTLP_HEADERS");
  reply = {.status = 308, .location = "https://me:pw@x/y?key=secret"};
  CHECK(status_sentence(reply, where, otlp_encoding::json) ==
        "the collector at http://localhost:4318/v1/traces answered 308, a redirect to https://x/y, which is not "
        "followed; set "
        "the endpoint to where it leads");
}
