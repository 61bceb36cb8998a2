#include <spanwise/core/attribute.hpp>

#include "catch.hpp"
#include "shown.hpp"

#include <initializer_list>
#include <map>
#include <string>
#include <type_traits>
#include <vector>

using spanwise::any_key;
using spanwise::attribute;
using testing::written;

namespace {

/// As the calls of a span take them.
std::string all(attribute const& a, attribute const& b = {}, attribute const& c = {}) {
  return written(a) + "; " + written(b) + "; " + written(c);
}

} // namespace

static_assert(std::is_trivially_destructible_v<attribute> && std::is_trivially_copyable_v<attribute>);
static_assert(std::is_nothrow_default_constructible_v<attribute>);

TEST_CASE("an attribute in braces, without naming its type") {
  CHECK(all({"a", 1}, {"b", "x"}, {"c", true}) == "a: 1; b: \"x\"; c: true");
  CHECK(all({any_key("A b"), 1.5}) == "A b: 1.5; ; ");
}

TEST_CASE("arrays in braces") {
  CHECK(written({"k", {1, 2, 3}}) == "k: [1, 2, 3]");
  CHECK(written({"k", {"p", "q"}}) == "k: [\"p\", \"q\"]");
  CHECK(written({"k", {"p"}}) == "k: [\"p\"]");
  CHECK(written({"k", {true, false}}) == "k: [true, false]");
  CHECK(written({"k", {1.5, 2.5}}) == "k: [1.5, 2.5]");
  CHECK(written({"k", {std::string{"a"}, std::string{"b"}}}) == "k: [\"a\", \"b\"]");
  CHECK(written({any_key("k"), {1, 2}}) == "k: [1, 2]");
  std::initializer_list<int> const list{1, 2};
  CHECK(written({"k", list}) == "k: [1, 2]");
}

TEST_CASE("maps in braces, with values of different types, and nested ones") {
  CHECK(written({"k", {{"a", 1}, {"b", "x"}}}) == "k: {a: 1, b: \"x\"}");
  CHECK(written({"k", {{"a", 1}}}) == "k: {a: 1}");
  CHECK(written({"k", {{"a", {1, 2}}, {"b", {{"c", "d"}, {"e", 2}}}}}) == "k: {a: [1, 2], b: {c: \"d\", e: 2}}");
  CHECK(written({any_key("k"), {{any_key("A"), 1}, {"b", 2}}}) == "k: {A: 1, b: 2}");
}

TEST_CASE("nothing in braces is an empty map") {
  CHECK(written({"k", {}}) == "k: {}");
}

TEST_CASE("an attribute made of nothing is absent") {
  CHECK(attribute{}.absent());
  CHECK(attribute{}.key_text().empty());
  CHECK(!attribute{"k", ""}.absent());
}

TEST_CASE("temporaries live as long as the call") {
  auto const text = [](char letter) { return std::string(100, letter); };
  CHECK(written({"k", text('x')}) == "k: \"" + text('x') + "\"");
  CHECK(written({any_key(text('k')), text('x')}) == text('k') + ": \"" + text('x') + "\"");
  CHECK(written({"k", std::vector<std::string>{text('x'), text('y')}}) == "k: [\"" + text('x') + "\", \"" + text('y') + "\"]");
  CHECK(written({"k", {text('x'), text('y')}}) == "k: [\"" + text('x') + "\", \"" + text('y') + "\"]");
  CHECK(written({"k", {{"a", text('x')}, {"b", std::map<std::string, std::string>{{"c", text('y')}}}}}) ==
        "k: {a: \"" + text('x') + "\", b: {c: \"" + text('y') + "\"}}");
}
