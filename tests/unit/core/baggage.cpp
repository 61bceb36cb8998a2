#include <spanwise/core/baggage.hpp>

#include "catch.hpp"
#include "random_text.hpp"

#include <map>
#include <string>

using spanwise::baggage;

static_assert(sizeof(baggage) == sizeof(void*));

TEST_CASE("the empty set has nothing") {
  baggage const none;
  CHECK(none.empty());
  CHECK(none.size() == 0);
  CHECK(none.begin() == none.end());
  CHECK(!none.get("a"));
  CHECK(!none.metadata("a"));
  CHECK(none.remove("a").empty());
}

TEST_CASE("a name has one value, and the newest one wins with its metadata") {
  baggage const set = baggage{}.set("a", "1", "ttl=5").set("A", "2").set("b", "");
  CHECK(set.size() == 3);
  CHECK(set.get("a") == "1");
  CHECK(set.metadata("a") == "ttl=5");
  CHECK(set.get("A") == "2");
  CHECK(set.metadata("A") == "");
  CHECK(set.get("b") == "");
  baggage const later = set.set("a", "3");
  CHECK(later.get("a") == "3");
  CHECK(later.metadata("a") == "");
  CHECK(set.get("a") == "1");
  CHECK(later.size() == 3);
}

TEST_CASE("names and values are any text, kept as given") {
  std::string const zero("a\0b", 3);
  baggage const set = baggage{}.set("ключ", "B% \xF0\x9F\x92\xBC").set(zero, zero);
  CHECK(set.get("ключ") == "B% \xF0\x9F\x92\xBC");
  CHECK(set.get(zero) == zero);
  CHECK(set.set("", "no name") == set);
}

TEST_CASE("entries can be removed, one or all") {
  baggage const set = baggage{}.set("a", "1").set("b", "2").set("c", "3");
  CHECK(set.remove("b") == baggage{}.set("c", "3").set("a", "1"));
  CHECK(set.remove("z") == set);
  CHECK(set.remove("a").remove("b").remove("c").empty());
  CHECK(set.clear().empty());
  CHECK(set.size() == 3);
}

TEST_CASE("sets are equal if they hold the same, in whatever order") {
  baggage const set = baggage{}.set("a", "1").set("b", "2", "m");
  CHECK(set == baggage{}.set("b", "2", "m").set("a", "1"));
  CHECK(set != baggage{}.set("b", "2").set("a", "1"));
  CHECK(set != baggage{}.set("a", "1"));
  CHECK(set != baggage{}.set("a", "1").set("c", "2", "m"));
}

TEST_CASE("a set can be kept as a plain pointer") {
  baggage set = baggage{}.set("a", "1");
  void* const raw = set.release();
  CHECK(set.empty());
  CHECK(baggage::share(raw).get("a") == "1");
  CHECK(baggage::adopt(raw).get("a") == "1");
}

TEST_CASE("a set agrees with a map after any changes") {
  testing::random_text random;
  baggage set;
  std::map<std::string, std::pair<std::string, std::string>> model;
  for (int round = 0; round < testing::random_rounds; ++round) {
    std::string const key = random.of("abcd", 2, 1);
    if (random.below(4) == 0) {
      set = set.remove(key);
      model.erase(key);
    } else {
      std::string const value = random.bytes(20);
      std::string const metadata = random.below(3) == 0 ? random.bytes(5) : "";
      set = set.set(key, value, metadata);
      model[key] = {value, metadata};
    }
    REQUIRE(set.size() == model.size());
    for (auto const& [name, expected] : model) {
      REQUIRE(set.get(name) == expected.first);
      REQUIRE(set.metadata(name) == expected.second);
    }
  }
}
