// Where the parts of a finished span lie that every span has: its header, its frame, and the fields of the OTLP Span
// message whose places are known before any attribute is. The front half writes them in place as it learns them.
#pragma once

#include <spanwise/core/record.hpp>
#include <spanwise/core/wire.hpp>

namespace spanwise::inline SPANWISE_ABI::detail {

/// What stands before each record in a chunk.
struct record_header {
  std::uint32_t message_size;
  std::uint16_t scope;
  std::uint16_t flags;
};

/// Offsets from the header on. The parent comes last: a root has none.
namespace head_at {
inline constexpr std::size_t message = sizeof(record_header) + record::frame_size;
inline constexpr std::size_t trace_id = message + 2;
inline constexpr std::size_t span_id = trace_id + 16 + 2;
inline constexpr std::size_t flags = span_id + 8 + 2;
inline constexpr std::size_t kind = flags + 4 + 1;
inline constexpr std::size_t start = kind + 1 + 1;
inline constexpr std::size_t end = start + 8 + 1;
inline constexpr std::size_t root_size = end + 8;
inline constexpr std::size_t parent_id = root_size + 2;
inline constexpr std::size_t child_size = parent_id + 8;
} // namespace head_at

/// The tags and lengths of the ids and the flags.
SPANWISE_INLINE void put_id_tags(unsigned char* record) noexcept {
  store(record + head_at::trace_id - 2, std::uint16_t{0x100a}); // 16 bytes
  store(record + head_at::span_id - 2, std::uint16_t{0x0812});  // 8 bytes
  store(record + head_at::flags - 2, tag::span_flags);
}

SPANWISE_INLINE void put_header(unsigned char* record, record_header const& header) noexcept {
  store(record, header);
  record[sizeof(record_header)] = tag::bytes_2;
  put_varint_3(record + sizeof(record_header) + 1, header.message_size);
}

} // namespace spanwise::inline SPANWISE_ABI::detail
