#include <spanwise/resource/detector.hpp>

#include "catch.hpp"
#include "diagnostics_log.hpp"

#include <memory>
#include <stdexcept>

using spanwise::any_detector;
using spanwise::detect_all;
using spanwise::environment;
using spanwise::resource;

namespace {

struct rack_detector {
  static constexpr std::string_view name = "rack";
  resource detect(environment const& env) const {
    resource found;
    if (auto const rack = env.text("RACK")) found.set({"rack.name", *rack});
    return found;
  }
};
static_assert(spanwise::resource_detector<rack_detector>);

/// Its name is chosen at run time, and so is what it finds.
struct given_detector {
  std::string name;
  std::string zone;
  std::string url{};
  resource detect(environment const&) const {
    resource found;
    found.set({"zone", zone});
    found.set({spanwise::any_key{"by." + name}, true});
    found.set_schema_url(url);
    return found;
  }
};

struct nameless {
  resource detect(environment const&) const { return {}; }
};
struct speechless {
  static constexpr std::string_view name = "speechless";
  void detect(environment const&) const {}
};
static_assert(!spanwise::resource_detector<nameless>);
static_assert(!spanwise::resource_detector<speechless>);
static_assert(!spanwise::resource_detector<int>);

std::size_t size_of(resource const& from) {
  std::size_t count = 0;
  for ([[maybe_unused]] auto const& each : from.attributes()) ++count;
  return count;
}

/// As options of a start hold them.
struct chosen_detectors {
  spanwise::detector_list detectors{};
};

} // namespace

TEST_CASE("a detector is asked with the environment, and finding nothing is no error") {
  diagnostics_log const log;
  chosen_detectors const chosen{.detectors = {rack_detector{}}};
  CHECK(chosen.detectors.detect(environment{{"RACK", "r7"}}).text("rack.name") == "r7");
  CHECK(chosen.detectors.detect(environment{}).encoded().empty());
  CHECK(chosen_detectors{}.detectors.detect(environment{{"RACK", "r7"}}).encoded().empty());
  std::initializer_list<any_detector> const listed{rack_detector{}};
  CHECK(detect_all(listed, environment{{"RACK", "r7"}}).text("rack.name") == "r7");
  CHECK(detect_all({}, environment{}).encoded().empty());
  CHECK(log.lines().empty());
}

TEST_CASE("what several find is merged, and the later one counts") {
  diagnostics_log const log;
  any_detector const all[]{given_detector{"a", "1"}, given_detector{"b", "2"}, rack_detector{}};
  resource const found = detect_all(all, environment{{"RACK", "r"}});
  CHECK(size_of(found) == 4);
  CHECK(found.text("zone") == "2");
  CHECK(found.text("rack.name") == "r");
  CHECK(log.lines().empty());
}

TEST_CASE("a list of detectors keeps them, and its copies too; one that was moved from has none") {
  chosen_detectors chosen{};
  chosen = {.detectors = {given_detector{"a", "1"}, given_detector{"b", "2"}}};
  spanwise::detector_list const copy = chosen.detectors;
  spanwise::detector_list const taken = std::move(chosen.detectors);
  for (auto const* each : {&copy, &taken}) {
    CHECK(each->detect(environment{}).text("zone") == "2");
    CHECK(size_of(each->detect(environment{})) == 3);
  }
  CHECK(chosen.detectors.detect(environment{}).encoded().empty()); // NOLINT(bugprone-use-after-move)
}

TEST_CASE("copies of a detector are the same detector, and outlive it") {
  auto first =
      std::make_unique<any_detector>(given_detector{"a name that is too long to be kept inside a string", "1"});
  any_detector const second = *first;
  first.reset();
  CHECK(second.name() == "a name that is too long to be kept inside a string");
  CHECK(second.detect(environment{}).text("zone") == "1");

  any_detector left{rack_detector{}};
  any_detector const taken{std::move(left)};
  CHECK(taken.name() == "rack");
  CHECK(left.name().empty()); // NOLINT(bugprone-use-after-move)
  CHECK(detect_all(std::span{&left, 1}, environment{{"RACK", "r"}}).encoded().empty());
}

TEST_CASE("two detectors of one name are told, and both are asked") {
  diagnostics_log const log;
  any_detector const all[]{given_detector{"host", "1"}, rack_detector{}, given_detector{"host", "2"}};
  CHECK(detect_all(all, environment{}).text("zone") == "2");
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines()[0] == "two resource detectors are named \"host\"; both are asked, and what the later one finds "
                          "counts. Leave one out, or give it a name of its own");
}

#if defined(__cpp_exceptions)
TEST_CASE("a detector that throws is told by its name, and the others are asked") {
  struct broken {
    std::string name;
    bool in_words;
    resource detect(environment const&) const {
      if (in_words) throw std::runtime_error{"the licence\nhas expired"};
      throw 7;
    }
  };
  diagnostics_log const log;
  any_detector const all[]{broken{"cloud", true}, given_detector{"a", "1"}, broken{"rack", false}};
  resource const found = detect_all(all, environment{});
  CHECK(found.text("zone") == "1");
  CHECK(size_of(found) == 2);
  REQUIRE(log.lines().size() == 2);
  CHECK(log.lines()[0] ==
        "the resource detector \"cloud\" failed: the licence?has expired; tracing starts without what "
        "it would have found");
  CHECK(log.lines()[1] == "the resource detector \"rack\" failed; tracing starts without what it would have found");
}
#endif

TEST_CASE("the schema URL is the one that all agree on; where two differ there is none, whatever a third says") {
  auto const merged = [](std::string one, std::string two, std::string three) {
    any_detector const all[]{given_detector{"a", "1", std::move(one)}, given_detector{"b", "2", std::move(two)},
                             given_detector{"c", "3", std::move(three)}};
    return std::string{detect_all(all, environment{}).schema_url()};
  };
  {
    diagnostics_log const log;
    CHECK(merged("", "", "").empty());
    CHECK(merged("u", "", "") == "u");
    CHECK(merged("", "u", "u") == "u");
    CHECK(log.lines().empty());
  }
  for (int third = 0; third < 3; ++third) {
    diagnostics_log const log;
    CHECK(merged("u", "v", third == 0 ? "" : third == 1 ? "v" : "w").empty());
    CHECK(log.lines().size() == 1);
  }
}
