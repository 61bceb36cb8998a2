#include <spanwise/export/value_text.hpp>

#include "catch.hpp"
#include "wire_writer.hpp"

#include <limits>

using namespace testing;

namespace {

std::string text_of(wire_writer const& value) {
  spanwise::detail::buffer out;
  out.append("before ");
  REQUIRE(spanwise::append_value_text(spanwise::value_view{value.span()}, out));
  return std::string{out.text().substr(7)};
}

} // namespace

TEST_CASE("scalars at the top are bare") {
  CHECK(text_of(any("a \"b\"\n")) == "a \"b\"\n");
  CHECK(text_of(any("")).empty());
  CHECK(text_of(any()).empty());
  CHECK(text_of(any(true)) == "true");
  CHECK(text_of(any(false)) == "false");
  CHECK(text_of(any(-42)) == "-42");
  CHECK(text_of(any(1.5)) == "1.5");
  CHECK(text_of(any(std::numeric_limits<double>::quiet_NaN())) == "NaN");
  CHECK(text_of(any(-std::numeric_limits<double>::infinity())) == "-Infinity");
  CHECK(text_of(any_bytes("foo")) == "Zm9v");
  CHECK(text_of(any_bytes("")).empty());
}

TEST_CASE("arrays and maps are JSON") {
  CHECK(text_of(any_array({any(1), any(-std::numeric_limits<double>::infinity()), any()})) == "[1,\"-Infinity\",null]");
  CHECK(text_of(any_array({})) == "[]");
  CHECK(text_of(any_map({})) == "{}");
  CHECK(text_of(
            any_map({{"k\"", any("a\n")}, {"b", any_bytes("foo")}, {"m", any_map({{"x", any_array({any(true)})}})}})) ==
        R"({"k\"":"a\n","b":"Zm9v","m":{"x":[true]}})");
}

TEST_CASE("what nests without end is cut off") {
  wire_writer value = any(1);
  for (int level = 0; level < 300; ++level) value = any_array({value});
  CHECK(text_of(value) == std::string(64, '[') + "null" + std::string(64, ']'));
}

TEST_CASE("long texts within arrays pass the first size of the buffer") {
  std::string const text(50'000, 'x');
  CHECK(text_of(any_array({any(text), any_bytes(text), any(1)})).size() == 50'000 + 66'668 + 2 * 2 + 2 + 1 + 2);
}
