#include <spanwise/viewer/remarks.hpp>

#include "samples.hpp"

using namespace spanwise;
using samples::json;

namespace {

/// The remarks on a request whose only span is changed by `change`.
template <class Change> std::vector<std::string> remarks(Change change) {
  json request = samples::request_json("shop", {{}});
  change(request["resourceSpans"][0]["scopeSpans"][0]["spans"][0]);
  std::string const protobuf = samples::protobuf_of(request);
  std::vector<std::string> sentences;
  for (auto const& [sentence, count] : read_otlp_request(detail::as_bytes(protobuf)).remarks) {
    CHECK(count == 1);
    sentences.emplace_back(sentence);
  }
  return sentences;
}

using sentences = std::vector<std::string>;

} // namespace

TEST_CASE("a span as it should be earns no remark") {
  CHECK(remarks([](json& span) {
          span["flags"] = 0x303;
          span["traceState"] = "a=1";
          span["status"] = {{"code", 2}, {"message", "boom"}};
          span["events"] = json::array({{{"timeUnixNano", "1"}, {"name", "retry"}}});
        }).empty());
}

TEST_CASE("each oddity of a span is remarked") {
  CHECK(remarks([](json& span) { span["name"] = ""; }) == sentences{"a span has no name"});
  CHECK(remarks([](json& span) { span["endTimeUnixNano"] = 5; }) == sentences{"a span ends before it starts"});
  CHECK(remarks([](json& span) { span.erase("startTimeUnixNano"); }) == sentences{"a span lacks a time"});
  CHECK(remarks([](json& span) { span["kind"] = 0; }) == sentences{"a span kind is unspecified or unknown"});
  CHECK(remarks([](json& span) { span["kind"] = 6; }) == sentences{"a span kind is unspecified or unknown"});
  CHECK(remarks([](json& span) { span["parentSpanId"] = span["spanId"]; }) == sentences{"a span is its own parent"});
  CHECK(remarks([](json& span) { span["parentSpanId"] = std::string(16, '0'); }) ==
        sentences{"a parent span id is all zeros"});
  CHECK(remarks([](json& span) {
          span["status"] = {{"message", "hm"}};
        }) == sentences{"a status has a message but is no error"});
  CHECK(remarks([](json& span) { span["status"] = {{"code", 3}}; }) == sentences{"a status code is unknown"});
  CHECK(remarks([](json& span) { span["flags"] = 0x400; }) == sentences{"reserved flags are set"});
  CHECK(remarks([](json& span) { span["flags"] = 0x200; }) == sentences{"flags say remote but not that this is known"});
  CHECK(remarks([](json& span) { span["traceState"] = "ä=1"; }) == sentences{"a trace state is not printable ASCII"});
  CHECK(remarks([](json& span) {
          span["attributes"] = json::array({{{"key", "k"}}, {{"key", "j"}}, {{"key", "k"}}});
        }) == sentences{"an attribute key occurs twice"});
  CHECK(remarks([](json& span) {
          span["events"] = json::array({{{"name", "x"}}});
        }) == sentences{"an event lacks its name or time"});
  CHECK(remarks([](json& span) {
          span["links"] = json::array({{{"traceId", "00"}}});
        }) == sentences{"a link lacks its ids"});
  CHECK(remarks([](json& span) {
          span["attributes"] = json::array({{{"key", ""}, {"value", {{"intValue", 1}}}}});
        }) == sentences{"an attribute key is empty"});
  // Names and values by their numbers are for profiles alone.
  CHECK(remarks([](json& span) {
          span["attributes"] = json::array({{{"keyStrindex", 3}, {"value", {{"stringValueStrindex", 4}}}}});
        }) == sentences{"an attribute key is empty"});
}

TEST_CASE("fields that occur twice or are unknown, and a nameless resource, are remarked") {
  std::string message = samples::groups_of("shop", {{}}).at(0).messages.at(0);
  detail::append_field(message, 5, "again");
  detail::append_field(message, 99, "new");
  remark_counts counts;
  remark_on(span_view{detail::as_bytes(message)}, counts);
  CHECK(counts == remark_counts{{"a field of a span occurs twice", 1}, {"a span has an unknown field", 1}});
  counts.clear();
  remark_on(span_source{.service = "unknown_service"}, counts);
  CHECK(counts == remark_counts{{"a resource has no service.name", 1}});
}
