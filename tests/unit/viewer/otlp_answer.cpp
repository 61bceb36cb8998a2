#include <spanwise/viewer/otlp_answer.hpp>

#include "catch.hpp"

using namespace spanwise;
using namespace spanwise::detail;

TEST_CASE("success is an empty message, partial success has count and text") {
  CHECK(success_body(otlp_encoding::json, 0, "") == "{}");
  CHECK(success_body(otlp_encoding::protobuf, 0, "") == "");
  CHECK(success_body(otlp_encoding::json, 2, "bad") ==
        R"({"partialSuccess":{"rejectedSpans":"2","errorMessage":"bad"}})");
  CHECK(encode_hex(success_body(otlp_encoding::protobuf, 300, "bad")) == "0a0808ac0212036261"
                                                                         "64");
  CHECK(encode_hex(success_body(otlp_encoding::protobuf, 0, "x")) == "0a03120178");
}

TEST_CASE("a Status has the code of its HTTP status and the message") {
  CHECK(status_body(otlp_encoding::json, 400, "a \"b\"") == R"({"code":3,"message":"a \"b\""})");
  CHECK(encode_hex(status_body(otlp_encoding::protobuf, 503, "x")) == "080e120178");
  CHECK(status_body(otlp_encoding::json, 500, "") == R"({"code":2,"message":""})");
}
