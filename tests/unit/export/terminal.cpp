#include <spanwise/export/terminal.hpp>

#include "catch.hpp"

using namespace spanwise::detail;
using spanwise::environment;

TEST_CASE("the locale decides about UTF-8, the most specific variable first") {
  CHECK(utf8_locale(environment{{"LANG", "en_US.UTF-8"}}));
  CHECK(utf8_locale(environment{{"LANG", "C.utf8"}}));
  CHECK_FALSE(utf8_locale(environment{{"LANG", "C"}}));
  CHECK(utf8_locale(environment{}));
  CHECK_FALSE(utf8_locale(environment{{"LC_ALL", "POSIX"}}));
  CHECK_FALSE(utf8_locale(environment{{"LANG", "en_US.UTF-8"}, {"LC_ALL", "C"}}));
  CHECK(utf8_locale(environment{{"LANG", "C"}, {"LC_CTYPE", "de_DE.UTF-8"}}));
}

TEST_CASE("what is no terminal has no colours and no width of its own") {
  std::FILE* const file = std::tmpfile();
  REQUIRE(file != nullptr);
  CHECK_FALSE(is_terminal(file));
  CHECK_FALSE(wants_colors(file, environment{{"TERM", "xterm"}}));
  CHECK(terminal_columns(file) == 0);
  std::fclose(file);
  CHECK_FALSE(is_terminal(nullptr));
}

TEST_CASE("COLUMNS is the width where there is no terminal") {
  CHECK(default_columns(environment{}) == 100);
  CHECK(default_columns(environment{{"COLUMNS", "72"}}) == 72);
  CHECK(default_columns(environment{{"COLUMNS", "-72"}}) == 100);
  CHECK(default_columns(environment{{"COLUMNS", "99999999999999999999"}}) == 100);
  CHECK(default_columns(environment{{"COLUMNS", "0"}}) == 100);
}
