// The OTLP trace messages as tables: which fields there are, what they hold, what JSON calls them.
// One table serves the check of what comes in, the way from JSON to protobuf and the way back.
#pragma once

#include <spanwise/core/wire_reader.hpp>

#include <span>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI::detail {

/// What a field holds: protobuf's types, with `id` for bytes that JSON writes as hexadecimal digits.
enum class holds : std::uint8_t {
  text,
  id,
  bytes,
  message,
  boolean,
  enumeration,
  int64,
  uint32,
  fixed64,
  floating,
  fixed32
};

struct message_shape;

struct field_shape {
  std::uint8_t number;
  holds what;
  std::string_view json;
  bool repeated = false;
  message_shape const& (*message)() noexcept = nullptr;
};

/// The fields of one message, in the order in which they are shown; `one_of` allows one of them at a time.
struct message_shape {
  std::span<field_shape const> fields;
  bool one_of = false;

  [[nodiscard]] field_shape const* find(std::uint32_t number) const noexcept {
    for (field_shape const& field : fields)
      if (field.number == number) return &field;
    return nullptr;
  }
  [[nodiscard]] field_shape const* find(std::string_view json) const noexcept {
    for (field_shape const& field : fields)
      if (field.json == json) return &field;
    return nullptr;
  }
};

[[nodiscard]] constexpr wire_type wire_type_of(holds what) noexcept {
  switch (what) {
  case holds::text:
  case holds::id:
  case holds::bytes:
  case holds::message:
    return wire_type::bytes;
  case holds::fixed64:
  case holds::floating:
    return wire_type::fixed64;
  case holds::fixed32:
    return wire_type::fixed32;
  default:
    return wire_type::varint;
  }
}

namespace otlp {

inline message_shape const& any_value() noexcept;
inline message_shape const& key_value() noexcept;

inline message_shape const& array_value() noexcept {
  static constexpr field_shape fields[] = {{1, holds::message, "values", true, any_value}};
  static constexpr message_shape shape{fields};
  return shape;
}

inline message_shape const& map_value() noexcept {
  static constexpr field_shape fields[] = {{1, holds::message, "values", true, key_value}};
  static constexpr message_shape shape{fields};
  return shape;
}

inline message_shape const& any_value() noexcept {
  static constexpr field_shape fields[] = {
      {1, holds::text, "stringValue"},
      {2, holds::boolean, "boolValue"},
      {3, holds::int64, "intValue"},
      {4, holds::floating, "doubleValue"},
      {5, holds::message, "arrayValue", false, array_value},
      {6, holds::message, "kvlistValue", false, map_value},
      {7, holds::bytes, "bytesValue"},
  };
  static constexpr message_shape shape{fields, true};
  return shape;
}

inline message_shape const& key_value() noexcept {
  static constexpr field_shape fields[] = {{1, holds::text, "key"}, {2, holds::message, "value", false, any_value}};
  static constexpr message_shape shape{fields};
  return shape;
}

inline message_shape const& resource() noexcept {
  static constexpr field_shape fields[] = {
      {1, holds::message, "attributes", true, key_value},
      {2, holds::uint32, "droppedAttributesCount"},
  };
  static constexpr message_shape shape{fields};
  return shape;
}

inline message_shape const& scope() noexcept {
  static constexpr field_shape fields[] = {
      {1, holds::text, "name"},
      {2, holds::text, "version"},
      {3, holds::message, "attributes", true, key_value},
      {4, holds::uint32, "droppedAttributesCount"},
  };
  static constexpr message_shape shape{fields};
  return shape;
}

inline message_shape const& event() noexcept {
  static constexpr field_shape fields[] = {
      {1, holds::fixed64, "timeUnixNano"},
      {2, holds::text, "name"},
      {3, holds::message, "attributes", true, key_value},
      {4, holds::uint32, "droppedAttributesCount"},
  };
  static constexpr message_shape shape{fields};
  return shape;
}

inline message_shape const& link() noexcept {
  static constexpr field_shape fields[] = {
      {1, holds::id, "traceId"},
      {2, holds::id, "spanId"},
      {3, holds::text, "traceState"},
      {4, holds::message, "attributes", true, key_value},
      {5, holds::uint32, "droppedAttributesCount"},
      {6, holds::fixed32, "flags"},
  };
  static constexpr message_shape shape{fields};
  return shape;
}

inline message_shape const& status() noexcept {
  static constexpr field_shape fields[] = {{3, holds::enumeration, "code"}, {2, holds::text, "message"}};
  static constexpr message_shape shape{fields};
  return shape;
}

inline message_shape const& span() noexcept {
  static constexpr field_shape fields[] = {
      {1, holds::id, "traceId"},
      {2, holds::id, "spanId"},
      {4, holds::id, "parentSpanId"},
      {3, holds::text, "traceState"},
      {16, holds::fixed32, "flags"},
      {5, holds::text, "name"},
      {6, holds::enumeration, "kind"},
      {7, holds::fixed64, "startTimeUnixNano"},
      {8, holds::fixed64, "endTimeUnixNano"},
      {9, holds::message, "attributes", true, key_value},
      {10, holds::uint32, "droppedAttributesCount"},
      {11, holds::message, "events", true, event},
      {12, holds::uint32, "droppedEventsCount"},
      {13, holds::message, "links", true, link},
      {14, holds::uint32, "droppedLinksCount"},
      {15, holds::message, "status", false, status},
  };
  static constexpr message_shape shape{fields};
  return shape;
}

inline message_shape const& scope_spans() noexcept {
  static constexpr field_shape fields[] = {
      {1, holds::message, "scope", false, scope},
      {2, holds::message, "spans", true, span},
      {3, holds::text, "schemaUrl"},
  };
  static constexpr message_shape shape{fields};
  return shape;
}

inline message_shape const& resource_spans() noexcept {
  static constexpr field_shape fields[] = {
      {1, holds::message, "resource", false, resource},
      {2, holds::message, "scopeSpans", true, scope_spans},
      {3, holds::text, "schemaUrl"},
  };
  static constexpr message_shape shape{fields};
  return shape;
}

/// ExportTraceServiceRequest, the body of a POST to /v1/traces.
inline message_shape const& request() noexcept {
  static constexpr field_shape fields[] = {{1, holds::message, "resourceSpans", true, resource_spans}};
  static constexpr message_shape shape{fields};
  return shape;
}

} // namespace otlp

} // namespace spanwise::inline SPANWISE_ABI::detail
