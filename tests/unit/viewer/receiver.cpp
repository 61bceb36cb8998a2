#include <spanwise/viewer/receiver.hpp>

#include "samples.hpp"

#include <algorithm>
#include <thread>

using namespace spanwise;
using namespace std::chrono_literals;
using samples::json;

namespace {

json get(receiver const& from, std::string const& path, int status = 200) {
  httplib::Client client{"127.0.0.1", from.port()};
  auto const answer = client.Get(path.c_str());
  REQUIRE(answer);
  CHECK(answer->status == status);
  CHECK(answer->get_header_value("Content-Type") == "application/json");
  return json::parse(answer->body);
}

int post(receiver const& to, json const& request) {
  httplib::Client client{"127.0.0.1", to.port()};
  auto const answer = client.Post("/v1/traces", request.dump(), "application/json");
  return answer ? answer->status : 0;
}

} // namespace

TEST_CASE("a receiver takes a free port, answers there, and stops when it goes") {
  int port{};
  {
    receiver in;
    REQUIRE(in.running());
    CHECK(in.error().empty());
    port = in.port();
    CHECK(in.endpoint() == "http://127.0.0.1:" + std::to_string(port));
    CHECK(post(in, samples::request_json("shop", {{}})) == 200);
    CHECK(in.store().counts().spans == 1);
  }
  httplib::Client client{"127.0.0.1", port};
  CHECK_FALSE(client.Get("/"));
}

TEST_CASE("a port in use is told, not thrown, and not shared") {
  receiver first;
  receiver second{{.port = first.port()}};
  CHECK_FALSE(second.running());
  CHECK(second.error().find(std::to_string(first.port())) != std::string::npos);
  receiver nowhere{{.host = "203.0.113.1"}};
  CHECK_FALSE(nowhere.running());
  CHECK_FALSE(nowhere.error().empty());
}

TEST_CASE("stopping does not wait for idle connections, keeps what came in, and may be done twice", "[threads]") {
  receiver in;
  httplib::Client client{"127.0.0.1", in.port()};
  client.set_keep_alive(true);
  REQUIRE(client.Post("/v1/traces", samples::request_json("shop", {{}}).dump(), "application/json"));
  auto const begin = std::chrono::steady_clock::now();
  in.stop();
  CHECK(std::chrono::steady_clock::now() - begin < 2s);
  CHECK_FALSE(in.running());
  in.stop();
  CHECK(in.store().counts().spans == 1);
}

TEST_CASE("connections are kept alive over many requests") {
  receiver in;
  httplib::Client client{"127.0.0.1", in.port()};
  client.set_keep_alive(true);
  client.set_tcp_nodelay(true); // httplib writes head and body apart: 40 ms a request otherwise
  for (std::uint64_t id = 1; id <= 20; ++id) {
    auto const answer =
        client.Post("/v1/traces", samples::request_json("shop", {{.id = id}}).dump(), "application/json");
    REQUIRE(answer);
    CHECK(answer->get_header_value("Connection") != "close");
  }
  CHECK(in.store().counts().spans == 20);
}

TEST_CASE("traces are listed newest first, by service and by error") {
  receiver in;
  REQUIRE(post(in, samples::request_json("gateway", {{.trace = 1, .name = "POST /checkout", .to_ms = 12}})) == 200);
  REQUIRE(post(in, samples::request_json("order", {{.trace = 1, .id = 2, .parent = 1, .status = 2}, {.trace = 2}})) ==
          200);
  json const all = get(in, "/api/traces")["traces"];
  REQUIRE(all.size() == 2);
  CHECK(all[0]["traceId"] == samples::hex_id(2, 32));
  CHECK(all[1] == json{{"traceId", samples::hex_id(1, 32)},
                       {"service", "gateway"},
                       {"name", "POST /checkout"},
                       {"startTimeUnixNano", std::to_string(samples::noon)},
                       {"durationNano", 12'000'000},
                       {"spans", 2},
                       {"errors", 1},
                       {"services", {"gateway", "order"}},
                       {"roots", 1},
                       {"orphans", 0},
                       {"whole", true}});
  CHECK(get(in, "/api/traces?limit=1")["traces"].size() == 1);
  CHECK(get(in, "/api/traces?service=gateway")["traces"].size() == 1);
  CHECK(get(in, "/api/traces?service=nobody")["traces"].empty());
  CHECK(get(in, "/api/traces?error=true")["traces"].size() == 1);
  CHECK(get(in, "/api/traces?error=false")["traces"][0]["traceId"] == samples::hex_id(2, 32));
}

TEST_CASE("a number that is none is refused with a sentence") {
  receiver in;
  for (char const* const wrong : {"-1", "abc", "", "1x", "99999999999999999999999"})
    for (char const* const question : {"/api/traces?limit=", "/text/traces?width=", "/api/wait?timeout=0&spans="}) {
      INFO(question << wrong);
      json const answer = get(in, std::string{question} + wrong, 400);
      CHECK(answer["code"] == 3);
      CHECK(answer["message"].get<std::string>().find(" must be a whole number") != std::string::npos);
    }
  CHECK(get(in, "/api/traces?limit=0")["traces"].empty());
}

TEST_CASE("a trace is given as OTLP/JSON") {
  receiver in;
  json const request = samples::request_json("shop", {{.to_ms = 5, .status = 2}, {.id = 2, .parent = 1}});
  REQUIRE(post(in, request) == 200);
  CHECK(get(in, "/api/traces/" + samples::hex_id(1, 32)) == request);
  CHECK(get(in, "/api/traces/" + samples::hex_id(9, 32), 404)["code"] == 5);
  CHECK(get(in, "/api/traces/xyz", 400)["code"] == 3);
}

TEST_CASE("traces and operations are also given as text for a terminal") {
  receiver in;
  REQUIRE(post(in, samples::request_json("shop", {{.trace = 1, .name = "checkout", .status = 2}})) == 200);
  REQUIRE(post(in, samples::request_json("shop", {{.trace = 2, .name = "browse"}})) == 200);
  httplib::Client client{"127.0.0.1", in.port()};
  auto const text = [&](std::string const& path, int status = 200) {
    auto const answer = client.Get(path.c_str());
    REQUIRE(answer);
    CHECK(answer->status == status);
    return answer->body;
  };
  CHECK(text("/text/traces/latest").find("browse") != std::string::npos);
  CHECK(text("/text/traces/latest?error=true").find("checkout") != std::string::npos);
  CHECK(text("/text/traces/latest?service=nobody", 404).find("no such trace") != std::string::npos);
  CHECK(text("/text/traces/" + samples::hex_id(1, 32) + "?colors=1").find("\x1b[31m") != std::string::npos);
  auto const ascii = [](std::string const& drawn) {
    return std::all_of(drawn.begin(), drawn.end(), [](unsigned char letter) { return letter < 0x80; });
  };
  CHECK_FALSE(ascii(text("/text/traces/" + samples::hex_id(1, 32))));
  CHECK(ascii(text("/text/traces/" + samples::hex_id(1, 32) + "?unicode=0")));
  CHECK(text("/text/traces?limit=1").find("checkout") == std::string::npos);
  CHECK(text("/text/operations").find("shop     browse         1       0") != std::string::npos);
}

TEST_CASE("operations, statistics and arrivals are told") {
  receiver in;
  REQUIRE(post(in, samples::request_json("shop", {{.to_ms = 2}, {.id = 2, .to_ms = 4, .status = 2}, {.id = 2}})) ==
          200);
  REQUIRE(post(in, json{{"resourceSpans", 7}}) == 400);
  CHECK(get(in, "/api/operations")["operations"] == json::array({{{"service", "shop"},
                                                                  {"name", "work"},
                                                                  {"count", 2},
                                                                  {"errors", 1},
                                                                  {"p50Nano", 2'000'000},
                                                                  {"p99Nano", 4'000'000},
                                                                  {"maxNano", 4'000'000}}}));
  json stats = get(in, "/api/stats");
  CHECK(stats["held"]["bytes"] > 0);
  stats["held"].erase("bytes");
  CHECK(stats == json{{"spans", 2},
                      {"duplicates", 1},
                      {"rejected", 0},
                      {"evicted", 0},
                      {"batches", 1},
                      {"refused", 1},
                      {"faults", 0},
                      {"held", {{"traces", 1}, {"spans", 2}}},
                      {"services", {{"shop", {{"spans", 2}, {"errors", 1}}}}},
                      {"remarks", json::object()}});
  CHECK(get(in, "/api/span_ids") ==
        json{{"traces", {{samples::hex_id(1, 32), {{samples::hex_id(1, 16), 1}, {samples::hex_id(2, 16), 2}}}}}});
}

TEST_CASE("clearing works with and without a body") {
  receiver in;
  httplib::Client client{"127.0.0.1", in.port()};
  for (bool const body : {false, true}) {
    REQUIRE(post(in, samples::request_json("shop", {{}})) == 200);
    auto const answer = body ? client.Post("/api/clear", "{}", "application/json") : client.Post("/api/clear");
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(get(in, "/api/stats")["spans"] == 0);
    CHECK(get(in, "/api/traces")["traces"].empty());
  }
}

TEST_CASE("a client can wait for what is to come", "[threads]") {
  receiver in;
  CHECK(get(in, "/api/wait?spans=1&timeout=20")["reached"] == false);
  auto groups = samples::groups_of("shop", {{.trace = 1}, {.trace = 2}});
  std::thread sender{[&] {
    std::this_thread::sleep_for(50ms);
    in.store().add(std::move(groups));
  }};
  CHECK(get(in, "/api/wait?spans=2&traces=2&timeout=10000")["reached"] == true);
  sender.join();
}

TEST_CASE("unknown paths and methods are refused in JSON, and the start page tells what there is") {
  receiver in;
  CHECK(get(in, "/nothing", 404)["code"] == 5);
  CHECK(get(in, "/v1/traces", 405)["code"] == 12);
  httplib::Client client{"127.0.0.1", in.port()};
  auto const metrics = client.Post("/v1/metrics", "{}", "application/json");
  REQUIRE(metrics);
  CHECK(metrics->status == 404);
  auto const start = client.Get("/");
  REQUIRE(start);
  CHECK(start->body.find("/api/operations") != std::string::npos);
}

TEST_CASE("requests under a foreign host name or from a foreign page are refused") {
  receiver in{{.allowed_hosts = {"collector"}}};
  httplib::Client client{"127.0.0.1", in.port()};
  auto const status = [&](httplib::Headers const& headers) {
    auto const answer =
        client.Post("/v1/traces", headers, samples::request_json("shop", {{}}).dump(), "application/json");
    return answer ? answer->status : 0;
  };
  CHECK(status({{"Host", "evil.example"}}) == 403);
  CHECK(status({{"Origin", "http://evil.example"}}) == 403);
  CHECK(in.store().counts().spans == 0);
  CHECK(status({{"Host", "collector:4318"}}) == 200);
  CHECK(status({{"Origin", "http://localhost:3000"}}) == 200);
}
