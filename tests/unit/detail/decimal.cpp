#include <spanwise/detail/decimal.hpp>

#include "catch.hpp"

#include <clocale>
#include <cmath>

using spanwise::detail::read_decimal;

TEST_CASE("numbers are read whole or not at all") {
  CHECK(read_decimal("0.25") == 0.25);
  CHECK(read_decimal(".5") == 0.5);
  CHECK(read_decimal("5e-1") == 0.5);
  CHECK(read_decimal("-2E3") == -2000.0);
  CHECK(read_decimal("0.1") == 0.1);
  CHECK(std::isinf(*read_decimal("1e999")));
  for (auto const* const bad : {"", "-", "e5", "1.2.3", "1 ", " 1", "0,5", "0x1", "nan", "inf", "1e"})
    CHECK(read_decimal(bad) == std::nullopt);
  CHECK(read_decimal(std::string_view{"0.75", 3}) == 0.7);
}

TEST_CASE("the point is a point in every locale") {
  for (auto const* const name : {"de_DE.UTF-8", "fr_FR.UTF-8"}) {
    if (std::setlocale(LC_ALL, name) == nullptr) continue; // not installed here
    CHECK(read_decimal("0.5") == 0.5);
  }
  std::setlocale(LC_ALL, "C");
}
