#include <spanwise/config/properties.hpp>
#include <spanwise/config/yaml_reader.hpp>

#include "catch.hpp"

using namespace spanwise;

namespace {

/// The properties of a text in YAML, and what was wrong with them.
struct sample {
  explicit sample(std::string_view yaml)
      : document{detail::counted<config_document const>::made_by([&] {
          return read_yaml(yaml, "f", environment{{"SECRET", "hunter2"}}, faults);
        })},
        properties{document, document->root, "top", faults} {}

  [[nodiscard]] std::string told() const {
    std::string all;
    for (config_fault const& fault : faults) all += fault.text() + "\n";
    return all;
  }

  config_faults faults;
  detail::counted<config_document const> document;
  config_properties properties;
};

} // namespace

TEST_CASE("not set, null and set are three things") {
  sample of{"{a: , b: 1, c: ''}"};
  CHECK(of.properties.has("a"));
  CHECK(of.properties.is_null("a"));
  CHECK(of.properties.has("b"));
  CHECK_FALSE(of.properties.is_null("b"));
  CHECK_FALSE(of.properties.is_null("c"));
  CHECK_FALSE(of.properties.has("d"));
  CHECK_FALSE(of.properties.is_null("d"));
  CHECK_FALSE(of.properties.integer("a"));
  CHECK_FALSE(of.properties.integer("d"));
  CHECK(of.properties.integer("b") == 1);
  CHECK(of.properties.text("c") == "");
  CHECK(of.told().empty());
}

TEST_CASE("values are read by their types, and nothing is converted but whole numbers to others") {
  sample of{"{yes: true, whole: 0x10, part: 0.5, text: abc, list: [x, y], map: {k: v}, maps: [{n: 1}, {n: 2}], one: "
            "{only: }}"};
  config_properties& given = of.properties;
  CHECK(given.boolean("yes") == true);
  CHECK(given.integer("whole") == 16);
  CHECK(given.number("part") == 0.5);
  CHECK(given.number("whole") == 16.0);
  CHECK(given.ratio("part") == 0.5);
  CHECK(given.text("text") == "abc");
  CHECK(given.choice("text", {"abc", "def"}) == "abc");
  CHECK(given.texts("list") == std::vector<std::string>{"x", "y"});
  CHECK(given.map("map")->text("k") == "v");
  REQUIRE(given.maps("maps").size() == 2);
  CHECK(given.maps("maps")[1].integer("n") == 2);
  CHECK(given.maps("maps")[1].path() == "top.maps[1]");
  CHECK(given.map("one")->only_name("anything") == "only");
  CHECK(given.map("one")->map("only", if_null::is_empty_map)->size() == 0);
  given.refuse_unknown();
  CHECK(of.told().empty());
}

TEST_CASE("a value of another type gives nothing and a fault") {
  sample of{"{a: abc, b: [1], c: {d: 1}, e: 1.5, f: \"5\"}"};
  config_properties& given = of.properties;
  CHECK_FALSE(given.boolean("a"));
  CHECK_FALSE(given.integer("b"));
  CHECK_FALSE(given.number("c"));
  CHECK_FALSE(given.integer("e", {.unit = "bytes", .example = "1024"}));
  CHECK_FALSE(given.integer("f"));
  CHECK_FALSE(given.text("e"));
  CHECK_FALSE(given.choice("a", {"x", "y"}));
  CHECK(given.texts("b").empty());
  CHECK(given.maps("c").empty());
  CHECK(of.told() == "f:1:5: top.a is \"abc\"; it must be true or false\n"
                     "f:1:13: top.b is a list; it must be a whole number\n"
                     "f:1:21: top.c is a map; it must be a number, such as 0.25\n"
                     "f:1:32: top.e is 1.5; it must be a whole number of bytes, such as 1024\n"
                     "f:1:40: top.f is \"5\"; it must be a whole number, without quotes\n"
                     "f:1:32: top.e is a number; it must be text: put it in quotes\n"
                     "f:1:5: top.a is \"abc\"; it must be one of x, y\n"
                     "f:1:14: top.b[0] is a number; it must be text: put it in quotes\n"
                     "f:1:21: top.c is a map; it must be a list of maps\n");
}

TEST_CASE("what was not asked for is unknown, and faults name what is known") {
  sample of{"{a: 1, b: 2, c: 3}"};
  static_cast<void>(of.properties.integer("b"));
  static_cast<void>(of.properties.integer("d"));
  of.properties.refuse_unknown();
  CHECK(of.told() == "f:1:5: top.a is no property that is known here (known: b, d)\n"
                     "f:1:17: top.c is no property that is known here (known: b, d)\n");
}

TEST_CASE("required properties, and faults of one's own") {
  sample of{"{a: , b: 1}"};
  CHECK_FALSE(of.properties.require("a", "a colour"));
  CHECK(of.properties.require("b", "a number"));
  CHECK_FALSE(of.properties.require("c", "a place"));
  of.properties.fault("b", "is odd");
  of.properties.fault("is strange");
  of.properties.wrong("b", "it must be even");
  CHECK(of.told() == "f:1:2: top.a is empty; it must be a colour\n"
                     "f:1:1: top lacks c, a place\n"
                     "f:1:10: top.b is odd\n"
                     "f:1:1: top is strange\n"
                     "f:1:10: top.b is 1; it must be even\n");
}

TEST_CASE("what a variable holds is not shown, but for how it was asked for") {
  sample of{"a: ${SECRET}\nb: x${SECRET}y\n"};
  static_cast<void>(of.properties.integer("a"));
  static_cast<void>(of.properties.choice("b", {"z"}));
  CHECK(of.told() ==
        "f:1:4: top.a is ${SECRET}, filled in with something else (which is not shown); it must be a whole number\n"
        "f:2:4: top.b is x${SECRET}y, filled in with something else (which is not shown); it must be one of z\n");
}

TEST_CASE("properties of nothing are empty, and reading them harms nobody") {
  config_properties none;
  CHECK(none.size() == 0);
  CHECK_FALSE(none.has("a"));
  CHECK_FALSE(none.integer("a"));
  CHECK_FALSE(none.require("a", "b"));
  none.fault("is nothing");
  none.refuse_unknown();
}
