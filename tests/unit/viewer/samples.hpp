// For the tests of the viewer: small traces as OTLP/JSON, and what they look like behind the door.
#pragma once

#include <spanwise/viewer/otlp_json_reader.hpp>
#include <spanwise/viewer/otlp_request.hpp>
#include <spanwise/viewer/trace_store.hpp>

#include "catch.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace samples {

using nlohmann::json;

inline constexpr std::int64_t noon = 1'700'000'000'000'000'000;

/// The text of an id: `digits` of them, ending in `number`.
inline std::string hex_id(std::uint64_t number, int digits) {
  char text[40];
  std::snprintf(text, sizeof text, "%0*llx", digits, static_cast<unsigned long long>(number));
  return text;
}

inline spanwise::trace_id trace(std::uint64_t number) {
  return *spanwise::trace_id::from_hex(hex_id(number, 32));
}
inline spanwise::span_id span(std::uint64_t number) {
  return *spanwise::span_id::from_hex(hex_id(number, 16));
}

struct sample_span {
  std::uint64_t trace = 1;
  std::uint64_t id = 1;
  std::uint64_t parent = 0;
  std::string name = "work";
  double from_ms = 0;
  double to_ms = 1;
  int status = 0;
};

inline json span_json(sample_span const& one) {
  json span{{"traceId", hex_id(one.trace, 32)},
            {"spanId", hex_id(one.id, 16)},
            {"name", one.name},
            {"kind", 1},
            {"startTimeUnixNano", std::to_string(noon + static_cast<std::int64_t>(one.from_ms * 1e6))},
            {"endTimeUnixNano", std::to_string(noon + static_cast<std::int64_t>(one.to_ms * 1e6))}};
  if (one.parent != 0) span["parentSpanId"] = hex_id(one.parent, 16);
  if (one.status != 0) span["status"] = {{"code", one.status}};
  return span;
}

/// A request with these spans of one service.
inline json request_json(std::string const& service, std::vector<sample_span> const& spans) {
  json list = json::array();
  for (sample_span const& one : spans) list.push_back(span_json(one));
  json const attribute{{"key", "service.name"}, {"value", {{"stringValue", service}}}};
  json const resource_spans{{"resource", {{"attributes", json::array({attribute})}}},
                            {"scopeSpans", json::array({{{"scope", {{"name", "tests"}}}, {"spans", list}}})}};
  return {{"resourceSpans", json::array({resource_spans})}};
}

/// The protobuf form of a request; the test fails if it is none.
inline std::string protobuf_of(json const& request) {
  std::string protobuf;
  REQUIRE(spanwise::detail::read_otlp_json(request.dump(), spanwise::detail::otlp::request(), protobuf) == "");
  return protobuf;
}

inline std::vector<spanwise::span_group> groups_of(std::string const& service, std::vector<sample_span> const& spans) {
  std::string const protobuf = protobuf_of(request_json(service, spans));
  return spanwise::read_otlp_request(spanwise::detail::as_bytes(protobuf)).groups;
}

} // namespace samples
