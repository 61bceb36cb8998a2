#include <spanwise/detail/json_cursor.hpp>

#include "catch.hpp"

using spanwise::detail::json_cursor;

namespace {

std::string read_string(std::string_view json, std::size_t most = 100) {
  json_cursor cursor{json};
  std::string text;
  return cursor.string(text, most) && cursor.at_end() ? text : "not a string";
}

bool skips(std::string_view json) {
  json_cursor cursor{json};
  return cursor.skip() && cursor.at_end();
}

} // namespace

TEST_CASE("strings are unescaped and cut") {
  CHECK(read_string(R"( "a\n\t\"\\\/b" )") == "a\n\t\"\\/b");
  CHECK(read_string(R"("\u0041\u00fc\u20ac\ud83d\ude00")") == "A\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80");
  CHECK(read_string(R"("\ud83d!")") == "\xEF\xBF\xBD!");
  CHECK(read_string(R"("\ud83d\u0041")") == "\xEF\xBF\xBD");
  CHECK(read_string(R"("abcdef")", 3) == "abc");
  CHECK(read_string(R"("abc)") == "not a string");
  CHECK(read_string(R"("abc\)") == "not a string");
  CHECK(read_string(R"("\u12")") == "not a string");
  CHECK(read_string("1") == "not a string");
}

TEST_CASE("integers come as numbers or as strings, and nothing else passes for one") {
  auto const read = [](std::string_view json) {
    json_cursor cursor{json};
    std::int64_t value = 0;
    return cursor.integer(value) ? value : -99;
  };
  CHECK(read("12") == 12);
  CHECK(read("\"12\"") == 12);
  CHECK(read(" -3 ") == -3);
  CHECK(read("9223372036854775807") == INT64_MAX);
  for (auto const* bad : {"", "\"\"", "1.5", "1e3", "9223372036854775808", "true", "\"12", "\"1 2\"", "null"})
    CHECK(read(bad) == -99);
}

TEST_CASE("members that nobody asks for are skipped") {
  json_cursor cursor{R"({"a":{"b":[1,{"c":"}"}]},"n": 5 ,"z":null,"":true})"};
  std::int64_t found = 0;
  std::string keys;
  CHECK(cursor.object([&](std::string_view key) {
    keys.append(key).append(".");
    return key == "n" && cursor.integer(found);
  }));
  CHECK(cursor.at_end());
  CHECK(found == 5);
  CHECK(keys == "a.n.z..");
}

TEST_CASE("a member of another type than asked for is skipped") {
  json_cursor cursor{R"({"n":"five","s":"x"})"};
  std::int64_t number = 0;
  std::string text;
  CHECK(cursor.object([&](std::string_view key) {
    return (key == "n" && cursor.integer(number)) || (key == "s" && cursor.string(text, 9));
  }));
  CHECK(text == "x");
}

TEST_CASE("malformed and deep texts end in false") {
  for (auto const* good : {"{}", "[]", "[[],{}]", "true", "-1.5e3", "{\"a\":[1,2]}"}) CHECK(skips(good));
  for (auto const* bad :
       {"", "{", "[", "[1", "[1,]", "{\"a\"}", "{\"a\":}", "{a:1}", "nul", "}", "\"", "[}", "{]", "{\"a\":1,}", "@"})
    CHECK_FALSE(skips(bad));
  CHECK(skips(std::string(60, '[') + std::string(60, ']')));
  CHECK_FALSE(skips(std::string(100000, '[')));
}

TEST_CASE("a skip that fails moves nothing, not even where a string ends within an escape") {
  for (auto const* bad : {"\"abc\\", "[1,\"\\", "{\"a\":[true", "nul"}) {
    json_cursor cursor{bad};
    CHECK_FALSE(cursor.skip());
    std::int64_t number = 0;
    CHECK_FALSE(cursor.integer(number));
    CHECK_FALSE(cursor.at_end());
  }
  json_cursor cursor{"[12 \"\\"};
  CHECK_FALSE(cursor.skip());
  std::string text;
  CHECK_FALSE(cursor.string(text, 9));
  CHECK_FALSE(cursor.object([](std::string_view) { return false; }));
}
