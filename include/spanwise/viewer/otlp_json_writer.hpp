// Shows an OTLP message as OTLP/JSON, field by field as it came in: what a test or a page asks the receiver for.
// It goes by the tables and knows nothing of the exporter's own encoder.
#pragma once

#include <spanwise/viewer/otlp_schema.hpp>
#include <spanwise/viewer/otlp_text.hpp>

#include <nlohmann/json.hpp>

#include <bit>
#include <cmath>
#include <string>
#include <vector>

namespace spanwise::inline SPANWISE_ABI::detail {

[[nodiscard]] inline nlohmann::ordered_json to_otlp_json(std::span<std::byte const> message,
                                                         message_shape const& shape);

[[nodiscard]] inline nlohmann::ordered_json to_otlp_json(wire_field const& field, field_shape const& known) {
  switch (known.what) {
  case holds::text:
    return std::string{field.text()};
  case holds::id:
    return encode_hex(field.text());
  case holds::bytes:
    return encode_base64(field.text());
  case holds::message:
    return to_otlp_json(field.bytes, known.message());
  case holds::boolean:
    return field.integer != 0;
  case holds::enumeration:
  case holds::uint32:
  case holds::fixed32:
    return static_cast<std::uint32_t>(field.integer);
  case holds::int64:
    return std::to_string(static_cast<std::int64_t>(field.integer));
  case holds::fixed64:
    return std::to_string(field.integer);
  case holds::floating:
    break;
  }
  auto const number = std::bit_cast<double>(field.integer);
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  return number;
}

/// Fields stand in the order of the tables; one that is absent from the message is absent here.
[[nodiscard]] inline nlohmann::ordered_json to_otlp_json(std::span<std::byte const> message,
                                                         message_shape const& shape) {
  std::vector<nlohmann::ordered_json> values(shape.fields.size());
  wire_reader reader{message};
  for (wire_field field; reader.next(field);) {
    field_shape const* const known = shape.find(field.number);
    if (known == nullptr || field.type != wire_type_of(known->what)) continue;
    auto& value = values[static_cast<std::size_t>(known - shape.fields.data())];
    if (shape.one_of)
      for (auto& other : values) other = nullptr;
    if (known->repeated) value.push_back(to_otlp_json(field, *known));
    else value = to_otlp_json(field, *known);
  }
  auto shown = nlohmann::ordered_json::object();
  for (std::size_t index = 0; index < values.size(); ++index)
    if (!values[index].is_null()) shown[std::string{shape.fields[index].json}] = std::move(values[index]);
  return shown;
}

} // namespace spanwise::inline SPANWISE_ABI::detail
