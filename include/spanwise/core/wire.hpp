// The few moves from which every protobuf byte in spanwise is written: varints, fixed words, short copies.
// The front half writes spans with them, the back half the messages around those.
#pragma once

#include <spanwise/detail/config.hpp>

#include <cstring>

namespace spanwise::inline SPANWISE_ABI::detail {

template <class Word> SPANWISE_INLINE void store(unsigned char* out, Word word) noexcept {
  std::memcpy(out, &word, sizeof word);
}

template <class Word> SPANWISE_INLINE Word load(void const* in) noexcept {
  Word word;
  std::memcpy(&word, in, sizeof word);
  return word;
}

inline constexpr std::size_t max_varint_size = 10;

SPANWISE_INLINE constexpr std::size_t varint_size(std::uint64_t value) noexcept {
  return static_cast<std::size_t>(std::bit_width(value | 1) + 6) / 7;
}

SPANWISE_INLINE unsigned char* put_varint(unsigned char* out, std::uint64_t value) noexcept {
  while (value >= 0x80) {
    *out++ = static_cast<unsigned char>(value | 0x80);
    value >>= 7;
  }
  *out++ = static_cast<unsigned char>(value);
  return out;
}

/// A varint of exactly three bytes: legal for every parser, and its place can be kept before the value is known.
SPANWISE_INLINE unsigned char* put_varint_3(unsigned char* out, std::uint32_t value) noexcept {
  out[0] = static_cast<unsigned char>(value | 0x80);
  out[1] = static_cast<unsigned char>((value >> 7) | 0x80);
  out[2] = static_cast<unsigned char>((value >> 14) & 0x7f);
  return out + 3;
}

/// Copies at most 32 bytes, without a library call.
SPANWISE_INLINE unsigned char* put_few_bytes(unsigned char* out, void const* from, std::size_t size) noexcept {
  auto const* const in = static_cast<unsigned char const*>(from);
  if (size <= 16) {
    if (size >= 8) {
      auto const head = load<std::uint64_t>(in);
      auto const tail = load<std::uint64_t>(in + size - 8);
      store(out, head);
      store(out + size - 8, tail);
    } else if (size >= 4) {
      auto const head = load<std::uint32_t>(in);
      auto const tail = load<std::uint32_t>(in + size - 4);
      store(out, head);
      store(out + size - 4, tail);
    } else if (size != 0) {
      out[0] = in[0];
      out[size / 2] = in[size / 2];
      out[size - 1] = in[size - 1];
    }
  } else {
    struct pair { std::uint64_t low, high; };
    auto const head = load<pair>(in);
    auto const tail = load<pair>(in + size - 16);
    store(out, head);
    store(out + size - 16, tail);
  }
  return out + size;
}

/// Copies `size` bytes without a library call where they are few, as names and values mostly are.
SPANWISE_INLINE unsigned char* put_bytes(unsigned char* out, void const* from, std::size_t size) noexcept {
  if (size <= 32) return put_few_bytes(out, from, size);
  std::memcpy(out, from, size);
  return out + size;
}

#if defined(__GNUC__) && !defined(SPANWISE_PORTABLE)
using two_words [[gnu::vector_size(16)]] = std::uint64_t;
#else
struct two_words {
  std::uint64_t low, high;
  two_words& operator|=(two_words const& more) noexcept {
    low |= more.low;
    high |= more.high;
    return *this;
  }
  std::uint64_t operator[](int which) const noexcept { return which == 0 ? low : high; }
};
#endif

/// As put_bytes, for short text; the bits of all its bytes are added to `seen`, whose high bits then tell of non-ASCII.
SPANWISE_INLINE unsigned char* put_text(unsigned char* out, void const* from, std::size_t size,
                                        std::uint64_t& seen) noexcept {
  auto const* const in = static_cast<unsigned char const*>(from);
  if (size >= 16) {
    std::size_t const last = size - 16;
    auto all = load<two_words>(in + last);
    store(out + last, all);
    for (std::size_t at = 0; at < last; at += 16) {
      auto const next = load<two_words>(in + at);
      store(out + at, next);
      all |= next;
    }
    seen |= all[0] | all[1];
  } else if (size >= 8) {
    auto const front = load<std::uint64_t>(in);
    auto const tail = load<std::uint64_t>(in + size - 8);
    store(out, front);
    store(out + size - 8, tail);
    seen |= front | tail;
  } else if (size >= 4) {
    auto const front = load<std::uint32_t>(in);
    auto const tail = load<std::uint32_t>(in + size - 4);
    store(out, front);
    store(out + size - 4, tail);
    seen |= front | tail;
  } else if (size != 0) {
    unsigned char const first = in[0];
    unsigned char const middle = in[size / 2];
    unsigned char const last = in[size - 1];
    out[0] = first;
    out[size / 2] = middle;
    out[size - 1] = last;
    seen |= static_cast<std::uint64_t>(first | middle | last);
  }
  return out + size;
}

/// The bits of `seen` that only text beyond ASCII sets.
inline constexpr std::uint64_t beyond_ascii = 0x8080'8080'8080'8080;

/// Copies 64 bytes or more without a library call: those first, then in steps of 32 of which the last two may overlap.
SPANWISE_INLINE unsigned char* put_block(unsigned char* out, unsigned char const* from, std::size_t size) noexcept {
  constexpr std::size_t step = 32;
  std::memcpy(out, from, 2 * step);
  std::size_t const last = size - step;
  for (std::size_t at = 2 * step; at < last; at += step) std::memcpy(out + at, from + at, step);
  std::memcpy(out + last, from + last, step);
  return out + size;
}

/// Tags of the OTLP messages that spanwise writes: field number times eight, plus the wire type.
namespace tag {
inline constexpr unsigned char bytes_1 = 0x0a, bytes_2 = 0x12, bytes_3 = 0x1a, bytes_4 = 0x22;
inline constexpr unsigned char span_trace_id = 0x0a, span_id = 0x12, span_trace_state = 0x1a, span_parent_id = 0x22,
                               span_name = 0x2a, span_kind = 0x30, span_start = 0x39, span_end = 0x41,
                               span_attribute = 0x4a, span_dropped_attributes = 0x50, span_event = 0x5a,
                               span_dropped_events = 0x60, span_link = 0x6a, span_dropped_links = 0x70,
                               span_status = 0x7a;
inline constexpr std::uint16_t span_flags = 0x0185;
inline constexpr unsigned char event_time = 0x09, event_name = 0x12, event_attribute = 0x1a, event_dropped = 0x20;
inline constexpr unsigned char link_trace_id = 0x0a, link_span_id = 0x12, link_trace_state = 0x1a,
                               link_attribute = 0x22, link_dropped = 0x28, link_flags = 0x35;
inline constexpr unsigned char status_message = 0x12, status_code = 0x18;
inline constexpr unsigned char key = 0x0a, value = 0x12;
inline constexpr unsigned char string_value = 0x0a, bool_value = 0x10, int_value = 0x18, double_value = 0x21,
                               array_value = 0x2a, map_value = 0x32, bytes_value = 0x3a;
inline constexpr unsigned char element = 0x0a;
} // namespace tag

} // namespace spanwise::inline SPANWISE_ABI::detail
