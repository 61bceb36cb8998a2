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

/// Writes an attribute the way a span does, the short one where it goes.
inline bool put_attribute(spanwise::detail::tape& out, spanwise::attribute const& given,
                          spanwise::span_limits const& limits = {}) {
  namespace detail = spanwise::detail;
  std::string_view const key = given.key_text();
  detail::value const& held = given.value();
  bool const number = held.kind == detail::value_kind::integer || held.kind == detail::value_kind::floating ||
                      held.kind == detail::value_kind::boolean;
  if (number && key.size() <= detail::longest_short_key && out.reserve(detail::number_size(key))) {
    detail::put_number(out, detail::tag::span_attribute, key, held);
    return true;
  }
  bool const short_key = key.size() - 1 < detail::longest_key_of_text;
  if (held.kind == detail::value_kind::text && short_key && key.size() + held.number + 6 <= 127 &&
      held.number <= limits.attribute_value_length && out.reserve(key.size() + held.text().size() + 8)) {
    std::uint64_t seen = 0;
    detail::put_short_text(out, detail::tag::span_attribute, key, held.text(), seen);
    return true;
  }
  return detail::put_any_attribute(out, detail::tag::span_attribute, key, held, limits);
}

/// What `given` looks like once it is written; "" if it leaves nothing.
inline std::string written(spanwise::attribute const& given, spanwise::span_limits const& limits = {}) {
  spanwise::detail::inline_tape tape{1U << 20};
  if (!given.absent()) put_attribute(tape, given, limits);
  std::string text;
  for (spanwise::attribute_view const& each :
       spanwise::attribute_range{{reinterpret_cast<std::byte const*>(tape.data()), tape.size()}, 9})
    text += std::string{each.key} + ": " + shown(each.value);
  return text;
}

} // namespace testing
