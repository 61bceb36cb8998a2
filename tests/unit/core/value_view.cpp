#include <spanwise/core/value_view.hpp>

#include "catch.hpp"
#include "wire_writer.hpp"

#include <cmath>
#include <iterator>
#include <limits>

using namespace testing;
using spanwise::attribute_range;
using spanwise::attribute_view;
using spanwise::value_type;
using spanwise::value_view;

static_assert(std::forward_iterator<attribute_range::iterator>);

namespace {

value_view view(wire_writer const& message) {
  return value_view{message.span()};
}

std::string_view text_of(std::span<std::byte const> bytes) {
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

} // namespace

TEST_CASE("each type of value is read as what it is") {
  CHECK(view(any()).type() == value_type::empty);
  auto const text = any("hello");
  CHECK(view(text).type() == value_type::string);
  CHECK(view(text).as_string() == "hello");
  CHECK(view(any("")).type() == value_type::string);
  CHECK(view(any(true)).as_bool());
  CHECK(view(any(false)).type() == value_type::boolean);
  CHECK_FALSE(view(any(false)).as_bool());
  for (std::int64_t const number : {std::int64_t{0}, std::int64_t{-1}, INT64_MAX, INT64_MIN}) {
    CHECK(view(any(number)).type() == value_type::integer);
    CHECK(view(any(number)).as_int() == number);
  }
  CHECK(view(any(0.1)).type() == value_type::floating);
  CHECK(view(any(0.1)).as_double() == 0.1);
  CHECK(std::isnan(view(any(std::numeric_limits<double>::quiet_NaN())).as_double()));
  auto const bytes = any_bytes("\x01\x02");
  CHECK(view(bytes).type() == value_type::bytes);
  CHECK(text_of(view(bytes).as_bytes()) == "\x01\x02");
}

TEST_CASE("a value asked for as another type gives nothing") {
  auto const text = any("hello");
  CHECK_FALSE(view(text).as_bool());
  CHECK(view(text).as_int() == 0);
  CHECK(view(text).as_double() == 0.0);
  CHECK(view(text).as_bytes().empty());
  CHECK(view(text).elements().empty());
  CHECK(view(text).entries().empty());
  CHECK(view(any(7)).as_string().empty());
  CHECK(view(any(7)).as_double() == 0.0);
}

TEST_CASE("arrays and maps are walked in order, empty elements kept in place") {
  auto const array = any_array({any("a"), any(), any(2), any_array({any(true)}), any("")});
  value_view const value = view(array);
  REQUIRE(value.type() == value_type::array);
  CHECK(value.elements().size() == 5);
  auto element = value.elements().begin();
  CHECK((*element).as_string() == "a");
  CHECK((*++element).type() == value_type::empty);
  CHECK((*++element).as_int() == 2);
  CHECK((*(*++element).elements().begin()).as_bool());
  CHECK((*++element).type() == value_type::string);
  CHECK(++element == value.elements().end());

  auto const map = any_map({{"k", any(7)}, {"", any_map({{"x", any_bytes("\x01")}})}});
  std::string keys;
  for (attribute_view const entry : view(map).entries()) keys += std::string{entry.key} + ";";
  CHECK(keys == "k;;");
  CHECK(view(any_array({})).type() == value_type::array);
  CHECK(view(any_array({})).elements().empty());
  CHECK(view(any_map({})).type() == value_type::map);
}

TEST_CASE("of a field that occurs twice the last occurrence counts, in any order and with padded varints") {
  wire_writer twice;
  twice.varint(3, 1).bytes(1, "text").varint(3, 9);
  CHECK(view(twice).as_int() == 9);
  wire_writer pair;
  pair.pad_varints(3).message(2, any("first")).bytes(1, "old").message(2, any(4)).bytes(1, "key");
  attribute_view const attribute{pair.span()};
  CHECK(attribute.key == "key");
  CHECK(attribute.value.as_int() == 4);
}

TEST_CASE("fields of the wrong wire type, unknown fields and cut-off values read as absent") {
  CHECK(view(wire_writer{}.varint(1, 5)).type() == value_type::empty);
  CHECK(view(wire_writer{}.bytes(3, "x")).type() == value_type::empty);
  CHECK(view(wire_writer{}.bytes(9, "x").fixed32(4, 1)).type() == value_type::empty);
  CHECK(view(wire_writer{}.raw("\x0a\x09"
                               "cut"))
            .type() == value_type::empty);
  CHECK(attribute_view{wire_writer{}.bytes(2, "\x0a\x7f").span()}.value.type() == value_type::empty);
}
