// Attribute values as the vectors write them, {"type": ..., "value": ...}: taken in at run time, and shown again.
#pragma once

#include <spanwise/spanwise.hpp>

#include "answers.hpp"

#include <cstddef>
#include <cstdint>
#include <variant>

namespace conformance {

/// A value of any type, in whatever it is nested.
struct typed_value {
  std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, std::vector<std::byte>,
               std::vector<typed_value>, std::vector<std::pair<std::string, typed_value>>>
      held;
};
/// How the library sees one.
inline auto const& spanwise_value(typed_value const& value) {
  return value.held;
}

/// Reads the notation; maps are lists of pairs, whole numbers decimal text.
typed_value read_typed(json const& given);

/// Writes it.
json show_typed(spanwise::value_view const& value);

/// Decimal text as a number; throws unless all of it is one.
template <class Number> Number read_number(json const& given) {
  auto const text = given.is_string() ? given.get<std::string>() : given.dump();
  json const number = json::parse(text);
  bool const fits = std::is_signed_v<Number> ? number.is_number_integer() && !(number.is_number_unsigned() &&
                                                                               number.get<std::uint64_t>() > INT64_MAX)
                                             : number.is_number_unsigned();
  if (!fits) throw unsupported{"no whole number, or one that does not fit: " + text};
  return number.get<Number>();
}

} // namespace conformance
