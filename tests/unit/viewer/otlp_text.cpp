#include <spanwise/viewer/otlp_text.hpp>

#include "catch.hpp"

#include <cmath>

using namespace spanwise::detail;

TEST_CASE("hexadecimal digits of either case become bytes, and bytes lower-case digits") {
  std::string bytes;
  REQUIRE(decode_hex("00aBFf", bytes));
  CHECK(bytes == std::string{"\x00\xab\xff", 3});
  CHECK(encode_hex(bytes) == "00abff");
  CHECK(decode_hex("", bytes));
  CHECK_FALSE(decode_hex("abc", bytes));
  CHECK_FALSE(decode_hex("0g", bytes));
}

TEST_CASE("base64 is read in both alphabets, padded or not, and written in the standard one") {
  auto const decoded = [](std::string_view letters) {
    std::string bytes;
    return decode_base64(letters, bytes) ? bytes : "refused";
  };
  CHECK(decoded("") == "");
  CHECK(decoded("AAEC/w==") == std::string{"\x00\x01\x02\xff", 4});
  CHECK(decoded("AAEC_w") == std::string{"\x00\x01\x02\xff", 4});
  CHECK(decoded("+/8=") == "\xfb\xff");
  CHECK(decoded("-_8") == "\xfb\xff");
  CHECK(decoded("YWJj") == "abc");
  CHECK(decoded("A") == "refused");
  CHECK(decoded("AAE=C") == "refused");
  CHECK(decoded("AA=") == "refused");
  CHECK(decoded("AA===") == "refused");
  CHECK(decoded("AA AA") == "refused");
  for (std::string const& text :
       {std::string{}, std::string{"a"}, std::string{"ab"}, std::string{"abc"}, std::string{"\xff\0x", 3}})
    CHECK(decoded(encode_base64(text)) == text);
  CHECK(encode_base64(std::string{"\x00\x01\x02\xff", 4}) == "AAEC/w==");
}

TEST_CASE("integers are decimal digits and nothing else") {
  bool negative{};
  std::uint64_t bits{};
  REQUIRE(decode_integer("18446744073709551615", negative, bits));
  CHECK((!negative && bits == UINT64_MAX));
  REQUIRE(decode_integer("-9223372036854775808", negative, bits));
  CHECK((negative && static_cast<std::int64_t>(bits) == INT64_MIN));
  for (char const* const bad :
       {"", "-", "+1", " 1", "1 ", "1.0", "0x1", "18446744073709551616", "-9223372036854775809"})
    CHECK_FALSE(decode_integer(bad, negative, bits));
}

TEST_CASE("doubles as text: numbers and the three that JSON lacks") {
  double value{};
  REQUIRE(decode_double("NaN", value));
  CHECK(std::isnan(value));
  REQUIRE(decode_double("-Infinity", value));
  CHECK((std::isinf(value) && value < 0));
  REQUIRE(decode_double("2.5e-3", value));
  CHECK(value == 0.0025);
  for (char const* const bad : {"", "nan", "inf", "Infinity ", "0x1p3", "1,5"}) CHECK_FALSE(decode_double(bad, value));
}

TEST_CASE("fields are written as protobuf has them") {
  std::string out;
  append_field(out, 2, "ab");
  append_tag(out, 16, wire_type::fixed32);
  append_fixed(out, std::uint32_t{0x103});
  CHECK(out == std::string{"\x12\x02"
                           "ab"
                           "\x85\x01\x03\x01\x00\x00",
                           10});
}
