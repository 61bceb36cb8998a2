// Encodes finished spans as an OTLP ExportTraceServiceRequest in protobuf: the records already are its Span messages,
// so this writes the resource and scopes around them and copies.
#pragma once

#include <spanwise/core/record.hpp>
#include <spanwise/core/wire.hpp>
#include <spanwise/detail/buffer.hpp>
#include <spanwise/export/scope_groups.hpp>
#include <spanwise/pipeline/exporter.hpp>

#include <span>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

/// The size of a field of this many bytes whose tag takes one byte.
constexpr std::size_t field_size(std::size_t bytes) noexcept {
  return 1 + varint_size(bytes) + bytes;
}

inline unsigned char* put_head(unsigned char* at, unsigned char tag, std::size_t size) noexcept {
  *at++ = tag;
  return put_varint(at, size);
}

template <class Bytes> unsigned char* put_field(unsigned char* at, unsigned char tag, Bytes const& bytes) noexcept {
  at = put_head(at, tag, bytes.size());
  if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
  return at + bytes.size();
}

/// The size of a scope's ScopeSpans message without its spans.
inline std::size_t scope_overhead(scope_view const& scope) noexcept {
  return field_size(scope.encoded.size()) + (scope.schema_url.empty() ? 0 : field_size(scope.schema_url.size()));
}

} // namespace detail

/// Appends a whole ExportTraceServiceRequest, spans grouped by scope. False if memory ran out; `out` is then as before.
inline bool encode_otlp_protobuf(span_batch const& batch, detail::buffer& out) noexcept {
  if (batch.records.empty()) return true;
  std::size_t spans_of[scope_list::capacity + 1]{};
  for (record const& each : batch.records)
    spans_of[each.scope < scope_list::capacity ? each.scope : scope_list::capacity] += each.framed().size();

  std::span<std::byte const> const resource = batch.resource.encoded();
  std::string_view const schema_url = batch.resource.schema_url();
  std::size_t size = detail::field_size(resource.size());
  for (std::size_t scope = 0; scope <= scope_list::capacity; ++scope)
    if (spans_of[scope] != 0) size += detail::field_size(detail::scope_overhead(batch.scopes[scope]) + spans_of[scope]);
  if (!schema_url.empty()) size += detail::field_size(schema_url.size());

  char* const room = out.room(detail::field_size(size));
  if (room == nullptr) return false;
  auto* at = reinterpret_cast<unsigned char*>(room);
  at = detail::put_head(at, detail::tag::bytes_1, size);
  at = detail::put_field(at, detail::tag::bytes_1, resource);
  detail::each_scope(batch.records, [&](std::size_t number, auto const& each_record) {
    scope_view const scope = batch.scopes[number];
    at = detail::put_head(at, detail::tag::bytes_2, detail::scope_overhead(scope) + spans_of[number]);
    at = detail::put_field(at, detail::tag::bytes_1, scope.encoded);
    each_record([&](record const& each) {
      std::span<std::byte const> const framed = each.framed();
      std::memcpy(at, framed.data(), framed.size());
      at += framed.size();
    });
    if (!scope.schema_url.empty()) at = detail::put_field(at, detail::tag::bytes_3, scope.schema_url);
  });
  if (!schema_url.empty()) at = detail::put_field(at, detail::tag::bytes_3, schema_url);
  out.commit(reinterpret_cast<char const*>(at));
  return true;
}

} // namespace spanwise::inline SPANWISE_ABI
