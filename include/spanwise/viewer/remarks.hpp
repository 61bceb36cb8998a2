// What a receiver takes but a careful exporter does not send: empty names, times that run backwards, keys that occur
// twice. Counted by sentence, for tests that want nothing of the kind; nothing is refused for it.
#pragma once

#include <spanwise/viewer/otlp_schema.hpp>
#include <spanwise/viewer/received_span.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

namespace spanwise::inline SPANWISE_ABI {

/// How often each remark was due. The sentences are literals.
using remark_counts = std::map<std::string_view, std::uint64_t>;

namespace detail {

inline void remark_on(attribute_range const& attributes, remark_counts& remarks) {
  std::vector<std::string_view> keys;
  for (attribute_view const attribute : attributes) {
    if (attribute.key.empty()) ++remarks["an attribute key is empty"];
    keys.push_back(attribute.key);
  }
  std::sort(keys.begin(), keys.end());
  if (std::adjacent_find(keys.begin(), keys.end()) != keys.end()) ++remarks["an attribute key occurs twice"];
}

/// Looks at the fields themselves, of which the view shows only what they amount to.
inline void remark_on_fields(std::span<std::byte const> message, remark_counts& remarks) {
  std::uint32_t seen = 0;
  std::uint64_t kind = 0;
  std::uint64_t code = 0;
  wire_reader reader{message};
  for (wire_field field; reader.next(field);) {
    field_shape const* const known = otlp::span().find(field.number);
    if (known == nullptr) {
      ++remarks["a span has an unknown field"];
      continue;
    }
    std::uint32_t const bit = std::uint32_t{1} << known->number;
    if (!known->repeated && (seen & bit) != 0) ++remarks["a field of a span occurs twice"];
    seen |= bit;
    if (field.number == 6) kind = field.integer;
    if (field.number == 4 && !field.bytes.empty() && !read_id<span_id>(field.bytes).valid())
      ++remarks["a parent span id is all zeros"];
    if (field.number != 15) continue;
    wire_reader status{field.bytes};
    for (wire_field inner; status.next(inner);)
      if (inner.is(3, wire_type::varint)) code = inner.integer;
  }
  if (kind == 0 || kind > 5) ++remarks["a span kind is unspecified or unknown"];
  if (code > 2) ++remarks["a status code is unknown"];
}

} // namespace detail

/// Counts what is remarkable about a resource.
inline void remark_on(span_source const& source, remark_counts& remarks) {
  if (source.service == "unknown_service") ++remarks["a resource has no service.name"];
  detail::remark_on(source.attributes(), remarks);
}

/// Counts what is remarkable about a span.
inline void remark_on(span_view const& view, remark_counts& remarks) {
  detail::remark_on_fields(view.bytes(), remarks);
  if (view.name().empty()) ++remarks["a span has no name"];
  if (view.start().unix_ns == 0 || view.end().unix_ns == 0) ++remarks["a span lacks a time"];
  else if (view.end() < view.start()) ++remarks["a span ends before it starts"];
  if (view.parent_span_id() == view.span_id()) ++remarks["a span is its own parent"];
  if (!view.status_message().empty() && view.status() != status_code::error)
    ++remarks["a status has a message but is no error"];
  if ((view.flags() & ~std::uint32_t{0x3ff}) != 0) ++remarks["reserved flags are set"];
  if ((view.flags() & span_view::remote) != 0 && (view.flags() & span_view::remote_known) == 0)
    ++remarks["flags say remote but not that this is known"];
  for (char const letter : view.trace_state())
    if (letter < 0x20 || letter > 0x7e) {
      ++remarks["a trace state is not printable ASCII"];
      break;
    }
  detail::remark_on(view.attributes(), remarks);
  for (event_view const event : view.events()) {
    if (event.name().empty() || event.time().unix_ns == 0) ++remarks["an event lacks its name or time"];
    detail::remark_on(event.attributes(), remarks);
  }
  for (link_view const link : view.links()) {
    if (!link.trace_id().valid() || !link.span_id().valid()) ++remarks["a link lacks its ids"];
    detail::remark_on(link.attributes(), remarks);
  }
}

} // namespace spanwise::inline SPANWISE_ABI
