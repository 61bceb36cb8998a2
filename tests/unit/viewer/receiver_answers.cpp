#include <spanwise/viewer/receiver_answers.hpp>

#include "samples.hpp"

using namespace spanwise;
using samples::json;

TEST_CASE("spans of a trace that came in several requests are brought together by resource and scope") {
  trace_store store;
  json request = samples::request_json("shop", {{.id = 1}});
  auto& scope_spans = request["resourceSpans"][0]["scopeSpans"];
  scope_spans.push_back({{"scope", {{"name", "other"}, {"version", "2"}}},
                         {"spans", json::array({samples::span_json({.id = 2, .parent = 1})})},
                         {"schemaUrl", "https://example.org/s"}});
  std::string const protobuf = samples::protobuf_of(request);
  store.add(read_otlp_request(detail::as_bytes(protobuf)).groups);
  store.add(samples::groups_of("bank", {{.id = 3, .parent = 2}}));
  store.add(samples::groups_of("shop", {{.id = 4, .parent = 1}}));

  json const shown = json::parse(trace_answer(*store.trace(samples::trace(1))).dump());
  REQUIRE(shown["resourceSpans"].size() == 2);
  json const& shop = shown["resourceSpans"][0];
  CHECK(shop["resource"] == request["resourceSpans"][0]["resource"]);
  REQUIRE(shop["scopeSpans"].size() == 2);
  CHECK(shop["scopeSpans"][0]["spans"].size() == 2);
  CHECK(shop["scopeSpans"][0]["spans"][1]["spanId"] == samples::hex_id(4, 16));
  CHECK(shop["scopeSpans"][1] == scope_spans[1]);
  CHECK(shown["resourceSpans"][1]["scopeSpans"][0]["spans"][0]["parentSpanId"] == samples::hex_id(2, 16));
}

TEST_CASE("text that is no UTF-8 does not stop an answer") {
  trace_store store;
  auto groups = samples::groups_of("shop", {{}});
  groups[0].source.service = "sh\xff";
  store.add(std::move(groups));
  CHECK(json::accept(detail::to_text(traces_answer(store, {}))));
  CHECK(json::accept(detail::to_text(stats_answer(store, {}))));
  CHECK(json::accept(detail::to_text(operations_answer(store))));
}
