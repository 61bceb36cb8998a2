#include <spanwise/detail/http_date.hpp>

#include "catch.hpp"

#include <ctime>
#include <random>

using spanwise::detail::http_date_reader;
using spanwise::detail::start_of_day;

namespace {

constexpr std::int64_t in_2026 = 1'792'567'680;

std::optional<std::int64_t> read(std::string_view text, std::int64_t now = in_2026) {
  return http_date_reader{text}.read(now);
}

} // namespace

TEST_CASE("the three forms of one moment") {
  CHECK(read("Sun, 06 Nov 1994 08:49:37 GMT") == 784'111'777);
  CHECK(read("Sunday, 06-Nov-94 08:49:37 GMT") == 784'111'777);
  CHECK(read("Sun Nov  6 08:49:37 1994") == 784'111'777);
  CHECK(read("Sun Nov 16 08:49:37 1994") == 784'975'777);
}

TEST_CASE("two digits of a year are at most fifty years ahead") {
  CHECK(read("Monday, 01-Jan-75 00:00:00 GMT") == 3'313'526'400); // 2075
  CHECK(read("Monday, 01-Jan-78 00:00:00 GMT") == 252'460'800);   // 1978
  CHECK(read("Monday, 01-Jan-26 00:00:00 GMT") == 1'767'225'600);
}

TEST_CASE("dates that are none") {
  for (char const* text : {"",
                           "soon",
                           ",",
                           "Sun,",
                           "Sun, 06 Nov 1994 08:49:37",
                           "Sun, 06 Nov 1994 08:49:37 CET",
                           "Sun, 06 Nov 1994 08:49:37 GMT ",
                           "Sun, 6 Nov 1994 08:49:37 GMT",
                           "Sun, 06 Nom 1994 08:49:37 GMT",
                           "Sun, 06 ovD 1994 08:49:37 GMT",
                           "Sun, 31 Nov 1994 08:49:37 GMT",
                           "Sun, 29 Feb 2025 08:49:37 GMT",
                           "Sun, 29 Feb 1900 08:49:37 GMT",
                           "Sun, 00 Nov 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 24:49:37 GMT",
                           "Sun, 06 Nov 1994 08:60:37 GMT",
                           "Sun, 06 Nov 1994 08:49:61 GMT",
                           "Sun, 06 Nov -994 08:49:37 GMT",
                           "Sun",
                           "Sun Nov",
                           "Sun Nov  6 08:49:37 199",
                           "Sun Nov 6 08:49:37 1994"}) {
    INFO(text);
    CHECK(read(text) == std::nullopt);
  }
  CHECK(read("Thu, 29 Feb 2024 00:00:00 GMT") == 1'709'164'800);
  CHECK(read("Tue, 29 Feb 2000 23:59:60 GMT") == 951'868'800);
}

TEST_CASE("days are counted as the system counts them") {
  std::mt19937 random{1};
  for (int i = 0; i < 2000; ++i) {
    std::time_t const moment = std::uniform_int_distribution<std::time_t>{-3'000'000'000, 200'000'000'000}(random);
    std::tm parts{};
    REQUIRE(::gmtime_r(&moment, &parts) != nullptr);
    std::int64_t const day = start_of_day(parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
    CHECK(day + parts.tm_hour * 3600 + parts.tm_min * 60 + parts.tm_sec == moment);
    if (parts.tm_year + 1900 > 9999 || parts.tm_year + 1900 < 1000) continue;
    char text[64];
    std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    INFO(text);
    CHECK(read(text) == moment);
    std::strftime(text, sizeof text, "%a %b %e %H:%M:%S %Y", &parts);
    CHECK(read(text) == moment);
  }
}
