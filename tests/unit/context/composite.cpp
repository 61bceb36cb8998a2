#include <spanwise/context/composite.hpp>
#include <spanwise/context/propagator.hpp>

#include "catch.hpp"

#include <map>
#include <string>

using namespace spanwise;

namespace {

using headers = std::map<std::string, std::string>;

/// Writes and reads its name's header, and throws after that.
template <char Letter> struct letter_format {
  static constexpr char letter[] = {Letter, 0};
  static constexpr std::string_view names[] = {letter};
  static constexpr std::span<std::string_view const> fields() { return names; }
  void inject(context const&, text_map_ref to) const {
    write_value(to, letter, "1");
    write_value(to, "last", letter);
    throw 1;
  }
  context extract(text_map_ref from, context base) const {
    std::string seen{base.baggage().get("seen").value_or("")};
    read_values(from, letter, [&](std::string_view) { seen += Letter; });
    return base.with(base.baggage().set("seen", seen));
  }
};

} // namespace

TEST_CASE("a composite writes and reads in its order, whatever one of its formats throws") {
  composite<letter_format<'a'>, letter_format<'b'>> const both;
  headers to;
  both.inject(context{}, to);
  CHECK(to == headers{{"a", "1"}, {"b", "1"}, {"last", "b"}});
  CHECK(both.extract(to, context{}).baggage().get("seen") == "ab");
  composite<letter_format<'b'>, letter_format<'a'>> const turned;
  CHECK(turned.extract(to, context{}).baggage().get("seen") == "ba");
  REQUIRE(both.fields().size() == 2);
  CHECK(both.fields()[0] == "a");
  CHECK(both.fields()[1] == "b");
}

TEST_CASE("a composite of none writes nothing and reads nothing") {
  composite<> const none;
  headers const from{{"traceparent", "00-3f9a1c5be27d4d0b8c6e0a47d15f2b93-5ad3e7f1096b2c48-01"}, {"baggage", "a=1"}};
  context const sent = extract(from, trace_context{}, w3c_baggage{});
  REQUIRE(sent.span().valid());
  headers to;
  none.inject(sent, to);
  CHECK(to.empty());
  context const got = none.extract(from, context{});
  CHECK(!got.span().valid());
  CHECK(got.baggage().empty());
  CHECK(none.fields().empty());
}
