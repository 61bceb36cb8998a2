#include <spanwise/detail/joined.hpp>

#include "catch.hpp"

using spanwise::detail::joined;

TEST_CASE("pieces of all kinds make one sentence") {
  std::string const text = "text";
  CHECK(joined({}).empty());
  CHECK(joined({"a ", text, std::string_view{" view "}, 0, ", ", -1, ", ", 42U, ", ", std::string_view{}}) ==
        "a text view 0, -1, 42, ");
  CHECK(joined({INT64_MIN, " ", INT64_MAX, " ", UINT64_MAX}) ==
        "-9223372036854775808 9223372036854775807 18446744073709551615");
}
