#include <spanwise/detail/json_text.hpp>

#include "catch.hpp"

#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>
#include <vector>

using namespace spanwise::detail;

namespace {

std::string decimal(std::uint64_t number) {
  char text[integer_room];
  return {text, put_decimal(text, number)};
}

std::string integer(std::int64_t number) {
  char text[integer_room];
  return {text, put_integer(text, number)};
}

std::string floating(double number) {
  char text[double_room];
  return {text, put_double(text, number)};
}

template <class Write> std::string written(Write&& write) {
  buffer out;
  json_sink sink{out};
  char* const at = sink.begin();
  REQUIRE(at != nullptr);
  REQUIRE(sink.finish(write(sink, at)));
  return std::string{out.text()};
}

std::string quoted(std::string_view text) {
  // An exact allocation lets the address sanitizer see a read behind the text.
  std::vector<char> const exact{text.begin(), text.end()};
  return written([&](json_sink& sink, char* at) { return sink.string(at, {exact.data(), exact.size()}); });
}

std::string base64(std::string_view bytes) {
  return written([&](json_sink& sink, char* at) { return sink.base64(at, std::as_bytes(std::span{bytes.data(), bytes.size()})); });
}

/// The plain way to write a JSON string, to compare with.
std::string expected_string(std::string_view text) {
  std::string out = "\"";
  repair_utf8(text, [&](std::string_view piece) {
    for (char const letter : piece) {
      auto const code = static_cast<unsigned char>(letter);
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", code);
      if (letter == '"' || letter == '\\') out += std::string{'\\', letter};
      else if (letter == '\n') out += "\\n";
      else if (letter == '\t') out += "\\t";
      else if (letter == '\r') out += "\\r";
      else if (letter == '\b') out += "\\b";
      else if (letter == '\f') out += "\\f";
      else if (code < 0x20) out += escape;
      else out += letter;
    }
  });
  return out + '"';
}

} // namespace

TEST_CASE("integers are written in decimal, without zeros in front") {
  for (std::uint64_t const number : {0ULL, 1ULL, 9ULL, 10ULL, 99ULL, 100ULL, 9'999'999ULL, 10'000'000ULL, 99'999'999ULL,
                                     100'000'000ULL, 1'700'000'000'123'456'789ULL, 9'999'999'999'999'999ULL,
                                     10'000'000'000'000'000ULL, 18'446'744'073'709'551'615ULL})
    CHECK(decimal(number) == std::to_string(number));
  for (std::uint64_t power = 1; power < 10'000'000'000'000'000'000ULL; power *= 10)
    for (std::uint64_t const number : {power - 1, power, power + 1, power * 3 / 2})
      CHECK(decimal(number) == std::to_string(number));
  bool same = true;
  for (std::uint32_t number = 0; number < 100'000'000; number += 37) {
    char digits[9];
    std::uint64_t const eight = eight_digits(number);
    std::memcpy(digits, &eight, 8);
    digits[8] = '\0';
    same = same && std::strtoul(digits, nullptr, 10) == number;
  }
  CHECK(same);
  std::mt19937_64 random{1};
  for (int round = 0; round < 100'000; ++round) {
    std::uint64_t const number = random() >> random() % 64;
    if (decimal(number) != std::to_string(number)) FAIL(number);
  }
  CHECK(integer(-1) == "-1");
  CHECK(integer(0) == "0");
  CHECK(integer(INT64_MAX) == "9223372036854775807");
  CHECK(integer(INT64_MIN) == "-9223372036854775808");
}

TEST_CASE("doubles read back as the same double") {
  CHECK(floating(0.0) == "0");
  CHECK(floating(-0.0) == "-0");
  CHECK(floating(1.5) == "1.5");
  CHECK(floating(0.1) == "0.1");
  CHECK(floating(-12.07) == "-12.07");
  CHECK(floating(3.0) == "3");
  CHECK(floating(1000000.25) == "1000000.25");
  CHECK(floating(0.000001) == "0.000001");
  CHECK(floating(1e300) == "1e+300");
  CHECK(floating(5e-324) == "5e-324");
  CHECK(floating(0.1 + 0.2) == "0.30000000000000004");
  CHECK(floating(std::numeric_limits<double>::quiet_NaN()) == "\"NaN\"");
  CHECK(floating(std::numeric_limits<double>::infinity()) == "\"Infinity\"");
  CHECK(floating(-std::numeric_limits<double>::infinity()) == "\"-Infinity\"");
  std::mt19937_64 random{2};
  std::uniform_real_distribution<double> few{-1e7, 1e7};
  for (int round = 0; round < 200'000; ++round) {
    double number = std::bit_cast<double>(random());
    if (round % 3 == 1) number = std::round(few(random) * 1000) / 1000;
    if (round % 3 == 2) number = std::round(few(random) * 1e7) / 1e7;
    if (!std::isfinite(number)) continue;
    std::string const text = floating(number);
    if (std::strtod(text.c_str(), nullptr) != number || text.size() > 24) FAIL(text);
  }
}

TEST_CASE("strings are escaped where JSON asks for it, and only there") {
  CHECK(quoted("") == "\"\"");
  CHECK(quoted("a") == "\"a\"");
  CHECK(quoted("order.items") == "\"order.items\"");
  CHECK(quoted("say \"hi\" \\ there") == "\"say \\\"hi\\\" \\\\ there\"");
  CHECK(quoted("\n\t\r\b\f\x01\x1f\x7f") == "\"\\n\\t\\r\\b\\f\\u0001\\u001f\x7f\"");
  CHECK(quoted(std::string_view{"a\0b", 3}) == "\"a\\u0000b\"");
  CHECK(quoted("grün 日本 \xf0\x9f\x9a\x80") == "\"grün 日本 \xf0\x9f\x9a\x80\"");
  CHECK(quoted("bad \xff byte") == "\"bad \xef\xbf\xbd byte\"");
  CHECK(quoted("cut \xe6\x97") == "\"cut \xef\xbf\xbd\"");
  CHECK(quoted("\xed\xa0\x80") == "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

TEST_CASE("strings of every length and any bytes come out as the plain way writes them") {
  std::mt19937 random{3};
  std::string const letters = "abcdefghijklmnopqrstuvwxyz";
  for (std::size_t size = 0; size < 70; ++size) {
    std::string text;
    while (text.size() < size) text += letters[text.size() % 26];
    CHECK(quoted(text) == expected_string(text));
    for (std::size_t at = 0; at < size; ++at)
      for (char const odd : {'"', '\\', '\n', '\x1f', '\x80', '\xff', ' ', '!', '\x7f'}) {
        std::string changed = text;
        changed[at] = odd;
        if (quoted(changed) != expected_string(changed)) FAIL(changed);
      }
  }
  for (int round = 0; round < 3000; ++round) {
    std::string text(random() % 5000, '\0');
    unsigned const range = round % 3 == 0 ? 256 : round % 3 == 1 ? 96 : 128;
    for (char& letter : text) letter = static_cast<char>(range == 96 ? 32 + random() % 96 : random() % range);
    if (quoted(text) != expected_string(text)) FAIL(text);
  }
  std::string long_text;
  while (long_text.size() < 100'000) long_text += "größer ";
  CHECK(quoted(long_text) == expected_string(long_text));
}

TEST_CASE("bytes are written as base64 with padding") {
  CHECK(base64("") == "\"\"");
  CHECK(base64("f") == "\"Zg==\"");
  CHECK(base64("fo") == "\"Zm8=\"");
  CHECK(base64("foo") == "\"Zm9v\"");
  CHECK(base64("foobar") == "\"Zm9vYmFy\"");
  CHECK(base64("\xfb\xff") == "\"+/8=\"");
  std::string const long_bytes(10'000, '\xff');
  std::string const text = base64(long_bytes);
  CHECK(text.size() == 2 + 13336);
  CHECK(text.substr(0, 13334).find_first_not_of("\"/") == std::string::npos);
  CHECK(text.substr(13333) == "/w==\"");
}

TEST_CASE("a sink goes on behind what the buffer holds") {
  buffer out;
  out.append("before ");
  json_sink sink{out};
  char* const at = sink.begin();
  REQUIRE(at != nullptr);
  CHECK(sink.finish(put(at, "after")));
  CHECK(out.text() == "before after");
}
