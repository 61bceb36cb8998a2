#include <spanwise/export/text_layout.hpp>

#include "catch.hpp"

using namespace spanwise::detail;

TEST_CASE("columns: combining marks take none, wide characters two") {
  CHECK(display_width("") == 0);
  CHECK(display_width("order") == 5);
  CHECK(display_width("größe") == 5);
  CHECK(display_width("e\xcc\x81") == 1);
  CHECK(display_width("日本") == 4);
  CHECK(display_width("\xf0\x9f\x9a\x80") == 2);
  CHECK(display_width("a\xff"
                      "b") == 3);
}

TEST_CASE("what could steer a terminal is shown as an escape") {
  CHECK(printable("plain ünïcode") == "plain ünïcode");
  CHECK(printable("a\nb\tc\rd") == "a\\nb\\tc\\rd");
  CHECK(printable("\x1b[31mred") == "\\x1b[31mred");
  CHECK(printable("\xc2\x9b"
                  "31m") == "\\x9b31m");
  CHECK(printable("\xe2\x80\xae"
                  "abc") == "\\u202eabc");
  CHECK(printable(std::string_view{"\0\x7f", 2}) == "\\x00\\x7f");
}

TEST_CASE("ill-formed bytes become the replacement character, one by one") {
  CHECK(printable("a\xff"
                  "b") == "a\xef\xbf\xbd"
                          "b");
  CHECK(printable("\xc3") == "\xef\xbf\xbd");
  CHECK(printable("\xc0\x80") == "\xef\xbf\xbd\xef\xbf\xbd");
  CHECK(printable("\xed\xa0\x80") == "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  CHECK(printable("\xf4\x90\x80\x80") == "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  CHECK(printable("\xef\xbf\xbd") == "\xef\xbf\xbd");
}

TEST_CASE("text is cut by columns, never within a character") {
  CHECK(cut_to("place order", 11, "…") == "place order");
  CHECK(cut_to("place order", 6, "…") == "place…");
  CHECK(cut_to("place order", 6, "...") == "pla...");
  CHECK(cut_to("日本語", 4, "…") == "日…");
  CHECK(cut_to("größe", 3, "…") == "gr…");
  CHECK(cut_to("abc", 0, "…").empty());
  CHECK(cut_to("abcdef", 2, "...") == "..");
}

TEST_CASE("lines break at blanks, and what is too much is cut") {
  auto const lines = wrapped("the quick brown fox jumps over the lazy dog", 11, 3, "…");
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] == "the quick");
  CHECK(lines[1] == "brown fox");
  CHECK(lines[2] == "jumps over…");
  CHECK(wrapped("short", 11, 3, "…") == std::vector<std::string>{"short"});
  CHECK(wrapped("abcdefghij", 4, 9, "…") == std::vector<std::string>{"abcd", "efgh", "ij"});
  CHECK(wrapped("日本", 1, 9, "…").size() == 1);
}

TEST_CASE("durations read well in a common unit, or in a smaller one where nothing would be left") {
  CHECK(duration_text(0) == "0 ns");
  CHECK(duration_text(999) == "999 ns");
  CHECK(duration_text(1'240'000) == "1.24 ms");
  CHECK(duration_text(48'200'000) == "48.20 ms");
  CHECK(duration_text(5'000'000'000) == "5.00 s");
  CHECK(duration_text(3'600'000'000'000) == "3600.00 s");
  CHECK(duration_text(610'000, time_unit::milliseconds) == "0.61 ms");
  CHECK(duration_text(2'300, time_unit::milliseconds) == "2.30 µs");
  CHECK(duration_text(2'300, time_unit::milliseconds, "us") == "2.30 us");
  CHECK(duration_text(0, time_unit::milliseconds) == "0.00 ms");
  CHECK(duration_text(-610'000, time_unit::milliseconds) == "-0.61 ms");
  CHECK(duration_text(INT64_MIN) == "-9223372036.85 s");
}

TEST_CASE("the time between any two moments does not overflow") {
  CHECK(nanoseconds_between(3, 10) == 7);
  CHECK(nanoseconds_between(10, 3) == -7);
  CHECK(nanoseconds_between(INT64_MIN, INT64_MAX) == INT64_MAX);
  CHECK(nanoseconds_between(INT64_MAX, INT64_MIN) == -INT64_MAX);
}
