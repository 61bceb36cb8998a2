// Tells whether bytes are a well-formed OTLP message, all the way down: the lazy views behind this door never complain,
// so a truncated or garbled request must be refused here. Unknown fields are legal, as everywhere in protobuf.
#pragma once

#include <spanwise/detail/utf8.hpp>
#include <spanwise/viewer/otlp_schema.hpp>
#include <spanwise/viewer/otlp_text.hpp>

#include <cstdint>
#include <string>

namespace spanwise::inline SPANWISE_ABI::detail {

inline std::string check_otlp_within(std::span<std::byte const> message, message_shape const& shape,
                                     std::size_t depth) {
  if (depth == 0) return " is nested too deeply";
  wire_reader reader{message};
  for (wire_field field; reader.next(field);) {
    field_shape const* const known = shape.find(field.number);
    if (known == nullptr) continue;
    auto const about = [&](std::string_view what) { return '.' + std::string{known->json} + std::string{what}; };
    if (field.type != wire_type_of(known->what))
      return about(" has wire type " + std::to_string(static_cast<int>(field.type)));
    if (known->what == holds::text && !valid_utf8(field.text())) return about(" is not valid UTF-8");
    if (known->what == holds::message) {
      std::string within = check_otlp_within(field.bytes, known->message(), depth - 1);
      if (!within.empty()) return about(within);
    }
  }
  return reader.failed() ? " is cut short or malformed" : std::string{};
}

/// An empty string, or a sentence about the first thing that is wrong with the message.
[[nodiscard]] inline std::string check_otlp(std::span<std::byte const> message, message_shape const& shape) {
  std::string wrong = check_otlp_within(message, shape, 100);
  if (wrong.empty()) return wrong;
  return wrong.front() == '.' ? wrong.substr(1) : "the request" + wrong;
}

} // namespace spanwise::inline SPANWISE_ABI::detail
