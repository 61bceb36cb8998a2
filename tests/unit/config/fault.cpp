#include <spanwise/config/fault.hpp>

#include "catch.hpp"

using namespace spanwise;

TEST_CASE("a fault is one sentence: file, place, path and problem, as far as they are known") {
  CHECK(config_fault{"f.yaml", 12, 7, "a.b[0]", "is empty"}.text() == "f.yaml:12:7: a.b[0] is empty");
  CHECK(config_fault{"f.yaml", 0, 0, "", "the file is empty"}.text() == "f.yaml: the file is empty");
  CHECK(config_fault{"f.yaml", 3, 1, "", "this is no YAML"}.text() == "f.yaml:3:1: this is no YAML");
}

TEST_CASE("the first faults are held, all are counted") {
  config_faults faults;
  CHECK(faults.empty());
  for (std::uint32_t line = 1; line <= 60; ++line) faults.add({"f", line, 1, "", "x"});
  CHECK(faults.count() == 60);
  std::size_t held = 0;
  for (config_fault const& one : faults) CHECK(one.line == ++held);
  CHECK(held == config_faults::most);
}
