#include <spanwise/detail/utf8.hpp>

#include "catch.hpp"
#include "random_text.hpp"

using namespace spanwise::detail;

namespace {

std::string repaired(std::string_view text) {
  std::string out;
  repair_utf8(text, [&out](std::string_view piece) { out += piece; });
  return out;
}

std::string encoded(unsigned point) {
  auto const byte = [](unsigned value) { return static_cast<char>(value); };
  if (point < 0x80) return {byte(point)};
  if (point < 0x800) return {byte(0xC0 | point >> 6), byte(0x80 | (point & 63))};
  if (point < 0x10000) return {byte(0xE0 | point >> 12), byte(0x80 | (point >> 6 & 63)), byte(0x80 | (point & 63))};
  return {byte(0xF0 | point >> 18), byte(0x80 | (point >> 12 & 63)), byte(0x80 | (point >> 6 & 63)),
          byte(0x80 | (point & 63))};
}

std::string const bad = "\xEF\xBF\xBD";

} // namespace

TEST_CASE("exactly the code points that are no surrogates are well-formed") {
  for (unsigned point = 0; point < 0x110000 + 0x1000; ++point) {
    std::string const text = encoded(point);
    bool const good = point < 0x110000 && (point < 0xD800 || point > 0xDFFF);
    if (valid_utf8(text) != good || (good && count_chars(text) != 1)) FAIL("code point " << point);
  }
}

TEST_CASE("overlong forms and lone bytes are ill-formed") {
  for (std::string_view const text : {"\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF",
                                      "\x80", "\xFF", "\xF5\x80\x80\x80", "\xE2\x82", "\xF0\x9F\x9A", "\xC3"})
    CHECK(!valid_utf8(text));
}

TEST_CASE("each maximal ill-formed part becomes one replacement") {
  CHECK(repaired("ok") == "ok");
  CHECK(repaired("") == "");
  CHECK(repaired("\xFF") == bad);
  CHECK(repaired("ok\x80ok") == "ok" + bad + "ok");
  CHECK(repaired("\xC3(") == bad + "(");
  CHECK(repaired("\xE2\x82") == bad);
  CHECK(repaired("\xF0\x9F\x9A!") == bad + "!");
  CHECK(repaired("\xE0\x80\x80") == bad + bad + bad);
  // The example of the Unicode standard, table 3-8.
  CHECK(repaired("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41") == bad + bad + bad + bad + bad + bad + bad + bad + "A");
  CHECK(repaired("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41") == bad + bad + bad + bad + "A");
}

TEST_CASE("the valid prefix ends before the first ill-formed part") {
  CHECK(valid_prefix("abc") == 3);
  CHECK(valid_prefix("abcdefgh\xC3\xA9xyz\xFFq") == 13);
  CHECK(valid_prefix("\xC3") == 0);
}

TEST_CASE("cutting counts characters and splits none") {
  std::string const text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x9A\x80z"; // 1 + 2 + 3 + 4 + 1 bytes
  CHECK(truncate_chars(text, 0).empty());
  CHECK(truncate_chars(text, 1).size() == 1);
  CHECK(truncate_chars(text, 2).size() == 3);
  CHECK(truncate_chars(text, 3).size() == 6);
  CHECK(truncate_chars(text, 4).size() == 10);
  CHECK(truncate_chars(text, 5) == text);
  CHECK(truncate_chars(text, 99) == text);
  std::size_t const whole[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};
  for (std::size_t size = 0; size < 13; ++size) CHECK(truncate_bytes(text, size).size() == whole[size]);
  std::string const plain(1000, 'x');
  CHECK(truncate_chars(plain, 777).size() == 777);
}

TEST_CASE("the functions agree with each other on any bytes") {
  testing::random_text random;
  std::string_view const nasty = "aa\x80\xBF\xC3\xA9\xE0\xA0\xE2\x82\xED\x9F\xF0\x90\xF4\x8F\xFF";
  for (int round = 0; round < testing::random_rounds; ++round) {
    std::string const text = random.below(2) == 0 ? random.of(nasty, 30) : random.bytes(30);
    std::string const good = repaired(text);
    REQUIRE(valid_utf8(good));
    REQUIRE(count_chars(good) == count_chars(text));
    REQUIRE((good == text) == valid_utf8(text));
    REQUIRE(valid_utf8(std::string_view{text}.substr(0, valid_prefix(text))));
    std::size_t const limit = random.below(35);
    std::string_view const cut = truncate_chars(text, limit);
    REQUIRE(count_chars(cut) == std::min(limit, count_chars(text)));
    REQUIRE(repaired(cut) == truncate_chars(good, limit));
    std::string_view const short_one = truncate_bytes(good, limit);
    REQUIRE(short_one.size() <= limit);
    REQUIRE(valid_utf8(short_one));
    REQUIRE(short_one.size() + 4 > std::min(limit, good.size()));
  }
}
