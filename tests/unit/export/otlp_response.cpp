#include <spanwise/export/otlp_response.hpp>

#include "catch.hpp"

#include <random>

using namespace std::string_view_literals;
using spanwise::judge_status;
using spanwise::otlp_encoding;
using spanwise::otlp_partial_success;
using spanwise::otlp_verdict;
using spanwise::read_partial_success;
using spanwise::read_status_message;

TEST_CASE("only 429, 502, 503 and 504 ask to come back later") {
  for (int status = 0; status < 1000; ++status) {
    bool const later = status == 429 || status == 502 || status == 503 || status == 504;
    bool const fine = status / 100 == 2;
    CAPTURE(status);
    CHECK(judge_status(status) == (later  ? otlp_verdict::try_later
                                   : fine ? otlp_verdict::accepted
                                          : otlp_verdict::refused));
  }
}

TEST_CASE("an answer in JSON") {
  auto const read = [](std::string_view body) { return read_partial_success(body, otlp_encoding::json); };
  otlp_partial_success const all_taken;
  CHECK(read("") == all_taken);
  CHECK(read(" \r\n") == all_taken);
  CHECK(read("{}") == all_taken);
  CHECK(read(R"({"partialSuccess":{}})") == all_taken);
  CHECK(read(R"({"partialSuccess":null})") == all_taken);
  CHECK(read(R"({"partialSuccess":{"rejectedSpans":"2","errorMessage":"bad"}})") == otlp_partial_success{2, "bad"});
  CHECK(read(R"({"partialSuccess":{"errorMessage":"soon","rejectedSpans":0}})") == otlp_partial_success{0, "soon"});
  CHECK(read(R"({"x":[{}],"partialSuccess":{"rejectedSpans":7}})") == otlp_partial_success{7, ""});
  CHECK(read(R"({"partial_success":{"rejectedSpans":7}})") == all_taken);
  CHECK(read(R"({"partialSuccess":{"rejected_spans":7,"error_message":"x","errorMessage":"y"}})") ==
        otlp_partial_success{0, "y"});
  CHECK(read(R"({"partialSuccess":{"rejectedSpans":"-5"}})") == all_taken);
  CHECK(read(R"({"partialSuccess":{"rejectedSpans":99999999999999999999}})") == all_taken);
  CHECK(read(R"({"partialSuccess":{"errorMessage":"a\nb\u001b[31m"}})") == otlp_partial_success{0, "a?b?[31m"});
  CHECK(read("not json") == std::nullopt);
  CHECK(read("<html></html>") == std::nullopt);
  CHECK(read("{} x") == std::nullopt);
  CHECK(read(R"({"partialSuccess":{"rejectedSpans":"2")") == std::nullopt);
}

TEST_CASE("an answer in protobuf") {
  auto const read = [](std::string_view body) { return read_partial_success(body, otlp_encoding::protobuf); };
  CHECK(read("") == otlp_partial_success{});
  CHECK(read("\x0a\x00"sv) == otlp_partial_success{});
  CHECK(read("\x0a\x07\x08\x02\x12\x03"
             "bad"sv) == otlp_partial_success{2, "bad"});
  CHECK(read("\x0a\x02\x08\x00"sv) == otlp_partial_success{});
  CHECK(read("\x0a\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"sv) == otlp_partial_success{});
  CHECK(read("\x18\x05"sv) == otlp_partial_success{});
  CHECK(read("\x0a\x07\x08\x02"sv) == std::nullopt);
  CHECK(read("\x0a\x02\x12\x09"sv) == std::nullopt);
  CHECK(read("<html></html>") == std::nullopt);
}

TEST_CASE("the message of a failure, bounded and fit for a log") {
  CHECK(read_status_message(R"({"code":3,"message":"no spans"})", otlp_encoding::json) == "no spans");
  CHECK(read_status_message(R"({"message":"a","details":[{"@type":"x"}]})", otlp_encoding::json) == "a");
  CHECK(read_status_message("404 page not found", otlp_encoding::json) == "");
  CHECK(read_status_message("", otlp_encoding::json) == "");
  CHECK(read_status_message("\x08\x03\x12\x02no"sv, otlp_encoding::protobuf) == "no");
  CHECK(read_status_message("404 page not found", otlp_encoding::protobuf) == "");
  std::string const endless = "{\"message\":\"" + std::string(1 << 20, 'x') + "\"}";
  CHECK(read_status_message(endless, otlp_encoding::json).size() <= 303);
  CHECK(read_status_message("\x12\x03\xff\xfe!"sv, otlp_encoding::protobuf) == "\xEF\xBF\xBD\xEF\xBF\xBD!");
}

TEST_CASE("no bytes upset the readers") {
  std::mt19937 random{7};
  std::string const seeds[] = {R"({"partialSuccess":{"rejectedSpans":"2","errorMessage":"b\u00e4d"}})",
                               "\x0a\x07\x08\x02\x12\x03"
                               "bad",
                               std::string(300, '{'), "{\"a\":[[[[[{}]]]]]}"};
  for (int round = 0; round < 20000; ++round) {
    std::string body = seeds[round % 4];
    for (int change = 0; change < 3; ++change) body[random() % body.size()] = static_cast<char>(random() % 256);
    body.resize(random() % (body.size() + 1));
    for (auto const encoding : {otlp_encoding::json, otlp_encoding::protobuf}) {
      (void)read_partial_success(body, encoding);
      (void)read_status_message(body, encoding);
    }
  }
  SUCCEED();
}
