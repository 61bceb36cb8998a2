// Encodes finished spans as OTLP/JSON, the request body of OTLP/HTTP and a line of an OTLP file.
// Goes from the bytes of the spans to text in one step; allocates nothing but the buffer, which can be used again.
#pragma once

#include <spanwise/core/span_view.hpp>
#include <spanwise/detail/buffer.hpp>
#include <spanwise/detail/json_text.hpp>
#include <spanwise/export/scope_groups.hpp>
#include <spanwise/pipeline/exporter.hpp>

#include <span>
#include <string>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

/// Writes the parts of a request; the order is that of the OTLP messages, and empty members are left out.
class otlp_json_encoder {
public:
  explicit otlp_json_encoder(buffer& out) noexcept : sink_{out} {}

  bool request(span_batch const& batch) noexcept {
    char* at = sink_.begin();
    if (at == nullptr) return false;
    at = put(at, "{\"resourceSpans\":[");
    if (!batch.records.empty()) {
      at = put(at, "{\"resource\":{");
      at = attributes(at, batch.resource.attributes(), false);
      at = put(at, "},\"scopeSpans\":[");
      bool first = true;
      each_scope(batch.records, [&](std::size_t scope, auto const& each_record) {
        at = scope_head(at, batch.scopes[scope], first);
        first = false;
        bool first_span = true;
        each_record([&](record const& finished) {
          if (!first_span) *at++ = ',';
          first_span = false;
          at = span(at, span_view{finished});
        });
        *at++ = ']';
        at = schema_url(at, batch.scopes[scope].schema_url);
        *at++ = '}';
      });
      *at++ = ']';
      at = schema_url(at, batch.resource.schema_url());
      *at++ = '}';
    }
    at = put(at, "]}");
    return sink_.finish(at);
  }

  /// One span as a JSON object; leaves room for a few bytes of the caller's.
  char* span(char* at, span_view const& view) noexcept {
    at = sink_.room(at, 512);
    at = put(at, "{\"traceId\":\"");
    at = put_hex(at, view.trace_id().bytes());
    at = put(at, "\",\"spanId\":\"");
    at = put_hex(at, view.span_id().bytes());
    if (view.parent_span_id().valid()) {
      at = put(at, "\",\"parentSpanId\":\"");
      at = put_hex(at, view.parent_span_id().bytes());
    }
    at = put(at, "\",\"flags\":");
    at = put_decimal(at, view.flags());
    at = put(at, ",\"kind\":");
    *at++ = static_cast<char>('1' + static_cast<int>(view.kind()));
    at = put(at, ",\"startTimeUnixNano\":\"");
    at = put_decimal(at, static_cast<std::uint64_t>(view.start().unix_ns));
    at = put(at, "\",\"endTimeUnixNano\":\"");
    at = put_decimal(at, static_cast<std::uint64_t>(view.end().unix_ns));
    at = member(at, "\",\"name\":", view.name());
    if (!view.trace_state().empty()) at = member(at, ",\"traceState\":", view.trace_state());
    at = attributes(at, view.attributes(), true);
    at = dropped(at, ",\"droppedAttributesCount\":", view.dropped_attributes());
    at = events(at, view.events());
    at = dropped(at, ",\"droppedEventsCount\":", view.dropped_events());
    at = links(at, view.links());
    at = dropped(at, ",\"droppedLinksCount\":", view.dropped_links());
    if (view.status() != status_code::unset) at = status(at, view);
    *at++ = '}';
    return at;
  }

  /// An attribute value as the object that stands for an AnyValue.
  char* value(char* at, value_view const& held, int depth) noexcept {
    at = sink_.room(at, most_fixed);
    switch (held.type()) {
    case value_type::string:
      at = member(at, "{\"stringValue\":", held.as_string());
      *at++ = '}';
      return at;
    case value_type::boolean:
      return held.as_bool() ? put(at, "{\"boolValue\":true}") : put(at, "{\"boolValue\":false}");
    case value_type::integer:
      at = put(at, "{\"intValue\":\"");
      at = put_integer(at, held.as_int());
      return put(at, "\"}");
    case value_type::floating:
      at = put(at, "{\"doubleValue\":");
      at = put_double(at, held.as_double());
      *at++ = '}';
      return at;
    case value_type::bytes:
      at = put(at, "{\"bytesValue\":");
      at = sink_.base64(at, held.as_bytes());
      *at++ = '}';
      return at;
    case value_type::array:
    case value_type::map:
      return container(at, held, depth);
    case value_type::empty:
      break;
    }
    return put(at, "{}");
  }

private:
  /// Room for the fixed parts between two strings or values: what precedes a string needs no check of its own.
  static constexpr std::size_t most_fixed = 192;
  /// Arrays and maps nested deeper than this are written as the empty value, as the default limit has it (AT-10).
  static constexpr int deepest = 64;

  template <std::size_t Size>
  SPANWISE_INLINE char* member(char* at, char const (&key)[Size], std::string_view text) noexcept {
    return string(put(at, key), text);
  }
  char* string(char* at, std::string_view text) noexcept { return sink_.room(sink_.string(at, text), most_fixed); }

  template <std::size_t Size>
  SPANWISE_INLINE char* dropped(char* at, char const (&key)[Size], std::uint32_t count) noexcept {
    return count == 0 ? at : number(sink_.room(put(at, key), most_fixed), count);
  }
  SPANWISE_COLD char* number(char* at, std::uint64_t count) noexcept {
    return sink_.room(put_decimal(at, count), most_fixed);
  }

  char* attributes(char* at, attribute_range const& all, bool comma) noexcept {
    bool first = true;
    for (attribute_view const& each : all) {
      if (!first) *at++ = ',';
      else at = comma ? put(at, ",\"attributes\":[") : put(at, "\"attributes\":[");
      first = false;
      at = key_value(at, each, 1);
    }
    if (!first) *at++ = ']';
    return sink_.room(at, most_fixed);
  }

  char* key_value(char* at, attribute_view const& each, int depth) noexcept {
    at = member(at, "{\"key\":", each.key);
    at = put(at, ",\"value\":");
    at = value(at, each.value, depth);
    *at++ = '}';
    return sink_.room(at, most_fixed);
  }

  char* container(char* at, value_view const& held, int depth) noexcept {
    if (depth > deepest) return put(at, "{}");
    bool first = true;
    auto const comma = [&] {
      if (!first) *at++ = ',';
      first = false;
    };
    if (held.type() == value_type::array) {
      at = put(at, "{\"arrayValue\":{\"values\":[");
      for (value_view const& each : held.elements()) {
        comma();
        at = sink_.room(value(at, each, depth + 1), most_fixed);
      }
    } else {
      at = put(at, "{\"kvlistValue\":{\"values\":[");
      for (attribute_view const& each : held.entries()) {
        comma();
        at = key_value(at, each, depth + 1);
      }
    }
    return put(at, "]}}");
  }

  char* events(char* at, view_range<event_view> const& all) noexcept {
    bool first = true;
    for (event_view const& each : all) {
      at = first ? put(at, ",\"events\":[{\"timeUnixNano\":\"") : put(at, ",{\"timeUnixNano\":\"");
      first = false;
      at = put_decimal(at, static_cast<std::uint64_t>(each.time().unix_ns));
      at = member(at, "\",\"name\":", each.name());
      at = attributes(at, each.attributes(), true);
      at = dropped(at, ",\"droppedAttributesCount\":", each.dropped_attributes());
      *at++ = '}';
      at = sink_.room(at, most_fixed);
    }
    if (!first) *at++ = ']';
    return at;
  }

  SPANWISE_SMALL char* links(char* at, view_range<link_view> const& all) noexcept {
    bool first = true;
    for (link_view const& each : all) {
      at = first ? put(at, ",\"links\":[{\"traceId\":\"") : put(at, ",{\"traceId\":\"");
      first = false;
      at = put_hex(at, each.trace_id().bytes());
      at = put(at, "\",\"spanId\":\"");
      at = put_hex(at, each.span_id().bytes());
      at = put(at, "\",\"flags\":");
      at = sink_.room(put_decimal(at, each.flags()), most_fixed);
      if (!each.trace_state().empty()) at = member(at, ",\"traceState\":", each.trace_state());
      at = attributes(at, each.attributes(), true);
      at = dropped(at, ",\"droppedAttributesCount\":", each.dropped_attributes());
      *at++ = '}';
      at = sink_.room(at, most_fixed);
    }
    if (!first) *at++ = ']';
    return at;
  }

  SPANWISE_SMALL char* status(char* at, span_view const& view) noexcept {
    at = sink_.room(put(at, ",\"status\":{\"code\":"), most_fixed);
    *at++ = static_cast<char>('0' + static_cast<int>(view.status()));
    if (!view.status_message().empty()) at = member(at, ",\"message\":", view.status_message());
    *at++ = '}';
    return sink_.room(at, most_fixed);
  }

  SPANWISE_SMALL char* scope_head(char* at, scope_view const& scope, bool first) noexcept {
    at = sink_.room(at, most_fixed);
    if (!first) *at++ = ',';
    at = member(at, "{\"scope\":{\"name\":", scope.name);
    if (!scope.version.empty()) at = member(at, ",\"version\":", scope.version);
    at = attributes(at, attribute_range{scope.encoded, 3}, true);
    return put(at, "},\"spans\":[");
  }

  SPANWISE_SMALL char* schema_url(char* at, std::string_view url) noexcept {
    at = sink_.room(at, most_fixed);
    return url.empty() ? at : member(at, ",\"schemaUrl\":", url);
  }

  json_sink sink_;
};

} // namespace detail

/// Appends a whole ExportTraceServiceRequest, spans grouped by scope. False if memory ran out; `out` is then as before.
inline bool encode_otlp_json(span_batch const& batch, detail::buffer& out) noexcept {
  return detail::otlp_json_encoder{out}.request(batch);
}

/// The same as a text of its own, for exporters of one's own; empty if memory ran out.
[[nodiscard]] SPANWISE_COLD std::string encode_otlp_json(span_batch const& batch) noexcept {
  return detail::contain(
      [&] {
        detail::buffer out;
        return encode_otlp_json(batch, out) ? std::string{out.text()} : std::string{};
      },
      std::string{});
}

} // namespace spanwise::inline SPANWISE_ABI
