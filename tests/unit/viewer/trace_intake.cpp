#include <spanwise/viewer/receiver.hpp>
#include <spanwise/viewer/trace_intake.hpp>

#include "samples.hpp"

#include <thread>

using namespace spanwise;
using namespace std::chrono_literals;
using samples::json;

namespace {

struct posting {
  explicit posting(receiver const& to) : client{"127.0.0.1", to.port()} { client.set_read_timeout(5); }

  httplib::Result send(std::string const& body, std::string const& type = "application/json",
                       httplib::Headers const& headers = {}) {
    return client.Post("/v1/traces", headers, body, type.c_str());
  }

  httplib::Client client;
};

std::string const two_spans = samples::request_json("shop", {{}, {.id = 2}}).dump();

} // namespace

TEST_CASE("a request is answered in its own encoding") {
  receiver in;
  posting out{in};
  auto const as_json = out.send(two_spans, "Application/JSON; charset=utf-8");
  REQUIRE(as_json);
  CHECK(as_json->status == 200);
  CHECK(as_json->get_header_value("Content-Type") == "application/json");
  CHECK(as_json->body == "{}");
  auto const as_protobuf =
      out.send(samples::protobuf_of(samples::request_json("shop", {{.id = 3}})), "application/x-protobuf");
  REQUIRE(as_protobuf);
  CHECK(as_protobuf->status == 200);
  CHECK(as_protobuf->get_header_value("Content-Type") == "application/x-protobuf");
  CHECK(as_protobuf->body.empty());
  CHECK(in.store().counts().spans == 3);
  CHECK(in.requests().batches == 2);
}

TEST_CASE("spans without usable ids are a partial success") {
  receiver in;
  posting out{in};
  json request = samples::request_json("shop", {{}, {.id = 2}});
  request["resourceSpans"][0]["scopeSpans"][0]["spans"][0].erase("traceId");
  auto const answer = out.send(request.dump());
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(json::parse(answer->body) ==
        json{{"partialSuccess",
              {{"rejectedSpans", "1"}, {"errorMessage", "a trace id must be 16 bytes, not all zero"}}}});
  CHECK(in.store().counts().spans == 1);
  CHECK(in.requests().rejected_spans == 1);
  auto const wire = out.send(samples::protobuf_of(request), "application/x-protobuf");
  REQUIRE(wire);
  CHECK(detail::encode_hex(wire->body).substr(0, 8) == "0a2d0801");
}

TEST_CASE("what is malformed gets 400 and a Status, and nothing of it is stored") {
  receiver in;
  posting out{in};
  auto const bad_json = out.send(two_spans.substr(0, two_spans.size() - 1));
  REQUIRE(bad_json);
  CHECK(bad_json->status == 400);
  CHECK(json::parse(bad_json->body)["code"] == 3);
  auto const bad_wire = out.send("abc", "application/x-protobuf");
  REQUIRE(bad_wire);
  CHECK(bad_wire->status == 400);
  CHECK(bad_wire->body.substr(0, 3) == "\x08\x03\x12");
  CHECK(in.store().counts().spans == 0);
  CHECK(in.requests().refused == 2);
}

TEST_CASE("other content types and encodings get 415, and the connection goes on") {
  receiver in;
  posting out{in};
  out.client.set_keep_alive(true);
  for (char const* const type : {"text/plain", "application/x-www-form-urlencoded", "application/protobuf"}) {
    auto const answer = out.send(two_spans, type);
    REQUIRE(answer);
    CHECK(answer->status == 415);
  }
  auto const form = out.send("--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n1\r\n--b--\r\n",
                             "multipart/form-data; boundary=b");
  REQUIRE(form);
  CHECK(form->status == 415);
  out.client.set_keep_alive(false);
  auto const packed = out.send(two_spans, "application/json", {{"Content-Encoding", "zstd"}});
  REQUIRE(packed);
  CHECK(packed->status == 415);
  CHECK(out.send(two_spans)->status == 200);
}

TEST_CASE("the size of a body is bounded, packed or not") {
  receiver in{{.max_body = 100'000}};
  posting out{in};
  std::string const large = samples::request_json("shop", {{.name = std::string(200'000, 'x')}}).dump();
  auto const answer = out.send(large);
  REQUIRE(answer);
  CHECK(answer->status == 413);
  std::string const fits = samples::request_json("shop", {{.name = std::string(90'000, 'x')}}).dump();
  CHECK(posting{in}.send(fits)->status == 200);
#ifdef CPPHTTPLIB_ZLIB_SUPPORT
  posting packing{in};
  packing.client.set_compress(true);
  CHECK(packing.send(samples::request_json("shop", {{.id = 2}}).dump())->status == 200);
  auto const bomb = packing.send(large);
  REQUIRE(bomb);
  CHECK(bomb->status == 413);
#endif
  CHECK(in.store().counts().spans >= 1);
}

TEST_CASE("faults: refusals with Retry-After, then all is well again") {
  receiver in;
  in.faults().add({.status = 503, .retry_after = "7", .message = "not now"});
  in.faults().add({.status = 429});
  posting out{in};
  auto const first = out.send(two_spans);
  REQUIRE(first);
  CHECK(first->status == 503);
  CHECK(first->get_header_value("Retry-After") == "7");
  CHECK(json::parse(first->body) == json{{"code", 14}, {"message", "not now"}});
  CHECK(out.send(two_spans)->status == 429);
  CHECK(in.store().counts().spans == 0);
  CHECK(out.send(two_spans)->status == 200);
  CHECK(in.store().counts().spans == 2);
  CHECK(in.requests().faults == 2);
  CHECK(in.requests().batches == 1);
}

TEST_CASE("faults: partial success keeps the spans that were not rejected") {
  receiver in;
  in.faults().add({.message = "two too many", .reject = 2});
  in.faults().add({.message = "only a warning"});
  posting out{in};
  auto const answer = out.send(samples::request_json("shop", {{}, {.id = 2}, {.id = 3}}).dump());
  REQUIRE(answer);
  CHECK(json::parse(answer->body)["partialSuccess"] == json{{"rejectedSpans", "2"}, {"errorMessage", "two too many"}});
  CHECK(in.store().counts().spans == 1);
  auto const warned = out.send(samples::request_json("shop", {{.id = 7}}).dump());
  CHECK(json::parse(warned->body)["partialSuccess"] ==
        json{{"rejectedSpans", "0"}, {"errorMessage", "only a warning"}});
  CHECK(in.store().counts().spans == 2);
}

TEST_CASE("faults: answers that are late, undecodable, cut, or never come") {
  receiver in;
  in.faults().add({.delay = 50ms});
  in.faults().add({.manner = fault_manner::garbage});
  in.faults().add({.manner = fault_manner::cut});
  in.faults().add({.manner = fault_manner::close, .keep = true});
  posting out{in};
  auto const begin = std::chrono::steady_clock::now();
  CHECK(out.send(two_spans)->status == 200);
  CHECK(std::chrono::steady_clock::now() - begin >= 50ms);
  auto const garbage = posting{in}.send(two_spans);
  REQUIRE(garbage);
  CHECK(garbage->status == 200);
  CHECK_FALSE(json::accept(garbage->body));
  CHECK_FALSE(detail::check_otlp(detail::as_bytes(garbage->body), detail::otlp::request()).empty());
  CHECK_FALSE(posting{in}.send(two_spans));
  CHECK_FALSE(posting{in}.send(two_spans));
  CHECK(in.store().arrivals(samples::trace(1), samples::span(1)) == 3);
  CHECK(posting{in}.send(two_spans)->status == 200);
}

TEST_CASE("faults: a silent receiver holds the request until the client leaves, the plan is cleared, or it stops",
          "[threads]") {
  auto const begin = std::chrono::steady_clock::now();
  {
    receiver in;
    in.faults().add({.manner = fault_manner::silent, .times = 0});
    posting impatient{in};
    impatient.client.set_read_timeout(0, 50'000);
    CHECK_FALSE(impatient.send(two_spans));
    std::thread clearing{[&] {
      while (in.requests().faults < 2) std::this_thread::sleep_for(1ms);
      std::this_thread::sleep_for(20ms);
      in.faults().clear();
    }};
    CHECK_FALSE(posting{in}.send(two_spans));
    clearing.join();
    CHECK(posting{in}.send(two_spans)->status == 200);
    in.faults().add({.manner = fault_manner::silent});
    std::thread held{[&in] { (void)posting{in}.send(two_spans); }};
    while (in.requests().faults < 3) std::this_thread::sleep_for(1ms);
    in.stop();
    held.join();
  }
  CHECK(std::chrono::steady_clock::now() - begin < 4s);
}
