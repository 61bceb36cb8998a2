#include <spanwise/viewer/trace_drawing.hpp>

#include "samples.hpp"

#include <cstdlib>
#include <ctime>

using namespace spanwise;
using samples::json;

namespace {

constexpr waterfall_style plain{.width = 100};

received_trace stored(std::vector<json> const& requests) {
  trace_store store;
  for (json const& request : requests) {
    std::string const protobuf = samples::protobuf_of(request);
    store.add(read_otlp_request(detail::as_bytes(protobuf)).groups);
  }
  return *store.trace(samples::trace(1));
}

std::string drawn(received_trace const& trace, drawing_options const& options = {plain}) {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  return draw_trace(trace, options);
}

json attribute(char const* key, json value) {
  return {{"key", key}, {"value", std::move(value)}};
}

bool has(std::string const& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// A call from the gateway to the order service that failed.
std::vector<json> checkout() {
  json gateway = samples::request_json("gateway", {{.id = 1, .name = "POST /checkout", .to_ms = 10},
                                                   {.id = 2, .parent = 1, .name = "POST", .from_ms = 1, .to_ms = 9}});
  auto& calls = gateway["resourceSpans"][0]["scopeSpans"][0]["spans"];
  calls[0]["kind"] = 2;
  calls[0]["attributes"] = json::array({attribute("http.route", {{"stringValue", "/checkout"}}),
                                        attribute("server.address", {{"stringValue", "127.0.0.1"}}),
                                        attribute("http.response.status_code", {{"intValue", "200"}}),
                                        attribute("channel", {{"stringValue", "mobile"}})});
  calls[1]["kind"] = 3;
  calls[1]["attributes"] = json::array({attribute("url.full", {{"stringValue", "http://order/orders"}})});
  json order = samples::request_json(
      "order", {{.id = 3, .parent = 2, .name = "POST /orders", .from_ms = 2, .to_ms = 8, .status = 2}});
  auto& work = order["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
  work["status"]["message"] = "out of stock";
  work["events"] = json::array({{{"timeUnixNano", std::to_string(samples::noon + 4'000'000)},
                                 {"name", "retry"},
                                 {"attributes", json::array({attribute("retry.attempt", {{"intValue", "1"}})})}}});
  work["attributes"] = json::array({attribute("http.response.status_code", {{"intValue", "409"}}),
                                    attribute("error.type", {{"stringValue", "409"}})});
  return {gateway, order};
}

} // namespace

TEST_CASE("a trace over two services is one waterfall, with what matters on each span") {
  std::string const text = drawn(stored(checkout()));
  for (char const* const part : {"10.00 ms  3 spans  1 error\n", "gateway  POST /checkout [server]", "channel=mobile",
                                 "└ POST [client]", "order      └ ✗ POST /orders", "out of stock",
                                 "http.response.status_code=409", "• retry", "+2.00 ms", "retry.attempt=1"})
    CHECK(has(text, part));
  for (char const* const part : {"http.route", "server.address", "status_code=200", "url.full", "error.type"})
    CHECK_FALSE(has(text, part));
}

TEST_CASE("all attributes are drawn when asked for") {
  std::string const text = drawn(stored(checkout()), {plain, true});
  for (char const* const part : {"server.address=127.0.0.1", "http.route=/checkout", "http.response.status_code=200",
                                 "url.full=http://order/orders", "error.type=409"})
    CHECK(has(text, part));
}

TEST_CASE("the URL of a call is drawn as long as its other end is not") {
  CHECK(has(drawn(stored({checkout()[0]})), "url.full=http://order/orders"));
}

TEST_CASE("missing parents and missing roots are marked") {
  std::string const orphan = drawn(stored({checkout()[1]}));
  CHECK(has(orphan, "parent 0000000000000002 not seen"));
  CHECK(has(orphan, "incomplete: the root span has not come, the parent of 1 span has not come\n"));
  CHECK(has(drawn(stored({samples::request_json("shop", {{.id = 1}, {.id = 2}})})), "incomplete: 2 roots\n"));
  CHECK(has(drawn(stored({samples::request_json("shop", {{.id = 1}, {.id = 2, .parent = 8}, {.id = 3, .parent = 9}})})),
            "incomplete: the parents of 2 spans have not come\n"));
  CHECK_FALSE(has(drawn(stored(checkout())), "incomplete"));
}

TEST_CASE("clocks that differ are told and nothing is moved") {
  std::string const text =
      drawn(stored({samples::request_json("gateway", {{.id = 1, .to_ms = 10}}),
                    samples::request_json("order", {{.id = 2, .parent = 1, .from_ms = -4.5, .to_ms = 1}})}));
  CHECK(has(text, "starts 4.50 ms before its parent: clocks differ"));
  std::string const same = drawn(
      stored({samples::request_json("gateway", {{.id = 1, .to_ms = 10}, {.id = 2, .parent = 1, .from_ms = -1}})}));
  CHECK(has(same, "starts 1.00 ms before its parent"));
  CHECK_FALSE(has(same, "clocks differ"));
}

TEST_CASE("what was dropped, and a span that ends before it starts, is told") {
  json request = samples::request_json("shop", {{.from_ms = 5, .to_ms = 1}});
  auto& span = request["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
  span["droppedAttributesCount"] = 3;
  span["droppedEventsCount"] = 1;
  std::string const text = drawn(stored({request}));
  CHECK(has(text, "ends before it starts"));
  CHECK(has(text, "3 attributes dropped"));
  CHECK(has(text, "1 event dropped"));
}

TEST_CASE("times at the ends of their range are drawn, too") {
  json request = samples::request_json("shop", {{}, {.id = 2, .parent = 1}});
  auto& spans = request["resourceSpans"][0]["scopeSpans"][0]["spans"];
  spans[0]["startTimeUnixNano"] = "9223372036854775807";
  spans[0]["endTimeUnixNano"] = "9223372036854775808";
  spans[1]["startTimeUnixNano"] = "18446744073709551615";
  spans[1]["endTimeUnixNano"] = "0";
  received_trace const trace = stored({request});
  CHECK_FALSE(drawn(trace).empty());
  CHECK_FALSE(operations_of({trace}).empty());
  CHECK(summarize(trace).spans == 2);
}

TEST_CASE("operations and traces stand in tables") {
  trace_store store;
  store.add(samples::groups_of("shop", {{.trace = 1, .name = "pay", .to_ms = 12.5},
                                        {.trace = 2, .name = "pay\x1b[31m", .to_ms = 0.25, .status = 2}}));
  CHECK(draw_operations(operations_of(store.traces()), plain) ==
        "service  operation    count  errors        p50        p99\n"
        "shop     pay              1       0   12.50 ms   12.50 ms\n"
        "shop     pay\\x1b[31m      1       1  250.00 µs  250.00 µs\n");
  CHECK(draw_trace_list({summarize(*store.trace(samples::trace(1)))}, plain) ==
        "trace                             service  operation  services  spans  errors      time\n"
        "00000000000000000000000000000001  shop     pay               1      1       0  12.50 ms\n");
  CHECK(draw_operations({}, plain) == "service  operation  count  errors  p50  p99\n");
}
