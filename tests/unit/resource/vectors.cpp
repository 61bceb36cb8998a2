// The test vectors of resources that are merged.
#include <spanwise/core/resource.hpp>

#include "catch.hpp"
#include "diagnostics_log.hpp"

#include <nlohmann/json.hpp>

#include <fstream>
#include <map>
#include <string>

using spanwise::resource;

TEST_CASE("vectors of merges") {
  using texts = std::map<std::string, std::string>;
  auto const read = [](nlohmann::json const& from) {
    resource made;
    for (auto const& [name, text] : from["attributes"].items())
      made.set({spanwise::any_key{name}, text.get<std::string>()});
    made.set_schema_url(from["schema_url"].get<std::string>());
    return made;
  };
  std::ifstream file{SPANWISE_TEST_VECTORS "/resource_status.json"};
  REQUIRE(file);
  nlohmann::json const all = nlohmann::json::parse(file);
  int checked = 0;
  for (auto const& each : all["vectors"]) {
    if (!each["input"].contains("merge")) continue;
    CAPTURE(each.dump());
    diagnostics_log const log;
    resource merged = read(each["input"]["merge"]["old"]);
    merged.merge(read(each["input"]["merge"]["updating"]));
    texts found;
    for (auto const& one : merged.attributes()) found.emplace(one.key, one.value.as_string());
    CHECK(found == each["expected"]["attributes"].get<texts>());
    CHECK(merged.schema_url() == each["expected"]["schema_url"].get<std::string>());
    CHECK(!log.lines().empty() == each["expected"]["conflict"].get<bool>());
    ++checked;
  }
  CHECK(checked == 7);
}
