#include <spanwise/detail/process_variables.hpp>

#include "catch.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

TEST_CASE("each variable stands there once, as its name and value") {
  setenv("SPANWISE_TEST_VARIABLE", "a=b", 1);
  std::vector<std::string> lines;
  for (char const* const* at = spanwise::detail::process_variables(); *at != nullptr; ++at) lines.emplace_back(*at);
  CHECK(std::count(lines.begin(), lines.end(), "SPANWISE_TEST_VARIABLE=a=b") == 1);
  unsetenv("SPANWISE_TEST_VARIABLE");
}
