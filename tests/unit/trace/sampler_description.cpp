#include <spanwise/trace/sampler_description.hpp>

#include "catch.hpp"

#include <cmath>
#include <limits>
#include <string>

using spanwise::sampler_description;

namespace {

std::string ratio(double number) {
  return std::string{sampler_description{""}.append_ratio(number).view()};
}

} // namespace

TEST_CASE("a ratio is written in its shortest decimal form") {
  CHECK(ratio(0.0001) == "0.0001");
  CHECK(ratio(1e-6) == "0.000001");
  CHECK(ratio(0.1) == "0.1");
  CHECK(ratio(2.0 / 3) == "0.6666666666666666");
  CHECK(ratio(1.0 / 3) == "0.3333333333333333");
  CHECK(ratio(1e-17) == "0.00000000000000001");
  CHECK(ratio(0.25) == "0.25");
  CHECK(ratio(0.57) == "0.57");
  CHECK(ratio(1) == "1");
  CHECK(ratio(std::nextafter(1.0, 0.0)) == "0.9999999999999999");
  CHECK(ratio(0) == "0.0");
  CHECK(ratio(-1) == "0.0");
  CHECK(ratio(std::numeric_limits<double>::quiet_NaN()) == "0.0");
}

TEST_CASE("larger numbers too, and exponents where zeros would be many") {
  CHECK(ratio(10) == "10");
  CHECK(ratio(1234.5) == "1234.5");
  CHECK(ratio(100) == "100");
  CHECK(ratio(105) == "105");
  CHECK(ratio(1e9) == "1000000000");
  CHECK(ratio(std::numeric_limits<double>::infinity()) == "1e15");
  CHECK(ratio(1.5e-20) == "0.000000000000000000015");
  CHECK(ratio(1.5e-100) == "1.5e-100");
  CHECK(ratio(5e-324) == "5e-324");
  CHECK(ratio(1e-22) == "1e-22");
}

TEST_CASE("each ratio reads back as itself") {
  std::uint64_t bits = 88172645463325252ULL;
  for (int i = 0; i < 20'000; ++i) {
    bits ^= bits << 13;
    bits ^= bits >> 7;
    bits ^= bits << 17;
    double const number = std::ldexp(static_cast<double>(bits >> 11), -53 - i % 60);
    if (number < 1e-19) continue;
    std::string const text = ratio(number);
    CAPTURE(text);
    REQUIRE(std::strtod(text.c_str(), nullptr) == number);
    REQUIRE(text.find_first_not_of("0123456789.") == std::string::npos);
  }
}

TEST_CASE("a text that is too long ends in dots") {
  sampler_description text{"x"};
  for (int i = 0; i < 100; ++i) text.append("0123456789");
  CHECK(text.view().size() == 512);
  CHECK(text.view().ends_with("..."));
  CHECK(sampler_description{std::string_view{"abc"}}.view() == "abc");
  std::string const full(512, 'y');
  CHECK(sampler_description{std::string_view{full}}.view() == full);
}
