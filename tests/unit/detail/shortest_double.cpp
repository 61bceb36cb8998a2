#include <spanwise/detail/shortest_double.hpp>

#include "catch.hpp"

#include <charconv>
#include <cmath>
#include <random>
#include <string>

using namespace spanwise::detail;

namespace {

/// `d.ddde+xx`, as std::to_chars writes it.
std::string expected(double number) {
  char text[64];
  return {text, std::to_chars(text, text + sizeof text, number, std::chars_format::scientific).ptr};
}

std::string found(double number) {
  decimal_number value = shortest_decimal(number);
  for (; value.digits % 10 == 0; value.digits /= 10) ++value.exponent;
  std::string text = std::to_string(value.digits);
  int const exponent = value.exponent + static_cast<int>(text.size()) - 1;
  if (text.size() > 1) text.insert(1, ".");
  std::string const size = std::to_string(std::abs(exponent));
  return text + (exponent < 0 ? "e-" : "e+") + (size.size() == 1 ? "0" : "") + size;
}

} // namespace

TEST_CASE("the shortest decimal is the one that the standard library finds") {
  for (double const number : {1.0, 10.0, 0.1, 0.3, 1.0 / 3, 123456789.0, 1e22, 1e23, 9007199254740993.0, 5e-324,
                              2.2250738585072014e-308, 1.7976931348623157e308, 4.35, 0.000001, 2e-44, 9.5367431640625e-07})
    CHECK(found(number) == expected(number));
}

TEST_CASE("powers of two and their neighbours, whose bounds are uneven, are found too") {
  for (int exponent = -1074; exponent < 1024; ++exponent) {
    double const power = std::ldexp(1.0, exponent);
    for (double const number : {power, std::nextafter(power, 0.0), std::nextafter(power, INFINITY)})
      if (number > 0 && found(number) != expected(number)) FAIL(expected(number));
  }
}

TEST_CASE("doubles of any bits, and such as people have, are found as well") {
  std::mt19937_64 random{4};
  std::uniform_real_distribution<double> share{0, 1};
  for (int round = 0; round < 200'000; ++round) {
    double number = std::bit_cast<double>(random() >> 1);
    if (round % 2 == 1) number = share(random);
    if (!std::isfinite(number) || number <= 0) continue;
    if (found(number) != expected(number)) FAIL(expected(number));
  }
}
