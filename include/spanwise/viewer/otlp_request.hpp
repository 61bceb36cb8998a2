// Takes an ExportTraceServiceRequest apart: spans in groups of one resource and one scope, the unusable ones left out.
#pragma once

#include <spanwise/viewer/otlp_check.hpp>
#include <spanwise/viewer/received_span.hpp>
#include <spanwise/viewer/remarks.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace spanwise::inline SPANWISE_ABI {

/// Spans of one source, each as an encoded OTLP Span message.
struct span_group {
  span_source source{};
  std::vector<std::string> messages{};
};

/// One request, decoded: what can be stored, and how many spans cannot, with the reason of the first.
struct span_request {
  std::vector<span_group> groups{};
  std::uint64_t spans{};    ///< that can be stored
  std::uint64_t rejected{}; ///< without a usable trace id, span id or parent id
  std::string why{};
  remark_counts remarks{}; ///< what the sender could do better
};

namespace detail {

/// Why a span cannot be stored; nullptr if it can.
inline char const* why_unusable(std::span<std::byte const> message) noexcept {
  span_view const each{message};
  if (!each.trace_id().valid()) return "a trace id must be 16 bytes, not all zero";
  if (!each.span_id().valid()) return "a span id must be 8 bytes, not all zero";
  wire_reader reader{message};
  for (wire_field field; reader.next(field);)
    if (field.is(4, wire_type::bytes) && !field.bytes.empty() && field.bytes.size() != 8)
      return "a parent span id must be absent or 8 bytes";
  return nullptr;
}

inline std::string service_of(span_source const& source) {
  for (attribute_view const attribute : source.attributes())
    if (attribute.key == "service.name" && !attribute.value.as_string().empty())
      return std::string{attribute.value.as_string()};
  return "unknown_service";
}

inline void read_scope_spans(std::span<std::byte const> message, span_source source, span_request& request) {
  wire_reader fields{message};
  std::size_t count = 0;
  for (wire_field field; fields.next(field);) {
    if (field.is(1, wire_type::bytes)) source.scope = field.text();
    if (field.is(3, wire_type::bytes)) source.scope_schema_url = field.text();
    if (field.is(2, wire_type::bytes)) ++count;
  }
  span_group group{std::move(source), {}};
  group.messages.reserve(count);
  for (std::span<std::byte const> const each : view_range<std::span<std::byte const>>{message, 2}) {
    if (char const* const why = why_unusable(each)) {
      ++request.rejected;
      if (request.why.empty()) request.why = why;
    } else {
      remark_on(span_view{each}, request.remarks);
      group.messages.emplace_back(as_text(each));
    }
  }
  request.spans += group.messages.size();
  if (!group.messages.empty()) request.groups.push_back(std::move(group));
}

} // namespace detail

/// Decodes a request that check_otlp found well-formed.
[[nodiscard]] inline span_request read_otlp_request(std::span<std::byte const> message) {
  using bytes = std::span<std::byte const>;
  span_request request;
  for (bytes const resource_spans : view_range<bytes>{message, 1}) {
    span_source source;
    detail::wire_reader fields{resource_spans};
    for (detail::wire_field field; fields.next(field);) {
      if (field.is(1, detail::wire_type::bytes)) source.resource = field.text();
      if (field.is(3, detail::wire_type::bytes)) source.resource_schema_url = field.text();
    }
    source.service = detail::service_of(source);
    remark_on(source, request.remarks);
    for (bytes const scope_spans : view_range<bytes>{resource_spans, 2})
      detail::read_scope_spans(scope_spans, source, request);
  }
  return request;
}

} // namespace spanwise::inline SPANWISE_ABI
