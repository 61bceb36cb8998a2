// Makes the text of finished spans valid UTF-8, as protobuf demands: a receiver refuses the whole request for one bad
// byte. The front half only notes whether a span has text that it has not seen to be ASCII; such spans are looked at
// here, and those with ill-formed text are copied with U+FFFD in its place (common/README, attribute values). Before
// overwrites are resolved: keys that differed may be the same then.
#pragma once

#include <spanwise/detail/utf8.hpp>
#include <spanwise/pipeline/resolve.hpp>

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

constexpr bool is_text(span_part outer, std::uint32_t field) noexcept {
  switch (outer) {
  case span_part::span: return field == 5;
  case span_part::event:
  case span_part::status: return field == 2;
  case span_part::attribute:
  case span_part::value: return field == 1;
  default: return false;
  }
}

constexpr span_part part_with_text(span_part outer, std::uint32_t field) noexcept {
  return outer == span_part::span && field == 15 ? span_part::status : part_of(outer, field);
}

inline bool all_valid_utf8(span_part outer, std::span<std::byte const> bytes, int depth) noexcept {
  if (depth == deepest_part) return true;
  wire_reader reader{bytes};
  for (wire_field field; reader.next(field);) {
    if (field.type != wire_type::bytes) continue;
    if (is_text(outer, field.number)) {
      if (!valid_utf8(field.text())) return false;
    } else if (span_part const inner = part_with_text(outer, field.number); inner != span_part::other) {
      if (!all_valid_utf8(inner, field.bytes, depth + 1)) return false;
    }
  }
  return true;
}

/// Copies a message with its text repaired. Needs room for four times as many bytes.
class text_repairer {
public:
  explicit text_repairer(unsigned char* out) noexcept : at_{out} {}

  unsigned char* run(std::span<std::byte const> span) noexcept {
    message(span_part::span, span, 0);
    return at_;
  }

private:
  SPANWISE_SMALL void message(span_part outer, std::span<std::byte const> bytes, int depth) noexcept {
    wire_reader reader{bytes};
    wire_field field;
    for (std::byte const* begin = reader.position(); reader.read_next(field); begin = reader.position()) {
      bool const may_hold = field.type == wire_type::bytes && depth != deepest_part;
      bool const has_text = may_hold && is_text(outer, field.number);
      span_part const inner = may_hold ? part_with_text(outer, field.number) : span_part::other;
      if (!has_text && inner == span_part::other) {
        put(begin, static_cast<std::size_t>(reader.position() - begin));
        continue;
      }
      at_ = put_varint(at_, std::uint64_t{field.number} << 3 | static_cast<std::uint64_t>(wire_type::bytes));
      unsigned char* const length = at_;
      at_ += 3;
      if (has_text) text(field.text());
      else message(inner, field.bytes, depth + 1);
      put_varint_3(length, static_cast<std::uint32_t>(at_ - length - 3));
    }
  }

  SPANWISE_SMALL void text(std::string_view left) noexcept {
    while (!left.empty()) {
      std::string_view const piece = repaired_piece(left);
      put(piece.data(), piece.size());
    }
  }

  SPANWISE_SMALL void put(void const* from, std::size_t size) noexcept {
    if (size != 0) std::memcpy(at_, from, size);
    at_ += size;
  }

  unsigned char* at_;
};

/// Overwrites what is ill-formed with question marks, where it stands: for messages that have no room for more.
SPANWISE_SMALL void mark_bad_text(span_part outer, std::byte* bytes, std::size_t size, int depth) noexcept {
  if (depth == deepest_part) return;
  wire_reader reader{{bytes, size}};
  for (wire_field field; reader.read_next(field);) {
    if (field.type != wire_type::bytes) continue;
    std::byte* const body = bytes + (field.bytes.data() - bytes);
    if (is_text(outer, field.number)) {
      for (std::string_view left = field.text(); !left.empty();) {
        std::size_t const good = valid_prefix(left);
        left.remove_prefix(good);
        if (left.empty()) break;
        std::size_t const bad = first_character(left).size;
        std::memset(body + (left.data() - reinterpret_cast<char const*>(body)), '?', bad);
        left.remove_prefix(bad);
      }
    } else if (span_part const inner = part_with_text(outer, field.number); inner != span_part::other) {
      mark_bad_text(inner, body, field.bytes.size(), depth + 1);
    }
  }
}

} // namespace detail

/// Repairs those of `records` that are flagged: they then point to copies in `room`, which must live as long as they
/// do. What `room` held is lost. A span that would become too large gets question marks instead of U+FFFD. Keys may have
/// become the same, so the repaired are flagged as having overwrites. False if memory ran out: they stay as they were.
inline bool repair_text(std::span<record> records, detail::buffer& room) noexcept {
  constexpr std::size_t growth = 4;
  std::size_t most = 0;
  for (record& each : records) {
    if ((each.flags & record::unchecked_text) == 0) continue;
    if (detail::all_valid_utf8(detail::span_part::span, each.bytes(), 0))
      each.flags = static_cast<std::uint16_t>(each.flags & ~record::unchecked_text);
    else most += growth * each.framed().size();
  }
  room.clear();
  if (most == 0) return true;
  auto* out = reinterpret_cast<unsigned char*>(room.room(most));
  if (out == nullptr) return false;
  for (record& each : records) {
    if ((each.flags & record::unchecked_text) == 0) continue;
    unsigned char* const message = out + record::frame_size;
    auto size = static_cast<std::size_t>(detail::text_repairer{message}.run(each.bytes()) - message);
    if (size > record::max_size) {
      size = each.size;
      std::memcpy(message, each.message, size);
      detail::mark_bad_text(detail::span_part::span, reinterpret_cast<std::byte*>(message), size, 0);
    }
    out[0] = detail::tag::bytes_2;
    detail::put_varint_3(out + 1, static_cast<std::uint32_t>(size));
    each.message = reinterpret_cast<std::byte const*>(message);
    each.size = static_cast<std::uint32_t>(size);
    each.flags = static_cast<std::uint16_t>((each.flags & ~record::unchecked_text) | record::overwrites);
    out = message + size;
    room.commit(reinterpret_cast<char const*>(out));
  }
  return true;
}

/// Puts records into the form that stages and exporters see: nothing twice, all text valid.
class finishing {
public:
  void operator()(std::span<record> records) noexcept {
    repair_text(records, repaired_);
    resolve_overwrites(records, resolved_);
  }

private:
  detail::buffer repaired_;
  detail::buffer resolved_;
};

} // namespace spanwise::inline SPANWISE_ABI
