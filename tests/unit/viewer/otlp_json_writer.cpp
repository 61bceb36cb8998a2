#include <spanwise/viewer/otlp_json_writer.hpp>

#include "samples.hpp"

using namespace spanwise::detail;
using samples::json;

namespace {

json shown(std::string const& message, message_shape const& shape) {
  return json::parse(to_otlp_json(as_bytes(message), shape).dump());
}

} // namespace

TEST_CASE("a request is shown field by field as it came, in the order of the tables") {
  json request = samples::request_json("shop", {{.name = "checkout", .to_ms = 5, .status = 2}, {.id = 2, .parent = 1}});
  auto& span = request["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
  span["flags"] = 0x303;
  span["traceState"] = "a=1";
  span["events"] = json::array({{{"timeUnixNano", "5"}, {"name", "retry"}, {"droppedAttributesCount", 1}}});
  span["links"] =
      json::array({{{"traceId", samples::hex_id(7, 32)}, {"spanId", samples::hex_id(8, 16)}, {"flags", 257}}});
  span["droppedEventsCount"] = 0;
  CHECK(shown(samples::protobuf_of(request), otlp::request()) == request);

  std::string text;
  REQUIRE(read_otlp_json(R"({"kind":2,"name":"n","traceId":"0a"})", otlp::span(), text) == "");
  CHECK(to_otlp_json(as_bytes(text), otlp::span()).dump() == R"({"traceId":"0a","name":"n","kind":2})");
}

TEST_CASE("the last of a field that occurs twice counts, unknown fields and other wire types are left out") {
  std::string message;
  append_field(message, 5, "first");
  append_field(message, 77, "unknown");
  append_field(message, 6, "a kind is no text");
  append_field(message, 5, "last");
  CHECK(shown(message, otlp::span()) == json{{"name", "last"}});
  CHECK(shown({"\x18\x01\x10\x01", 4}, otlp::any_value()) == json{{"boolValue", true}});
}

TEST_CASE("doubles that JSON lacks are text") {
  auto const value = [](double number) {
    std::string message;
    append_tag(message, 4, wire_type::fixed64);
    append_fixed(message, number);
    return shown(message, otlp::any_value())["doubleValue"];
  };
  CHECK(value(0.5) == 0.5);
  CHECK(value(std::numeric_limits<double>::quiet_NaN()) == "NaN");
  CHECK(value(std::numeric_limits<double>::infinity()) == "Infinity");
  CHECK(value(-std::numeric_limits<double>::infinity()) == "-Infinity");
}
