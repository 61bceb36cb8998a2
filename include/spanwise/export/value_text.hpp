// Attribute values as text, for formats that know no types (OpenTelemetry, AnyValue representation for non-OTLP
// protocols): strings as they are, numbers as JSON has them, bytes as base64, arrays and maps as JSON.
#pragma once

#include <spanwise/core/value_view.hpp>
#include <spanwise/detail/buffer.hpp>
#include <spanwise/detail/json_text.hpp>

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

inline constexpr int deepest_value_text = 64;

/// A value inside an array or a map, as JSON: there is room before it, and there is room behind it.
template <class = on_use> char* put_json_value(json_sink& sink, char* at, value_view const& held, int depth) noexcept {
  constexpr std::size_t room = 96;
  at = sink.room(at, room);
  switch (held.type()) {
  case value_type::string:
    return sink.room(sink.string(at, held.as_string()), room);
  case value_type::boolean:
    return held.as_bool() ? put(at, "true") : put(at, "false");
  case value_type::integer:
    return put_integer(at, held.as_int());
  case value_type::floating:
    return put_double(at, held.as_double());
  case value_type::bytes:
    return sink.room(sink.base64(at, held.as_bytes()), room);
  case value_type::empty:
    return put(at, "null");
  case value_type::array:
  case value_type::map:
    break;
  }
  if (depth == deepest_value_text) return put(at, "null");
  bool first = true;
  auto const comma = [&] {
    if (!first) *at++ = ',';
    first = false;
  };
  if (held.type() == value_type::array) {
    *at++ = '[';
    for (value_view const& each : held.elements()) {
      comma();
      at = sink.room(put_json_value(sink, at, each, depth + 1), room);
    }
    *at++ = ']';
  } else {
    *at++ = '{';
    for (attribute_view const& each : held.entries()) {
      comma();
      at = sink.room(sink.string(at, each.key), room);
      *at++ = ':';
      at = sink.room(put_json_value(sink, at, each.value, depth + 1), room);
    }
    *at++ = '}';
  }
  return at;
}

} // namespace detail

/// Appends the value as text. False if memory ran out; `out` is then as before.
///
/// Strings stay as they were recorded, so they may hold ill-formed UTF-8; all else is valid UTF-8.
template <class = detail::on_use> bool append_value_text(value_view const& held, detail::buffer& out) noexcept {
  if (held.type() == value_type::string) {
    out.append(held.as_string());
    return !out.failed();
  }
  if (held.type() == value_type::empty) return true;
  std::size_t const before = out.size();
  detail::json_sink sink{out};
  char* const at = sink.begin();
  if (at == nullptr || !sink.finish(detail::put_json_value(sink, at, held, 0))) return false;
  bool const quoted =
      held.type() == value_type::bytes || (held.type() == value_type::floating && out.data()[before] == '"');
  if (quoted) {
    std::memmove(out.data() + before, out.data() + before + 1, out.size() - before - 2);
    out.truncate(out.size() - 2);
  }
  return true;
}

} // namespace spanwise::inline SPANWISE_ABI
