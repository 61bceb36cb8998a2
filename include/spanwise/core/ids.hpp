// The identifiers of traces and spans, and the flags that travel with them.
// Plain values of 16, 8 and 1 bytes: all zero means "none". How new ids are made is no concern of this header.
#pragma once

#include <spanwise/detail/hex.hpp>

#include <bit>
#include <compare>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

/// Copies in one go where it can: g++ would move single bytes, and then wait for them when the id is read.
template <std::size_t Size>
constexpr void copy_bytes(std::uint8_t (&to)[Size], std::span<std::uint8_t const, Size> from) noexcept {
  if (std::is_constant_evaluated())
    for (std::size_t i = 0; i < Size; ++i) to[i] = from[i];
  else std::memcpy(to, from.data(), Size);
}

template <std::size_t Size>
constexpr std::strong_ordering order(std::uint8_t const (&left)[Size], std::uint8_t const (&right)[Size]) noexcept {
  for (std::size_t i = 0; i < Size; ++i)
    if (left[i] != right[i]) return left[i] <=> right[i];
  return std::strong_ordering::equal;
}

} // namespace detail

/// Text of a fixed length in place, ended by a zero; what `hex()` returns. Views of it live as long as it does.
template <std::size_t Length> class hex_text {
public:
  /// The digits of `Length / 2` bytes.
  explicit hex_text(unsigned char const* bytes) noexcept { detail::write_hex(text_, bytes, Length / 2); }

  [[nodiscard]] char const* data() const noexcept { return text_; }
  [[nodiscard]] char const* c_str() const noexcept { return text_; }
  [[nodiscard]] static constexpr std::size_t size() noexcept { return Length; }
  [[nodiscard]] std::string_view view() const noexcept { return {text_, Length}; }
  operator std::string_view() const noexcept { return view(); }

  friend bool operator==(hex_text const& left, std::string_view right) noexcept { return left.view() == right; }

private:
  char text_[Length + 1]{};
};

/// Names a trace: 16 bytes, the same in every span of it and in every process that it passes.
class trace_id {
public:
  static constexpr std::size_t size = 16;

  /// No trace: all bytes zero, not valid.
  constexpr trace_id() noexcept = default;

  /// The id made of these bytes, the first of them leftmost in text.
  [[nodiscard]] static constexpr trace_id from_bytes(std::span<std::uint8_t const, size> bytes) noexcept {
    trace_id result;
    detail::copy_bytes(result.bytes_, bytes);
    return result;
  }

  /// Reads exactly 32 lower-case digits; nothing if the text is anything else. Zeros are read, and are not valid.
  [[nodiscard]] static std::optional<trace_id> from_hex(std::string_view text) noexcept {
    trace_id result;
    if (text.size() != 2 * size || !detail::read_hex(result.bytes_, text.data(), size)) return std::nullopt;
    return result;
  }

  [[nodiscard]] constexpr std::span<std::uint8_t const, size> bytes() const noexcept { return bytes_; }
  /// 32 lower-case digits.
  [[nodiscard]] hex_text<2 * size> hex() const noexcept { return hex_text<2 * size>{bytes_}; }

  /// True if at least one byte is not zero.
  [[nodiscard]] constexpr bool valid() const noexcept {
    auto const words = std::bit_cast<words_of_it>(*this);
    return (words.first | words.second) != 0;
  }

  friend constexpr bool operator==(trace_id const& left, trace_id const& right) noexcept {
    auto const a = std::bit_cast<words_of_it>(left);
    auto const b = std::bit_cast<words_of_it>(right);
    return ((a.first ^ b.first) | (a.second ^ b.second)) == 0;
  }
  /// Orders as the text does.
  friend constexpr std::strong_ordering operator<=>(trace_id const& left, trace_id const& right) noexcept {
    return detail::order(left.bytes_, right.bytes_);
  }

private:
  struct words_of_it {
    std::uint64_t first, second;
  };

  std::uint8_t bytes_[size]{};
};

/// Names one span within its trace: 8 bytes.
class span_id {
public:
  static constexpr std::size_t size = 8;

  /// No span: all bytes zero, not valid.
  constexpr span_id() noexcept = default;

  /// The id made of these bytes, the first of them leftmost in text.
  [[nodiscard]] static constexpr span_id from_bytes(std::span<std::uint8_t const, size> bytes) noexcept {
    span_id result;
    detail::copy_bytes(result.bytes_, bytes);
    return result;
  }

  /// Reads exactly 16 lower-case digits; nothing if the text is anything else. Zeros are read, and are not valid.
  [[nodiscard]] static std::optional<span_id> from_hex(std::string_view text) noexcept {
    span_id result;
    if (text.size() != 2 * size || !detail::read_hex(result.bytes_, text.data(), size)) return std::nullopt;
    return result;
  }

  [[nodiscard]] constexpr std::span<std::uint8_t const, size> bytes() const noexcept { return bytes_; }
  /// 16 lower-case digits.
  [[nodiscard]] hex_text<2 * size> hex() const noexcept { return hex_text<2 * size>{bytes_}; }

  /// True if at least one byte is not zero.
  [[nodiscard]] constexpr bool valid() const noexcept { return std::bit_cast<std::uint64_t>(*this) != 0; }

  friend constexpr bool operator==(span_id const& left, span_id const& right) noexcept {
    return std::bit_cast<std::uint64_t>(left) == std::bit_cast<std::uint64_t>(right);
  }
  /// Orders as the text does.
  friend constexpr std::strong_ordering operator<=>(span_id const& left, span_id const& right) noexcept {
    return detail::order(left.bytes_, right.bytes_);
  }

private:
  std::uint8_t bytes_[size]{};
};

/// The flags byte of a trace (W3C Trace Context, trace-flags): bits, tested one by one, never compared as a number.
struct trace_flags {
  static constexpr std::uint8_t sampled_bit = 0x01;
  static constexpr std::uint8_t random_bit = 0x02;
  static constexpr std::uint8_t known_bits = sampled_bit | random_bit;

  std::uint8_t value{};

  /// The caller records this trace.
  [[nodiscard]] constexpr bool sampled() const noexcept { return (value & sampled_bit) != 0; }
  /// The last seven bytes of the trace id are random.
  [[nodiscard]] constexpr bool random() const noexcept { return (value & random_bit) != 0; }

  friend constexpr bool operator==(trace_flags, trace_flags) noexcept = default;
};

} // namespace spanwise::inline SPANWISE_ABI

/// Ids as keys of unordered containers: a mix of their bytes, because ids of foreign systems need not be random.
template <> struct std::hash<spanwise::trace_id> {
  std::size_t operator()(spanwise::trace_id const& id) const noexcept {
    struct words {
      std::uint64_t first, second;
    };
    auto const parts = std::bit_cast<words>(id);
    std::uint64_t const mixed = (parts.first ^ parts.second * 0x9e3779b97f4a7c15) * 0xff51afd7ed558ccd;
    return mixed ^ mixed >> 32;
  }
};

template <> struct std::hash<spanwise::span_id> {
  std::size_t operator()(spanwise::span_id const& id) const noexcept {
    std::uint64_t const mixed = std::bit_cast<std::uint64_t>(id) * 0xff51afd7ed558ccd;
    return mixed ^ mixed >> 32;
  }
};
