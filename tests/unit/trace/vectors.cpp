// The test vectors of attribute limits and of the precedence of statuses, through spans.
#include "recorded.hpp"

#include <nlohmann/json.hpp>

#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

using json = nlohmann::json;
using testing::recorded;

namespace given {

/// A value as the vectors write it: maps as lists of pairs, integers as text.
struct any {
  std::variant<std::monostate, bool, std::int64_t, double, std::string, std::vector<std::byte>, std::vector<any>,
               std::vector<std::pair<std::string, any>>>
      held;
};
auto const& spanwise_value(any const& value) { return value.held; }

any read(json const& from) {
  std::string const type = from["type"];
  if (type == "bool") return {from["value"].get<bool>()};
  if (type == "int") return {std::int64_t{std::stoll(from["value"].get<std::string>())}};
  if (type == "double") return {from["value"].get<double>()};
  if (type == "string") return {from["value"].get<std::string>()};
  if (type == "bytes") {
    std::vector<std::byte> bytes;
    for (json const& each : from["value"]) bytes.push_back(static_cast<std::byte>(each.get<unsigned>()));
    return {std::move(bytes)};
  }
  if (type == "array") {
    std::vector<any> elements;
    for (json const& each : from["value"]) elements.push_back(read(each));
    return {std::move(elements)};
  }
  if (type == "map") {
    std::vector<std::pair<std::string, any>> entries;
    for (json const& each : from["value"]) entries.emplace_back(each[0].get<std::string>(), read(each[1]));
    return {std::move(entries)};
  }
  REQUIRE(type == "empty");
  return {};
}

} // namespace given

namespace {

json vectors(std::string const& name) {
  std::ifstream file{std::string{SPANWISE_TEST_VECTORS} + "/" + name + ".json"};
  REQUIRE(file);
  return json::parse(file)["vectors"];
}

json shown_as_given(spanwise::value_view const& value) {
  switch (value.type()) {
  case spanwise::value_type::empty: return {{"type", "empty"}};
  case spanwise::value_type::string: return {{"type", "string"}, {"value", std::string{value.as_string()}}};
  case spanwise::value_type::boolean: return {{"type", "bool"}, {"value", value.as_bool()}};
  case spanwise::value_type::integer: return {{"type", "int"}, {"value", std::to_string(value.as_int())}};
  case spanwise::value_type::floating: return {{"type", "double"}, {"value", value.as_double()}};
  case spanwise::value_type::bytes: {
    json bytes = json::array();
    for (std::byte const each : value.as_bytes()) bytes.push_back(std::to_integer<unsigned>(each));
    return {{"type", "bytes"}, {"value", bytes}};
  }
  case spanwise::value_type::array: {
    json elements = json::array();
    for (spanwise::value_view const& each : value.elements()) elements.push_back(shown_as_given(each));
    return {{"type", "array"}, {"value", elements}};
  }
  case spanwise::value_type::map: {
    json entries = json::array();
    for (auto const& [key, held] : value.entries())
      entries.push_back(json::array({std::string{key}, shown_as_given(held)}));
    return {{"type", "map"}, {"value", entries}};
  }
  }
  return nullptr;
}

} // namespace

TEST_CASE("vectors of attribute limits") {
  json const all = vectors("attribute_limits");
  REQUIRE(all.size() >= 17);
  for (json const& vector : all) {
    INFO(vector.dump());
    json const& input = vector["input"];
    spanwise::options chosen;
    auto const limit = [&](char const* name, std::optional<std::uint32_t>& where) {
      if (input.contains(name)) where = input[name].get<std::uint32_t>();
    };
    limit("count", chosen.limits.attribute_count);
    limit("length", chosen.limits.attribute_value_length);
    limit("depth", chosen.limits.attribute_value_depth);
    recorded trace{std::move(chosen)};
    {
      spanwise::span span{"x"};
      for (json const& each : input["set"])
        span.set(spanwise::any_key(each[0].get<std::string>()), given::read(each[1]));
    }
    json attributes = json::object();
    auto const finished = trace.only();
    for (auto const& [key, held] : finished.attributes()) {
      CHECK(!attributes.contains(std::string{key}));
      attributes[std::string{key}] = shown_as_given(held);
    }
    CHECK(attributes == vector["expected"]["attributes"]);
    CHECK(finished.dropped_attributes() == vector["expected"]["dropped"].get<std::uint32_t>());
  }
}

TEST_CASE("vectors of statuses set in turn") {
  std::map<std::string, spanwise::status_code> const codes{
      {"Unset", spanwise::status_code::unset}, {"Ok", spanwise::status_code::ok}, {"Error", spanwise::status_code::error}};
  std::size_t tried = 0;
  for (json const& vector : vectors("resource_status")) {
    if (!vector["input"].contains("status")) continue;
    INFO(vector.dump());
    recorded trace;
    {
      spanwise::span span{"x"};
      for (json const& each : vector["input"]["status"])
        span.status(codes.at(each[0]), each.size() > 1 ? each[1].get<std::string>() : "");
    }
    auto const finished = trace.only();
    CHECK(finished.status() == codes.at(vector["expected"]["code"]));
    CHECK(std::string{finished.status_message()} == vector["expected"]["description"].get<std::string>());
    ++tried;
  }
  CHECK(tried >= 10);
}
