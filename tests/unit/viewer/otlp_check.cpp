#include <spanwise/viewer/otlp_check.hpp>

#include "samples.hpp"

#include <random>

using namespace spanwise::detail;

namespace {

std::string wrong(std::string_view message) {
  return check_otlp(as_bytes(message), otlp::request());
}

} // namespace

TEST_CASE("a well-formed request passes, with unknown fields of every wire type") {
  std::string message = samples::protobuf_of(samples::request_json("shop", {{}, {.id = 2}}));
  CHECK(wrong(message) == "");
  append_field(message, 100, "x");
  append_tag(message, 101, wire_type::varint);
  append_varint(message, UINT64_MAX);
  append_tag(message, 102, wire_type::fixed32);
  append_fixed(message, std::uint32_t{1});
  append_tag(message, 103, wire_type::fixed64);
  append_fixed(message, std::uint64_t{1});
  CHECK(wrong(message) == "");
  CHECK(wrong("") == "");
}

TEST_CASE("a request that is cut short is refused unless it ends between two fields of its outermost message") {
  std::string const message = samples::protobuf_of(samples::request_json("shop", {{}, {.id = 2}}));
  for (std::size_t size = 1; size < message.size(); ++size) CHECK(wrong(message.substr(0, size)) != "");
}

TEST_CASE("what is malformed inside is refused with its place") {
  auto const in_span = [](std::string const& span) {
    std::string scope_spans;
    append_field(scope_spans, 2, span);
    std::string resource_spans;
    append_field(resource_spans, 2, scope_spans);
    std::string request;
    append_field(request, 1, resource_spans);
    return wrong(request);
  };
  std::string const place = "resourceSpans.scopeSpans.spans";
  CHECK(in_span("") == "");
  CHECK(in_span("\x2a\x05"
                "ab") == place + " is cut short or malformed");
  CHECK(in_span("\x2a\x02"
                "a\xff") == place + ".name is not valid UTF-8");
  CHECK(in_span("\x28\x02") == place + ".name has wire type 0");
  CHECK(in_span("\x7a\x02\x18") == place + " is cut short or malformed");
  CHECK(in_span("\x7a\x01\x18") == place + ".status is cut short or malformed");
  CHECK(in_span("\x0b") == place + " is cut short or malformed");
  CHECK(in_span(std::string{"\0\0", 2}) == place + " is cut short or malformed");
}

TEST_CASE("nesting of protobuf messages is bounded") {
  std::string value;
  auto const wrap = [&](std::size_t levels) {
    for (std::size_t level = 0; level < levels; ++level) {
      std::string array;
      append_field(array, 1, value);
      value.clear();
      append_field(value, 5, array);
    }
    return check_otlp(as_bytes(value), otlp::any_value());
  };
  CHECK(wrap(40) == "");
  CHECK(wrap(20).find("is nested too deeply") != std::string::npos);
}

TEST_CASE("garbage is refused or taken, and never read beyond its end") {
  std::mt19937 random{7};
  std::string const good = samples::protobuf_of(samples::request_json("shop", {{}, {.id = 2, .status = 2}}));
  for (int round = 0; round < 3000; ++round) {
    std::string message = good;
    for (int change = 0; change < 3; ++change) message[random() % message.size()] = static_cast<char>(random());
    if (wrong(message).empty()) (void)spanwise::read_otlp_request(as_bytes(message));
  }
}
