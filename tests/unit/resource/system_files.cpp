#include <spanwise/resource/system_files.hpp>

#include "file_root.hpp"

#include <sys/stat.h>

using namespace spanwise::detail;
using testing::file_root;

TEST_CASE("a file is read whole, also without an end of line and with zeros inside") {
  std::string const text("a=1\0b\n", 6);
  file_root const root{{"/etc/x", text}, {"/etc/open", "last"}, {"/etc/long", std::string(100'000, 'x')}};
  CHECK(read_system_file(root.path(), "/etc/x") == text);
  CHECK(read_system_file({}, root.at("/etc/open")) == "last");
  CHECK(read_system_file(root.path(), "/etc/long") == std::string(100'000, 'x'));
}

TEST_CASE("what is no file, or can't be read, is empty") {
  file_root const root{{"/etc/x", "1"}};
  CHECK(read_system_file(root.path(), "/etc/y").empty());
  CHECK(read_system_file(root.path(), "/etc").empty());
  CHECK(read_system_file(root.path(), "/dev/null").empty());
  CHECK(read_system_file({}, "/dev/zero").empty());
  REQUIRE(::mkfifo(root.at("/pipe").c_str(), 0600) == 0);
  CHECK(read_system_file(root.path(), "/pipe").empty()); // and nobody waits
  CHECK(has_system_file(root.path(), "/etc/x"));
  CHECK_FALSE(has_system_file(root.path(), "/etc/y"));
}

TEST_CASE("what is longer than the bound ends at its last whole line") {
  file_root const root{{"/x", "one\ntwo\nthree\n"}, {"/long", std::string(2 << 20, 'x')}};
  CHECK(read_system_file(root.path(), "/x", 14) == "one\ntwo\nthree\n");
  CHECK(read_system_file(root.path(), "/x", 13) == "one\ntwo\n");
  CHECK(read_system_file(root.path(), "/x", 8) == "one\ntwo\n");
  CHECK(read_system_file(root.path(), "/x", 7) == "one\n");
  CHECK(read_system_file(root.path(), "/x", 3).empty());
  CHECK(read_system_file(root.path(), "/long").empty());
  std::string many;
  for (int i = 0; i < 3000; ++i) many += "line\n";
  root.add("/many", many);
  CHECK(read_system_file(root.path(), "/many", 9999) == many.substr(0, 9995)); // more than one block
}

TEST_CASE("lines and parts are taken off one by one") {
  std::string_view text = "a\r\n\nb";
  CHECK(next_line(text) == "a");
  CHECK(next_line(text).empty());
  CHECK(next_line(text) == "b");
  CHECK(text.empty());
  text = "1:2:3:4";
  skip_parts(text, ':', 2);
  CHECK(text == "3:4");
  skip_parts(text, ':', 9);
  CHECK(text.empty());
}

TEST_CASE("values are assigned as in os-release") {
  std::string_view const text =
      "# NAME=comment\nNAME=\"A \\\"B\\\" \\$C\"\nEMPTY=\n VERSION_ID=12 \r\nSINGLE='a\\b \"c\"'\n"
      "OPEN=\"no end\nTWICE=1\nTWICE=2\nNAMES=other\nBACK=\"\\";
  CHECK(assigned_value(text, "NAME") == "A \"B\" $C");
  CHECK(assigned_value(text, "VERSION_ID") == "12");
  CHECK(assigned_value(text, "SINGLE") == "a\\b \"c\"");
  CHECK(assigned_value(text, "OPEN") == "no end");
  CHECK(assigned_value(text, "TWICE") == "2");
  CHECK(assigned_value(text, "EMPTY").empty());
  CHECK(assigned_value(text, "NONE").empty());
  CHECK(assigned_value(text, "BACK") == "\\");
  CHECK(assigned_value({}, "NAME").empty());
}
