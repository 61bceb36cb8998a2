#include <spanwise/viewer/otlp_json_reader.hpp>
#include <spanwise/viewer/otlp_json_writer.hpp>

#include "samples.hpp"

using namespace spanwise;
using namespace spanwise::detail;
using samples::json;

namespace {

std::string error_of(std::string_view text) {
  std::string protobuf;
  return read_otlp_json(text, otlp::request(), protobuf);
}

/// What is wrong with a request whose only span has this text between its braces.
std::string span_error(std::string const& members) {
  return error_of(R"({"resourceSpans":[{"scopeSpans":[{"spans":[{)" + members + "}]}]}]}");
}

std::string bytes_of(std::string_view text, message_shape const& shape) {
  std::string protobuf;
  REQUIRE(read_otlp_json(text, shape, protobuf) == "");
  return protobuf;
}

/// The value, read and shown again.
json round_trip(std::string_view text) {
  return json::parse(to_otlp_json(as_bytes(bytes_of(text, otlp::any_value())), otlp::any_value()).dump());
}

} // namespace

TEST_CASE("each type of value becomes its AnyValue field, also at its default (OB-02, OB-03)") {
  auto const value = [](std::string_view text) { return encode_hex(bytes_of(text, otlp::any_value())); };
  CHECK(value("{}") == "");
  CHECK(value(R"({"stringValue":""})") == "0a00");
  CHECK(value(R"({"stringValue":"hi"})") == "0a026869");
  CHECK(value(R"({"boolValue":false})") == "1000");
  CHECK(value(R"({"intValue":"0"})") == "1800");
  CHECK(value(R"({"intValue":-1})") == "18ffffffffffffffffff01");
  CHECK(value(R"({"intValue":"-1"})") == "18ffffffffffffffffff01");
  CHECK(value(R"({"intValue":1e3})") == "18e807");
  CHECK(value(R"({"doubleValue":1})") == "21000000000000f03f");
  CHECK(value(R"({"doubleValue":"1.0"})") == "21000000000000f03f");
  CHECK(value(R"({"bytesValue":"AAEC_w"})") == "3a04000102ff");
  CHECK(value(R"({"arrayValue":{"values":[{},{"boolValue":true}]}})") == "2a060a000a021001");
  CHECK(value(R"({"arrayValue":{}})") == "2a00");
  CHECK(value(R"({"kvlistValue":{"values":[{"key":"k","value":{"intValue":"7"}}]}})") == "32090a070a016b12021807");
}

TEST_CASE("values come out as they went in") {
  for (char const* const text :
       {R"({})", R"({"stringValue":"q\"\\/\n\t\u0001é🚀"})", R"({"intValue":"-9223372036854775808"})",
        R"({"intValue":"9223372036854775807"})", R"({"doubleValue":5e-324})", R"({"doubleValue":1e+300})",
        R"({"doubleValue":"NaN"})", R"({"doubleValue":"-Infinity"})", R"({"boolValue":false})",
        R"({"bytesValue":"AAEC/w=="})",
        R"({"arrayValue":{"values":[{"arrayValue":{"values":[{"intValue":"1"}]}},{"boolValue":false},{}]}})",
        R"({"kvlistValue":{"values":[{"key":"k","value":{"bytesValue":"AQ=="}},{"key":"","value":{}}]}})"})
    CHECK(round_trip(text) == json::parse(text));
}

TEST_CASE(
    "null counts as absent, unknown keys and snake_case names are skipped with all they hold (OJ-01, OJ-05, OJ-14)") {
  CHECK(bytes_of(R"({"new":{"a":[1,{"name":"x"},[[]]]},"name":"n","trace_state":"a=1","kind":null,"events":null})",
                 otlp::span()) == bytes_of(R"({"name":"n"})", otlp::span()));
  CHECK(bytes_of(R"({"stringValue":null,"intValue":"1"})", otlp::any_value()) ==
        bytes_of(R"({"intValue":1})", otlp::any_value()));
  CHECK(error_of("{}") == "");
  CHECK(error_of(R"({"resourceSpans":null})") == "");
  CHECK(error_of(R"({"resourceSpans":[]})") == "");
  CHECK(error_of(R"({"new":[)" + std::string(5000, '[') + std::string(5000, ']') + "]}") == "");
}

TEST_CASE("ids are hexadecimal digits of either case (OJ-02)") {
  CHECK(bytes_of(R"({"spanId":"00f067AA0ba902B7"})", otlp::span()) ==
        bytes_of(R"({"spanId":"00f067aa0ba902b7"})", otlp::span()));
  CHECK(span_error(R"("spanId":"APBnqgupArc=")") == "resourceSpans.scopeSpans.spans.spanId must be hexadecimal digits");
  CHECK(span_error(R"("traceId":7)") ==
        "resourceSpans.scopeSpans.spans.traceId must be a string of hexadecimal digits");
}

TEST_CASE("enumerations are numbers, names are refused (OJ-03)") {
  CHECK(span_error(R"("kind":5)") == "");
  CHECK(span_error(R"("kind":"SPAN_KIND_SERVER")") ==
        "resourceSpans.scopeSpans.spans.kind must be the number of an enumeration value, not a name");
  CHECK(span_error(R"("kind":"2")") != "");
  CHECK(span_error(R"("kind":-1)") != "");
  CHECK(span_error(R"("status":{"code":"STATUS_CODE_ERROR"})") ==
        "resourceSpans.scopeSpans.spans.status.code must be the number of an enumeration value, not a name");
}

TEST_CASE("64-bit integers are text or numbers, within their range (OJ-04)") {
  CHECK(bytes_of(R"({"startTimeUnixNano":"1700000000000000001"})", otlp::span()) ==
        bytes_of(R"({"startTimeUnixNano":1700000000000000001})", otlp::span()));
  CHECK(span_error(R"("startTimeUnixNano":"18446744073709551615","flags":4294967295,"droppedLinksCount":"3")") == "");
  CHECK(span_error(R"("startTimeUnixNano":"-1")") != "");
  CHECK(span_error(R"("startTimeUnixNano":"12 ")") != "");
  CHECK(span_error(R"("startTimeUnixNano":"18446744073709551616")") != "");
  CHECK(span_error(R"("startTimeUnixNano":1.5)") != "");
  CHECK(span_error(R"("flags":4294967296)") != "");
  CHECK(span_error(R"("droppedLinksCount":-1)") != "");
  CHECK(span_error(R"("attributes":[{"key":"k","value":{"intValue":"9223372036854775808"}}])") ==
        "resourceSpans.scopeSpans.spans.attributes.value.intValue is too large for an int64");
}

TEST_CASE("what has the wrong shape is refused, with its place") {
  CHECK(error_of("[]") == "the request must be an object");
  CHECK(error_of("7") == "the request must be an object");
  CHECK(error_of(R"({"resourceSpans":{}})") == "resourceSpans must be an array");
  CHECK(error_of(R"({"resourceSpans":"x"})") == "resourceSpans must be an array");
  CHECK(error_of(R"({"resourceSpans":[7]})") == "resourceSpans must be an object");
  CHECK(error_of(R"({"resourceSpans":[[]]})") == "resourceSpans must not be an array in an array");
  CHECK(error_of(R"({"resourceSpans":[null]})") == "resourceSpans must not hold null");
  CHECK(span_error(R"("name":{})") == "resourceSpans.scopeSpans.spans.name must be a string");
  CHECK(span_error(R"("name":["x"])") == "resourceSpans.scopeSpans.spans.name must be a string");
  CHECK(span_error(R"("name":7)") == "resourceSpans.scopeSpans.spans.name must be a string");
  CHECK(span_error(R"("status":7)") == "resourceSpans.scopeSpans.spans.status must be an object");
  CHECK(span_error(R"("attributes":{"k":"v"})") == "resourceSpans.scopeSpans.spans.attributes must be an array");
  CHECK(span_error(R"("name":"a","name":"b")") == "resourceSpans.scopeSpans.spans.name occurs twice");
  CHECK(span_error(R"("events":[],"events":[])") == "resourceSpans.scopeSpans.spans.events occurs twice");
  CHECK(span_error(R"("attributes":[{"key":"k","value":{"boolValue":1}}])") ==
        "resourceSpans.scopeSpans.spans.attributes.value.boolValue must be true or false");
  CHECK(span_error(R"("attributes":[{"key":"k","value":{"boolValue":true,"intValue":"1"}}])") ==
        "resourceSpans.scopeSpans.spans.attributes.value.intValue is a second value beside another");
  CHECK(span_error(R"("attributes":[{"key":"k","value":{"bytesValue":"A"}}])") ==
        "resourceSpans.scopeSpans.spans.attributes.value.bytesValue must be base64");
}

TEST_CASE("text that is no JSON is refused, wherever it ends") {
  std::string const whole = samples::request_json("shop", {{}, {.id = 2, .parent = 1}}).dump();
  CHECK(error_of(whole) == "");
  for (std::size_t size = 0; size < whole.size(); ++size) CHECK(error_of(whole.substr(0, size)) != "");
  CHECK(error_of(whole + "x") != "");
  CHECK(error_of("{\"a\":\"\xff\"}").substr(0, 10) == "not JSON: ");
  CHECK(error_of("{\"a\":\"\\ud800\"}").substr(0, 10) == "not JSON: ");
  CHECK(error_of("{\"a\":1e999}") != "");
}

TEST_CASE("what is wrong with a large text is said in a few words") {
  CHECK(error_of("{\"a\":\"" + std::string(100'000, '\x01')).size() < 400);
  CHECK(error_of("{\"" + std::string(100'000, 'x')).size() < 400);
}

TEST_CASE("nesting of OTLP/JSON is bounded") {
  auto const nested = [](std::size_t levels) {
    std::string text;
    for (std::size_t level = 0; level < levels; ++level) text += R"({"arrayValue":{"values":[)";
    text += "{}";
    for (std::size_t level = 0; level < levels; ++level) text += "]}}";
    std::string protobuf;
    return read_otlp_json(text, otlp::any_value(), protobuf);
  };
  CHECK(nested(40) == "");
  CHECK(nested(60).find("is nested too deeply") != std::string::npos);
}
