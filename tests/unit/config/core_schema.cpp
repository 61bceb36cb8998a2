#include <spanwise/config/core_schema.hpp>

#include "catch.hpp"

#include <cmath>
#include <string>

using spanwise::resolve_scalar;
using spanwise::scalar_type;

TEST_CASE("null, true and false have three spellings each, and nothing else is one of them") {
  for (auto const* const text : {"", "~", "null", "Null", "NULL"})
    CHECK(resolve_scalar(text).type == scalar_type::null);
  for (auto const* const text : {"true", "True", "TRUE"}) {
    CHECK(resolve_scalar(text).type == scalar_type::boolean);
    CHECK(resolve_scalar(text).boolean);
  }
  for (auto const* const text : {"false", "False", "FALSE"}) {
    CHECK(resolve_scalar(text).type == scalar_type::boolean);
    CHECK_FALSE(resolve_scalar(text).boolean);
  }
  for (auto const* const text : {"yes", "no", "NO", "on", "off", "y", "tRUE", "nULL", " ", "null "}) {
    INFO(text);
    CHECK(resolve_scalar(text).type == scalar_type::text);
  }
}

TEST_CASE("whole numbers are decimal, octal behind 0o, hexadecimal behind 0x") {
  auto const whole = [](char const* text, std::int64_t value) {
    INFO(text);
    auto const found = resolve_scalar(text);
    CHECK(found.type == scalar_type::integer);
    CHECK(found.fits);
    CHECK(found.integer == value);
    CHECK(found.number == static_cast<double>(value));
  };
  whole("0", 0);
  whole("-0", 0);
  whole("+12", 12);
  whole("-12", -12);
  whole("017", 17); // octal in YAML 1.1
  whole("0o17", 15);
  whole("0xdeadbeef", 0xdeadbeef);
  whole("0xDEADbeef", 0xdeadbeef);
  whole("9223372036854775807", INT64_MAX);
  whole("-9223372036854775808", INT64_MIN);
  whole("0x7fffffffffffffff", INT64_MAX);
  for (auto const* const text :
       {"9223372036854775808", "-9223372036854775809", "0x8000000000000000", "0xffffffffffffffffff"}) {
    INFO(text);
    CHECK(resolve_scalar(text).type == scalar_type::integer);
    CHECK_FALSE(resolve_scalar(text).fits);
  }
  for (auto const* const text : {"0x", "0o", "0o8", "0xg", "-0x1", "1_000", "0b1", "--1", "+", "-", "1 2", "12:30"}) {
    INFO(text);
    CHECK(resolve_scalar(text).type == scalar_type::text);
  }
}

TEST_CASE("floating-point numbers have a point, an exponent, or a name") {
  auto const number = [](char const* text, double value) {
    INFO(text);
    CHECK(resolve_scalar(text).type == scalar_type::floating);
    CHECK(resolve_scalar(text).number == value);
  };
  number("1.0", 1);
  number(".5", 0.5);
  number("-.5", -0.5);
  number("+2.", 2);
  number("1e3", 1000);
  number("1.5E-1", 0.15);
  number(".inf", HUGE_VAL);
  number("-.Inf", -HUGE_VAL);
  number("+.INF", HUGE_VAL);
  CHECK(std::isnan(resolve_scalar(".NaN").number));
  for (auto const* const text : {".", "e3", "1e", "1e+", "1.2.3", ".e1", "inf", "nan", "-.nan", "1,5", "0x1p3"}) {
    INFO(text);
    CHECK(resolve_scalar(text).type == scalar_type::text);
  }
}
