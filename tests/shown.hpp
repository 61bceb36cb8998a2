// For tests: values and attributes as text that shows their types, and attributes as the front half writes them.
#pragma once

#include <spanwise/core/attribute_writer.hpp>
#include <spanwise/core/value_view.hpp>

#include <cstdio>
#include <string>

namespace testing {

/// A value as text that shows its type: `3`, `3.0`, `"3"`, `true`, `<0a0b>`, `[1, 2]`, `{a: 1}`, `empty`.
inline std::string shown(spanwise::value_view const& value);

inline std::string shown(spanwise::attribute_range const& attributes) {
  std::string text;
  for (spanwise::attribute_view const& each : attributes)
    text += (text.empty() ? "" : ", ") + std::string{each.key} + ": " + shown(each.value);
  return "{" + text + "}";
}

inline std::string shown(spanwise::value_view const& value) {
  char number[40];
  switch (value.type()) {
  case spanwise::value_type::empty: return "empty";
  case spanwise::value_type::string: return '"' + std::string{value.as_string()} + '"';
  case spanwise::value_type::boolean: return value.as_bool() ? "true" : "false";
  case spanwise::value_type::integer: return std::to_string(value.as_int());
  case spanwise::value_type::floating: {
    std::snprintf(number, sizeof number, "%.17g", value.as_double());
    std::string text{number};
    return text.find_first_not_of("-0123456789") == std::string::npos ? text + ".0" : text;
  }
  case spanwise::value_type::bytes: {
    std::string text;
    for (std::byte const each : value.as_bytes()) {
      std::snprintf(number, sizeof number, "%02x", static_cast<unsigned>(each));
      text += number;
    }
    return "<" + text + ">";
  }
  case spanwise::value_type::array: {
    std::string text;
    for (spanwise::value_view const& each : value.elements()) text += (text.empty() ? "" : ", ") + shown(each);
    return "[" + text + "]";
  }
  case spanwise::value_type::map: return shown(value.entries());
  }
  return "?";
}

/// What `given` looks like once it is written; "" if it leaves nothing.
inline std::string written(spanwise::attribute const& given, spanwise::span_limits const& limits = {}) {
  spanwise::detail::tape tape;
  tape.open(1U << 20);
  if (!given.absent()) spanwise::detail::put_attribute(tape, spanwise::detail::tag::span_attribute, given, limits);
  std::string text;
  for (spanwise::attribute_view const& each :
       spanwise::attribute_range{{reinterpret_cast<std::byte const*>(tape.data()), tape.size()}, 9})
    text += std::string{each.key} + ": " + shown(each.value);
  return text;
}

} // namespace testing
