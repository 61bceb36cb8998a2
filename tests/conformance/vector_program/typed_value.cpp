#include "typed_value.hpp"

#include <cmath>
#include <limits>

namespace conformance {
namespace {

double read_double(json const& given) {
  using limits = std::numeric_limits<double>;
  if (given.is_number()) return given.get<double>();
  return one_of<double>(
      given, {{"NaN", limits::quiet_NaN()}, {"Infinity", limits::infinity()}, {"-Infinity", -limits::infinity()}});
}

json show_double(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  return number;
}

std::vector<std::byte> read_bytes(json const& given) {
  std::vector<std::byte> bytes;
  for (json const& each : given) {
    auto const number = read_number<std::uint64_t>(each);
    if (number > 255) throw unsupported{"no byte: " + each.dump()};
    bytes.push_back(static_cast<std::byte>(number));
  }
  return bytes;
}

enum class notation { empty, boolean, integer, big, floating, text, bytes, array, map };

} // namespace

typed_value read_typed(json const& given) {
  auto const type = one_of<notation>(given.at("type"), {{"empty", notation::empty},
                                                        {"bool", notation::boolean},
                                                        {"int", notation::integer},
                                                        {"uint64", notation::big},
                                                        {"double", notation::floating},
                                                        {"string", notation::text},
                                                        {"bytes", notation::bytes},
                                                        {"array", notation::array},
                                                        {"map", notation::map}});
  if (type == notation::empty) return {};
  json const& value = given.at("value");
  switch (type) {
  case notation::empty:
    break;
  case notation::boolean:
    return {value.get<bool>()};
  case notation::integer:
    return {read_number<std::int64_t>(value)};
  case notation::big:
    return {read_number<std::uint64_t>(value)};
  case notation::floating:
    return {read_double(value)};
  case notation::text:
    return {value.get<std::string>()};
  case notation::bytes:
    return {read_bytes(value)};
  case notation::array: {
    std::vector<typed_value> elements;
    for (json const& each : value) elements.push_back(read_typed(each));
    return {std::move(elements)};
  }
  case notation::map: {
    std::vector<std::pair<std::string, typed_value>> entries;
    for (json const& each : value) entries.emplace_back(each.at(0).get<std::string>(), read_typed(each.at(1)));
    return {std::move(entries)};
  }
  }
  return {};
}

json show_typed(spanwise::value_view const& value) {
  switch (value.type()) {
  case spanwise::value_type::empty:
    break;
  case spanwise::value_type::string:
    return {{"type", "string"}, {"value", std::string{value.as_string()}}};
  case spanwise::value_type::boolean:
    return {{"type", "bool"}, {"value", value.as_bool()}};
  case spanwise::value_type::integer:
    return {{"type", "int"}, {"value", std::to_string(value.as_int())}};
  case spanwise::value_type::floating:
    return {{"type", "double"}, {"value", show_double(value.as_double())}};
  case spanwise::value_type::bytes: {
    json bytes = json::array();
    for (std::byte const each : value.as_bytes()) bytes.push_back(std::to_integer<unsigned>(each));
    return {{"type", "bytes"}, {"value", bytes}};
  }
  case spanwise::value_type::array: {
    json elements = json::array();
    for (spanwise::value_view const& each : value.elements()) elements.push_back(show_typed(each));
    return {{"type", "array"}, {"value", elements}};
  }
  case spanwise::value_type::map: {
    json entries = json::array();
    for (auto const& [key, held] : value.entries())
      entries.push_back(json::array({std::string{key}, show_typed(held)}));
    return {{"type", "map"}, {"value", entries}};
  }
  }
  return {{"type", "empty"}};
}

} // namespace conformance
