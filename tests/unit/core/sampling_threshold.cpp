#include <spanwise/core/sampling_threshold.hpp>

#include "catch.hpp"

#include <cmath>
#include <limits>
#include <string>

using spanwise::sampling_threshold;
using spanwise::trace_randomness;

namespace {

std::string th(double ratio, int precision = 4) {
  auto const threshold = sampling_threshold::of_ratio(ratio, precision);
  return threshold ? std::string{threshold->text().view()} : "none";
}

} // namespace

TEST_CASE("a ratio is rounded to as many digits behind its leading f as are asked for") {
  CHECK(th(1) == "0");
  CHECK(th(0.75) == "4");
  CHECK(th(2.0 / 3) == "5555");
  CHECK(th(0.5) == "8");
  CHECK(th(1.0 / 3) == "aaab");
  CHECK(th(0.1) == "e666");
  CHECK(th(0.05) == "f3333");
  CHECK(th(0.01) == "fd70a");
  CHECK(th(0.01, 3) == "fd71");
  CHECK(th(0.01, 5) == "fd70a4");
  CHECK(th(0.001) == "ffbe77");
  CHECK(th(1e-6) == "ffffef39");
  CHECK(th(0.1, 14) == "e6666666666666");
  CHECK(th(0.1, 99) == "e6666666666666");
  CHECK(th(0.1, 0) == "e");
  CHECK(th(0.1, -5) == "e");
}

TEST_CASE("what rounds to nothing is 0, and never is it rounded up to all") {
  CHECK(th(0.999999) == "0");
  CHECK(th(std::nextafter(1.0, 0.0)) == "0");
  CHECK(th(std::nextafter(1.0, 0.0), 14) == "00000000000008");
  CHECK(th(std::ldexp(1, -52)) == "fffffffffffff");
  CHECK(th(std::ldexp(1, -56)) == "ffffffffffffff");
  CHECK(th(std::ldexp(1.5, -56)) == "ffffffffffffff");
  CHECK(th(std::ldexp(1, -5), 1) == "f8");
  CHECK(th(std::ldexp(1.01, -53), 1) == "fffffffffffff8");
  for (int exponent = 0; exponent >= -56; --exponent)
    for (int precision = 1; precision <= 14; ++precision)
      for (double const ratio :
           {std::ldexp(1, exponent), std::ldexp(1.999999, exponent - 1), std::ldexp(1.000001, exponent)}) {
        auto const threshold = sampling_threshold::of_ratio(ratio, precision);
        if (ratio >= std::ldexp(1, -56)) {
          REQUIRE(threshold);
          REQUIRE(threshold->probability() > 0);
          REQUIRE(threshold->probability() ==
                  Approx(ratio < 1 ? ratio : 1).epsilon(0.7 / std::pow(16, precision - 1)).margin(1e-16));
        } else {
          REQUIRE(!threshold);
        }
      }
}

TEST_CASE("what is no probability has no threshold") {
  for (double const ratio : {0.0, -0.0, -0.5, 1e-300, std::nextafter(std::ldexp(1, -56), 0.0),
                             std::numeric_limits<double>::quiet_NaN(), -std::numeric_limits<double>::infinity()}) {
    CHECK(!sampling_threshold::of_ratio(ratio));
    CHECK(!sampling_threshold::exactly(ratio));
  }
  CHECK(sampling_threshold::of_ratio(7) == sampling_threshold{});
  CHECK(sampling_threshold::exactly(std::numeric_limits<double>::infinity()) == sampling_threshold{});
}

TEST_CASE("the exact threshold is right to its last bit") {
  struct row {
    double ratio;
    std::uint64_t value;
  };
  // The last two are where adding a half to a double rounds a second time: the share is an odd number of 2^-56, or just
  // below one and a half of them.
  for (row const each :
       {row{0.1, 0xe6666666666666}, row{0.01, 0xfd70a3d70a3d71}, row{0.5, 0x80000000000000},
        row{std::ldexp(1, -56), 0xffffffffffffff}, row{std::ldexp(0x10000000000001, -56), 0xefffffffffffff},
        row{std::nextafter(std::ldexp(1.5, -56), 0.0), 0xffffffffffffff}}) {
    CAPTURE(each.ratio);
    CHECK(sampling_threshold::exactly(each.ratio)->value() == each.value);
  }
  CHECK(sampling_threshold::exactly(std::ldexp(1.5, -56))->value() == 0xfffffffffffffe); // half up, of what is kept
}

TEST_CASE("th has 1 to 14 lower-case digits, of which zeros on the right may be left out") {
  CHECK(sampling_threshold::parse("0")->value() == 0);
  CHECK(sampling_threshold::parse("c")->value() == 0xc0000000000000);
  CHECK(sampling_threshold::parse("08")->value() == 0x08000000000000);
  CHECK(sampling_threshold::parse("ffffffffffffff")->value() == 0xffffffffffffff);
  CHECK(sampling_threshold::parse("0000")->text().view() == "0");
  for (char const* bad :
       {"", "C", "fD", "g", "0x8", "123456789abcdef", "-1", " 8", "8 ", "8.0", "\xff", "`", "/", ":", "@"})
    CHECK(!sampling_threshold::parse(bad));
  CHECK(!sampling_threshold::parse(std::string_view{"8\0", 2}));
  CHECK(sampling_threshold{0x08000000000000}.text().view() == "08");
  CHECK(sampling_threshold{1}.text().view() == "00000000000001");
  for (std::uint64_t value = 1; value < sampling_threshold::whole; value = value * 3 + 1)
    REQUIRE(sampling_threshold::parse(sampling_threshold{value}.text())->value() == value);
}

TEST_CASE("rv has exactly 14 lower-case digits") {
  CHECK(trace_randomness::parse("6e6d1a75832a2f")->value() == 0x6e6d1a75832a2f);
  CHECK(trace_randomness::parse("00000000000000")->value() == 0);
  for (char const* bad : {"", "6e6d1a75832a2", "6e6d1a75832a2f0", "6E6d1a75832a2f", "6e6d1a7583 a2f", "-e6d1a75832a2f"})
    CHECK(!trace_randomness::parse(bad));
  CHECK(trace_randomness{0x6e6d1a75832a2f}.hex() == "6e6d1a75832a2f");
  CHECK(trace_randomness{0xff00000000000001}.hex() == "00000000000001");
  CHECK(trace_randomness{*spanwise::trace_id::from_hex("4bf92f3577b34da6a3ce929d0e0e4736")}.value() ==
        0xce929d0e0e4736);
}

TEST_CASE("kept is what is at least the threshold, which tells share and count") {
  sampling_threshold const tenth{0xe6660000000000};
  CHECK(tenth.keeps(trace_randomness{0xe6660000000000}));
  CHECK(!tenth.keeps(trace_randomness{0xe665ffffffffff}));
  CHECK(sampling_threshold{}.keeps(trace_randomness{}));
  CHECK(sampling_threshold::parse("c")->probability() == 0.25);
  CHECK(sampling_threshold::parse("c")->adjusted_count() == 4);
  CHECK(sampling_threshold::parse("fd70a")->adjusted_count() == 99.99771123402633);
  CHECK(sampling_threshold{}.adjusted_count() == 1);
  // More bits than a double has: rounded once, as fractions of whole numbers say.
  CHECK(sampling_threshold::parse("cd580230707ca9")->adjusted_count() == 5.0536739063180374);
  CHECK(sampling_threshold::parse("5df1f7fda08a0d")->adjusted_count() == 1.579712447013176);
  CHECK(sampling_threshold::parse("aaeda6b2931146")->adjusted_count() == 3.0092272140780243);
  CHECK(sampling_threshold::parse("00000000000001")->adjusted_count() == 1);
  CHECK(sampling_threshold::parse("ffffffffffffff")->adjusted_count() == 72057594037927936.0);
  static_assert(sampling_threshold{std::uint64_t{1} << 55}.adjusted_count() == 2);
  static_assert(sampling_threshold::of_ratio(0.1)->value() == 0xe6660000000000);
}
