// What the vectors of Jaeger's format (vectors.cpp) leave open, above all its baggage.
#include <spanwise/context/b3.hpp>
#include <spanwise/context/jaeger.hpp>
#include <spanwise/context/w3c.hpp>

#include "catch.hpp"

#include <map>
#include <string>
#include <vector>

using namespace spanwise;

namespace {

using headers = std::map<std::string, std::string>;
using pairs = std::vector<std::pair<std::string, std::string>>;

std::string const ids = "9e2b74c10d5f4a36b8e1f7035cda6924:c47f20a9be8d1356:0:";

headers written(context const& from) {
  headers to;
  inject(from, to, jaeger{});
  return to;
}

/// A carrier that is read by name only.
struct by_name {
  headers all;
};
void spanwise_get(by_name const& from, std::string_view name, each_value each) {
  if (auto const at = from.all.find(std::string{name}); at != from.all.end()) each(at->second);
}

} // namespace

TEST_CASE("Jaeger: fields are the headers whose names are known") {
  STATIC_REQUIRE(jaeger::name == "jaeger");
  STATIC_REQUIRE(jaeger::fields().size() == 1);
  CHECK(jaeger::fields()[0] == "uber-trace-id");
}

TEST_CASE("Jaeger: flags are written as two digits, and debug goes on") {
  for (auto const& [flags, sent] : std::map<std::string, std::string>{
           {"0", "00"}, {"1", "01"}, {"2", "03"}, {"3", "03"}, {"F", "03"}, {"fd", "01"}})
    CHECK(written(extract(headers{{"uber-trace-id", ids + flags}}, jaeger{})) ==
          headers{{"uber-trace-id", ids + sent}});
  for (char const* const flags : {"", "100", "-1", "1 ", "0x1"})
    CHECK(!extract(headers{{"uber-trace-id", ids + flags}}, jaeger{}).span().valid());
}

TEST_CASE("Jaeger: a trace to debug stays one when it goes on in another format") {
  headers to;
  inject(extract(headers{{"uber-trace-id", ids + "3"}}, jaeger{}), to, b3{});
  CHECK(to == headers{{"b3", "9e2b74c10d5f4a36b8e1f7035cda6924-c47f20a9be8d1356-d"}});
}

TEST_CASE("Jaeger: colons are coded all or none") {
  std::string const coded = "9e2b74c10d5f4a36b8e1f7035cda6924%3ac47f20a9be8d1356%3A%20%zz%%3a1";
  CHECK(extract(headers{{"uber-trace-id", coded}}, jaeger{}).span().sampled());
  CHECK(!extract(headers{{"uber-trace-id", "9e2b74c10d5f4a36b8e1f7035cda6924%3Ac47f20a9be8d1356:0:1"}}, jaeger{})
             .span()
             .valid());
}

TEST_CASE("Jaeger: each entry of the baggage has a header of its own") {
  baggage const set = baggage{}.set("tenant", "a b+c/\xC3\xA4").set("empty", "", "metadata").set("no token", "x");
  headers const sent = written(context{span_context{}, set});
  CHECK(sent == headers{{"uberctx-tenant", "a%20b%2Bc%2F%C3%A4"}, {"uberctx-empty", ""}});
  CHECK(extract(sent, jaeger{}).baggage() == baggage{}.set("tenant", "a b+c/\xC3\xA4").set("empty", ""));
}

TEST_CASE("Jaeger: baggage is found in any case of the prefix, and names stay as they came") {
  headers const from{{"Uberctx-Key", "1"}, {"uberctx-", "2"}, {"uberctx-a b", "3"}, {"uberct-x", "4"}, {"x", "5"}};
  CHECK(extract(from, jaeger{}).baggage() == baggage{}.set("Key", "1"));
  CHECK(extract(headers{{"uberctx-k", "a+b%2Bc%FF%"}}, jaeger{}).baggage() == baggage{}.set("k", "a b+c\xEF\xBF\xBD%"));
  CHECK(extract(pairs{{"uberctx-k", "1"}, {"uberctx-l", "2"}, {"uberctx-k", "3"}}, jaeger{}).baggage() ==
        baggage{}.set("k", "1").set("l", "2"));
  headers const fixed{{"uberctx-k", "v"}};
  CHECK(extract(text_map_ref{fixed}, jaeger{}).baggage() == baggage{}.set("k", "v"));
}

TEST_CASE("Jaeger: baggage replaces that which was there, and comes without a span too") {
  context const before{span_context{}, baggage{}.set("old", "1")};
  CHECK(jaeger{}.extract(headers{{"uberctx-k", "v"}}, before).baggage() == baggage{}.set("k", "v"));
  CHECK(jaeger{}.extract(headers{{"x", "v"}}, before).baggage() == before.baggage());
  context const both = extract(headers{{"baggage", "a=1"}, {"uberctx-b", "2"}}, w3c_baggage{}, jaeger{});
  CHECK(both.baggage() == baggage{}.set("b", "2"));
}

TEST_CASE("Jaeger: a carrier that cannot say its names gives the span alone") {
  by_name const from{{{"uber-trace-id", ids + "1"}, {"uberctx-k", "v"}}};
  context const got = extract(from, jaeger{});
  CHECK(got.span().sampled());
  CHECK(got.baggage().empty());
}

TEST_CASE("Jaeger: baggage is bounded as in the W3C header, by whole entries") {
  headers many;
  for (int i = 0; i < 300; ++i) many["uberctx-k" + std::to_string(i)] = "v";
  CHECK(extract(many, jaeger{}).baggage().size() == 180);
  headers large{{"uberctx-large", std::string(8192, 'x')}, {"uberctx-small", "y"}};
  CHECK(extract(large, jaeger{}).baggage() == baggage{}.set("small", "y"));

  baggage set;
  for (int i = 0; i < 300; ++i) set = set.set("k" + std::to_string(i), "v");
  CHECK(written(context{span_context{}, set}).size() == 180);
  CHECK(written(context{span_context{}, baggage{}.set("large", std::string(8192, 'x')).set("small", "y")}) ==
        headers{{"uberctx-small", "y"}});
}

TEST_CASE("Jaeger: a value with bytes that nobody sends uncoded is skipped, however many they are") {
  pairs sent{{"uberctx-good", "a%20b"}, {"uberctx-bad", std::string(300, '\xff')}, {"uberctx-umlaut", "\xc3\xa4"}, {"uberctx-tab", "a\tb"}};
  for (std::size_t count = 1; count < 40; ++count) sent.emplace_back("uberctx-" + std::to_string(count), "x" + std::string(count, '\x80'));
  baggage const read = extract(sent, jaeger{}).baggage();
  CHECK(read.size() == 1);
  CHECK(read.get("good") == "a b");
  baggage const coded = extract(pairs{{"uberctx-bad", "%ff%fe%c3"}}, jaeger{}).baggage();
  CHECK(coded.get("bad") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}
