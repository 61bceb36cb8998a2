#include <spanwise/viewer/otlp_request.hpp>

#include "samples.hpp"

using namespace spanwise;
using samples::json;

namespace {

span_request read(json const& request) {
  std::string const protobuf = samples::protobuf_of(request);
  return read_otlp_request(detail::as_bytes(protobuf));
}

} // namespace

TEST_CASE("a request comes apart into groups of one resource and one scope") {
  json request = samples::request_json("shop", {{}, {.id = 2, .parent = 1}});
  auto& resource_spans = request["resourceSpans"];
  resource_spans[0]["schemaUrl"] = "https://example.org/r";
  resource_spans[0]["scopeSpans"].push_back(
      {{"spans", json::array({samples::span_json({.id = 3})})}, {"schemaUrl", "https://example.org/s"}});
  resource_spans.push_back({{"scopeSpans", json::array({{{"spans", json::array({samples::span_json({.id = 4})})}}})}});
  resource_spans.push_back(json::object());

  span_request const taken = read(request);
  CHECK(taken.spans == 4);
  CHECK(taken.rejected == 0);
  REQUIRE(taken.groups.size() == 3);
  CHECK(taken.groups[0].messages.size() == 2);
  CHECK(taken.groups[0].source.service == "shop");
  CHECK(taken.groups[0].source.resource_schema_url == "https://example.org/r");
  CHECK_FALSE(taken.groups[0].source.scope.empty());
  CHECK(taken.groups[1].source.scope.empty());
  CHECK(taken.groups[1].source.scope_schema_url == "https://example.org/s");
  CHECK(taken.groups[1].source.resource == taken.groups[0].source.resource);
  CHECK(taken.groups[2].source.service == "unknown_service");
  span_view const second{detail::as_bytes(taken.groups[0].messages[1])};
  CHECK(second.parent_span_id() == samples::span(1));
  CHECK(second.trace_id() == samples::trace(1));
}

TEST_CASE("spans without usable ids are rejected, the others taken") {
  json request = samples::request_json("shop", {{}, {.id = 2}, {.id = 3}, {.id = 4}, {.id = 5}});
  auto& spans = request["resourceSpans"][0]["scopeSpans"][0]["spans"];
  spans[0]["traceId"] = "abcd";
  spans[1]["spanId"] = std::string(16, '0');
  spans[2].erase("spanId");
  spans[3]["parentSpanId"] = "01";
  span_request const taken = read(request);
  CHECK(taken.rejected == 4);
  CHECK(taken.spans == 1);
  CHECK(taken.why == "a trace id must be 16 bytes, not all zero");
  REQUIRE(taken.groups.size() == 1);
  CHECK(span_view{detail::as_bytes(taken.groups[0].messages.at(0))}.span_id() == samples::span(5));
}

TEST_CASE("a request without spans has no groups") {
  CHECK(read(json::object()).groups.empty());
  CHECK(read(samples::request_json("shop", {})).groups.empty());
}
