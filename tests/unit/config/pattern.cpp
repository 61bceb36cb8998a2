#include <spanwise/config/pattern.hpp>

#include "catch.hpp"

#include <string>
#include <vector>

using spanwise::detail::fits_pattern;
using spanwise::detail::is_included;

TEST_CASE("* stands for any characters, ? for one, and all of the text is compared") {
  CHECK(fits_pattern("", ""));
  CHECK(fits_pattern("", "**"));
  CHECK(fits_pattern("process.pid", "process.*"));
  CHECK(fits_pattern("process.", "process.*"));
  CHECK(fits_pattern("a.b.a.c", "*.a.c"));
  CHECK(fits_pattern("aab", "*ab"));
  CHECK(fits_pattern("abcabd", "*ab?"));
  CHECK(fits_pattern("h\xc3\xa9!", "h?!"));
  CHECK(fits_pattern("a*b", "a*b"));
  CHECK_FALSE(fits_pattern("", "?"));
  CHECK_FALSE(fits_pattern("process", "process.*"));
  CHECK_FALSE(fits_pattern("Process.pid", "process.*"));
  CHECK_FALSE(fits_pattern("abc", "ab"));
  CHECK_FALSE(fits_pattern("ab", "abc"));
  CHECK_FALSE(fits_pattern("h\xc3\xa9!", "h?\?!"));
}

TEST_CASE("many stars take no longer than the text and the pattern say") {
  std::string const text(5000, 'a');
  std::string pattern;
  for (int i = 0; i < 500; ++i) pattern += "*a";
  CHECK(fits_pattern(text, pattern));
  CHECK_FALSE(fits_pattern(text, pattern + "b"));
}

TEST_CASE("what is excluded is out, whatever is included; nothing included is all") {
  std::vector<std::string> const none;
  std::vector<std::string> const process{"process.*"};
  std::vector<std::string> const args{"process.command_args"};
  CHECK(is_included("host.name", none, none));
  CHECK(is_included("process.pid", process, args));
  CHECK_FALSE(is_included("host.name", process, args));
  CHECK_FALSE(is_included("process.command_args", process, args));
  CHECK_FALSE(is_included("process.command_args", none, args));
}
