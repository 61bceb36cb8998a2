#include <spanwise/detail/char_set.hpp>

#include "catch.hpp"

using namespace spanwise::detail;

TEST_CASE("a set holds its ranges, both ends included, and nothing else") {
  constexpr char_set set{"az09__"};
  for (unsigned byte = 0; byte < 256; ++byte) {
    bool const inside = (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '_';
    REQUIRE(set.has(static_cast<char>(byte)) == inside);
  }
  STATIC_REQUIRE(set.has_all(""));
  STATIC_REQUIRE(set.has_all("a_9"));
  STATIC_REQUIRE(!set.has_all("a.9"));
}

TEST_CASE("a range may reach the last byte") {
  constexpr char_set set{"\x80\xff"};
  STATIC_REQUIRE(set.has('\xff'));
  STATIC_REQUIRE(set.has('\x80'));
  STATIC_REQUIRE(!set.has('\x7f'));
}

TEST_CASE("blanks and tabs are trimmed at the ends only") {
  STATIC_REQUIRE(trimmed(" \ta b\t ") == "a b");
  STATIC_REQUIRE(trimmed(" \t ").empty());
  STATIC_REQUIRE(trimmed("\na\r") == "\na\r");
}

TEST_CASE("parts are taken off a list one by one") {
  std::string_view list = "a,,b,";
  CHECK(next_part(list, ',') == "a");
  CHECK(next_part(list, ',').empty());
  CHECK(next_part(list, ',') == "b");
  CHECK(list.empty());
  CHECK(next_part(list, ',').empty());
}
