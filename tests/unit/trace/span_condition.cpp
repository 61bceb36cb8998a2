#include <spanwise/core/attribute_writer.hpp>
#include <spanwise/trace/span_condition.hpp>

#include "catch.hpp"
#include "wire_writer.hpp"

#include <initializer_list>
#include <string>

using spanwise::attribute;
using spanwise::attribute_is;
using spanwise::has_attribute;
using spanwise::kind_is;
using spanwise::name_is;
using spanwise::name_like;
using spanwise::span_kind;
using spanwise::detail::matches_pattern;

namespace {

template <class Condition>
bool meets(Condition const& condition, std::string_view name, span_kind kind = {},
           std::initializer_list<attribute> given = {}) {
  spanwise::detail::inline_tape tape{1U << 20};
  for (attribute const& each : given)
    spanwise::detail::put_any_attribute(tape, spanwise::detail::tag::span_attribute, each.key_text(), each.value(), {});
  spanwise::context const none;
  return condition(spanwise::starting_span{
      none, name, kind, {{reinterpret_cast<std::byte const*>(tape.data()), tape.size()}, 9}, {}});
}

template <class Condition> std::string described(Condition const& condition) {
  spanwise::sampler_description text{""};
  condition.describe(text);
  return std::string{text.view()};
}

} // namespace

TEST_CASE("a name is compared whole, and kept") {
  std::string passing{"/checkout"};
  name_is const checkout{passing};
  passing = "something else";
  CHECK(meets(checkout, "/checkout"));
  for (char const* other : {"/checkout/", "/checkou", "", "/Checkout", "*"}) CHECK(!meets(checkout, other));
  CHECK(meets(name_is{""}, ""));
  CHECK(!meets(name_is{"*"}, "x"));
  CHECK(described(checkout) == "name=/checkout");
}

TEST_CASE("a star in a pattern stands for any text") {
  CHECK(meets(name_like{"GET /cart*"}, "GET /cart/7"));
  CHECK(meets(name_like{"GET /cart*"}, "GET /cart"));
  CHECK(!meets(name_like{"GET /cart*"}, "PUT /cart"));
  CHECK(matches_pattern("abc", "abc"));
  CHECK(matches_pattern("", ""));
  CHECK(matches_pattern("", "**"));
  CHECK(matches_pattern("anything", "*"));
  CHECK(matches_pattern("GET /users/7/orders", "* /users/*/orders"));
  CHECK(!matches_pattern("GET /users/7/orders/9", "* /users/*/orders"));
  CHECK(matches_pattern("aXbXc", "a*b*c"));
  CHECK(matches_pattern("abcbc", "a*bc"));
  CHECK(!matches_pattern("ab", "a*bc"));
  CHECK(!matches_pattern("abc", ""));
  CHECK(!matches_pattern("", "a"));
  CHECK(!matches_pattern("abc", "ab"));
  CHECK(!matches_pattern("ab", "abc"));
  CHECK(!matches_pattern(std::string(5'000, 'a'), "*a*a*a*a*a*a*a*b")); // which costs steps as texts, not as powers
  CHECK(described(name_like{"a*"}) == "name~a*");
}

TEST_CASE("a kind") {
  CHECK(meets(kind_is{span_kind::server}, "x", span_kind::server));
  CHECK(!meets(kind_is{span_kind::server}, "x", span_kind::client));
  CHECK(described(kind_is{span_kind::consumer}) == "kind=consumer");
  CHECK(described(kind_is{static_cast<span_kind>(77)}) == "kind=?");
}

TEST_CASE("an attribute counts with its type and its last value") {
  CHECK(meets(attribute_is{"http.route", "/checkout"}, "x", {}, {{"a", 1}, {"http.route", "/checkout"}}));
  CHECK(!meets(attribute_is{"http.route", "/checkout"}, "x", {}, {{"http.route", "/cart"}}));
  CHECK(!meets(attribute_is{"http.route", "/checkout"}, "x"));
  CHECK(!meets(attribute_is{"a", ""}, "x"));
  CHECK(meets(attribute_is{"a", 1}, "x", {}, {{"a", 2}, {"a", 1}}));
  CHECK(!meets(attribute_is{"a", 1}, "x", {}, {{"a", 1}, {"a", 2}}));
  CHECK(!meets(attribute_is{"a", 1}, "x", {}, {{"a", "1"}}));
  CHECK(!meets(attribute_is{"a", 1}, "x", {}, {{"a", 1.0}}));
  CHECK(!meets(attribute_is{"a", 1}, "x", {}, {{"a", true}}));
  CHECK(meets(attribute_is{"a", -1}, "x", {}, {{"a", -1}}));
  CHECK(meets(attribute_is{"a", 0.5F}, "x", {}, {{"a", 0.5}}));
  CHECK(meets(attribute_is{"a", true}, "x", {}, {{"a", true}}));
  CHECK(!meets(attribute_is{"a", true}, "x", {}, {{"a", false}}));
  CHECK(meets(has_attribute{"a"}, "x", {}, {{"a", false}}));
  CHECK(!meets(has_attribute{"a"}, "x", {}, {{"b", false}}));
  CHECK(described(attribute_is{"a", "b"}) == "a=b");
}
