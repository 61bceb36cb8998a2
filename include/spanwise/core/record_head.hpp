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

/// All tags and lengths, with flags and kind between them. Written before the rest: to store more than a tag needs, over
/// what follows, takes fewer instructions.
SPANWISE_INLINE void put_head_tags(unsigned char* record, std::uint64_t flags, unsigned char kind) noexcept {
  store(record + head_at::trace_id - 2, std::uint32_t{0x100a}); // 16 bytes
  store(record + head_at::span_id - 2, std::uint32_t{0x0812});  // 8 bytes
  store(record + head_at::flags - 2, tag::span_flags | flags << 16 |
                                         std::uint64_t{tag::span_kind} << 48 | std::uint64_t{kind} << 56);
  record[head_at::start - 1] = tag::span_start;
  record[head_at::end - 1] = tag::span_end;
}
SPANWISE_INLINE void put_parent(unsigned char* record, std::uint64_t parent) noexcept {
  store(record + head_at::parent_id - 2, std::uint32_t{0x0822}); // 8 bytes
  store(record + head_at::parent_id, parent);
}

SPANWISE_INLINE void put_header(unsigned char* record, record_header const& header) noexcept {
  store(record, header);
  std::uint32_t size = header.message_size; // a varint of three bytes, as put_varint_3 writes it:
  size += size & 0x1f'ff80;                 // what is beyond the first seven bits moves on by one,
  size += size & 0x7f'8000;                 // and beyond the next seven by one more
  store(record + sizeof(record_header), std::uint32_t{0x0080'8000} | tag::bytes_2 | size << 8);
}
static_assert(head_at::kind == head_at::flags + 5 && head_at::start == head_at::kind + 2);
static_assert(record::frame_size == 4 && head_at::root_size + 2 >= 64);

} // namespace spanwise::inline SPANWISE_ABI::detail
