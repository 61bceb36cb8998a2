#include <spanwise/detail/whole_number.hpp>

#include "catch.hpp"

#include <charconv>
#include <string>

using spanwise::detail::read_whole_number;

TEST_CASE("whole numbers are read as the standard library reads them") {
  for (std::string const text :
       {"0", "-0", "7", "007", "-12x", "12 ", "", "-", "+1", " 1", "x", "9223372036854775807", "9223372036854775808",
        "-9223372036854775808", "-9223372036854775809", "99999999999999999999999", "1.5"}) {
    std::int64_t expected = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), expected);
    auto const found = read_whole_number(text);
    INFO(text);
    CHECK(found.size == static_cast<std::size_t>(end - text.data()));
    CHECK(found.fits == (error != std::errc::result_out_of_range));
    if (error == std::errc{}) CHECK(found.value == expected);
  }
}
