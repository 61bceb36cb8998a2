#include <spanwise/export/otlp_outcome.hpp>

#include "catch.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <fstream>

using namespace spanwise;
using namespace std::chrono_literals;
using json = nlohmann::json;

namespace {

constexpr time_point now{1'792'567'680'000'000'000}; // Wed, 21 Oct 2026 07:28:00 GMT

otlp_outcome judge(int status, std::string_view retry_after = {}, std::string_view body = {}) {
  return judge_attempt({.status = status, .retry_after = retry_after, .body = body}, 10s, now);
}

} // namespace

TEST_CASE("what takes the spans is a success, in part if it refuses some") {
  CHECK(judge(200) == otlp_outcome{});
  CHECK(judge(202, "5") == otlp_outcome{});
  CHECK(judge(200, {}, R"({"partialSuccess":{"rejectedSpans":"2","errorMessage":"bad"}})") ==
        otlp_outcome{.fate = otlp_fate::partial, .rejected = 2, .message = "bad"});
  CHECK(judge(200, {}, R"({"partialSuccess":{"errorMessage":"soon"}})") == otlp_outcome{.message = "soon"});
  CHECK(judge(200, {}, "hello") == otlp_outcome{.understood = false});
  CHECK(judge_attempt({.status = 200, .body = "\x0a\x02\x08\x07", .encoding = otlp_encoding::protobuf}, 1s, now) ==
        otlp_outcome{.fate = otlp_fate::partial, .rejected = 7});
}

TEST_CASE("only what may pass by itself is tried again") {
  for (int status = 100; status < 600; ++status) {
    INFO(status);
    bool const again = status == 429 || status == 502 || status == 503 || status == 504;
    CHECK(judge(status).fate == (again               ? otlp_fate::retry
                                 : status / 100 == 2 ? otlp_fate::success
                                                     : otlp_fate::failure));
    CHECK(judge(status).wait == std::nullopt);
    CHECK(judge(status, "1").wait == (again ? std::optional<duration>{1s} : std::nullopt));
  }
  CHECK(judge_attempt({.delivery = otlp_delivery::lost}, 0s, now) == otlp_outcome{.fate = otlp_fate::retry});
  CHECK(judge_attempt({.delivery = otlp_delivery::refused}, 10s, now) == otlp_outcome{.fate = otlp_fate::failure});
}

TEST_CASE("a wait that would pass the deadline is no use") {
  CHECK(judge(503, "10") == otlp_outcome{.fate = otlp_fate::retry, .wait = 10s});
  CHECK(judge(503, "11") == otlp_outcome{.fate = otlp_fate::failure});
  CHECK(judge(503, "99999999999999999999999") == otlp_outcome{.fate = otlp_fate::failure});
  CHECK(judge(503, "Fri, 31 Dec 9999 23:59:59 GMT") == otlp_outcome{.fate = otlp_fate::failure});
  CHECK(judge_attempt({.status = 429, .retry_after = "0"}, 0s, now) ==
        otlp_outcome{.fate = otlp_fate::retry, .wait = 0s});
}

TEST_CASE("waits are whole seconds or a date; what is neither says nothing") {
  CHECK(read_retry_after(" 2 ", now) == duration{2s});
  CHECK(read_retry_after("Wed, 21 Oct 2026 07:28:05 GMT", now) == duration{5s});
  CHECK(read_retry_after("Wed, 21 Oct 2026 07:28:05 GMT", time_point{now.unix_ns + 1}) == duration{4'999'999'999});
  CHECK(read_retry_after("Wed, 21 Oct 2026 07:27:59 GMT", now) == duration{});
  CHECK(read_retry_after("Sun, 06 Nov 0001 08:49:37 GMT", now) == duration{});
  for (char const* text :
       {"", " ", "soon", "-1", "-0", "+1", "1.5", "1e3", "0x10", "5 s", "Wed, 21 Oct 2026 07:28:05 CET"}) {
    INFO(text);
    CHECK(read_retry_after(text, now) == std::nullopt);
  }
}

TEST_CASE("vectors of answers to an export") {
  std::ifstream file{std::string{SPANWISE_TEST_VECTORS} + "/otlp_http.json"};
  REQUIRE(file);
  json const all = json::parse(file)["vectors"];
  REQUIRE(all.size() >= 31);
  for (json const& each : all) {
    json const& input = each["input"];
    CAPTURE(each.dump());
    std::string const body = input["body"];
    std::string const retry_after = input["headers"].value("Retry-After", "");
    otlp_attempt attempt{.retry_after = retry_after, .body = body};
    if (input["status"].is_number()) attempt.status = input["status"];
    else attempt.delivery = otlp_delivery::lost;
    otlp_outcome const outcome =
        judge_attempt(attempt, std::chrono::milliseconds{input["remaining_ms"].get<int>()}, now);
    char const* const fates[] = {"success", "partial", "retry", "fail"};
    CHECK(fates[static_cast<int>(outcome.fate)] == each["expected"]["outcome"].get<std::string>());
    CHECK((outcome.wait ? json(outcome.wait->ns / 1'000'000) : json(nullptr)) == each["expected"]["wait_ms"]);
    CHECK(outcome.rejected == each["expected"]["rejected"].get<std::uint64_t>());
  }
}
