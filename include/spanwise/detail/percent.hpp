// Percent coding (RFC 3986, 2.1) for baggage and for lists in environment variables. Works on the caller's memory;
// decoded text is never longer than the coded one, and coded text at most three times as long as the plain one.
#pragma once

#include <spanwise/detail/char_set.hpp>

#include <optional>

namespace spanwise::inline SPANWISE_ABI::detail {

/// The value of a hexadecimal digit in either case; -1 for anything else.
[[nodiscard]] constexpr int hex_value(char digit) noexcept {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

/// The byte that a `%` and two digits at the front of `text` stand for; -1 if there is no such thing.
[[nodiscard]] constexpr int escaped_byte(std::string_view text) noexcept {
  if (text.size() < 3 || text[0] != '%') return -1;
  int const high = hex_value(text[1]);
  int const low = hex_value(text[2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/// Decodes `text` into `out`, which has room for text.size() bytes and may be where `text` is; returns their number.
/// A `%` without two digits behind it stays as it is, as does `+`.
constexpr std::size_t percent_decode(char* out, std::string_view text) noexcept {
  char* const start = out;
  while (!text.empty()) {
    int const byte = escaped_byte(text);
    *out++ = byte < 0 ? text.front() : static_cast<char>(byte);
    text.remove_prefix(byte < 0 ? 1 : 3);
  }
  return static_cast<std::size_t>(out - start);
}

/// As percent_decode, but nothing at all if a `%` lacks its two digits.
[[nodiscard]] SPANWISE_SMALL constexpr std::optional<std::size_t>
percent_decode_strict(char* out, std::string_view text) noexcept {
  for (std::size_t at = text.find('%'); at != text.npos; at = text.find('%', at + 3))
    if (escaped_byte(text.substr(at)) < 0) return std::nullopt;
  return percent_decode(out, text);
}

/// How long `text` becomes when all bytes outside `plain` are coded.
[[nodiscard]] constexpr std::size_t percent_encoded_size(std::string_view text, char_set const& plain) noexcept {
  std::size_t size = text.size();
  for (char const byte : text)
    if (!plain.has(byte)) size += 2;
  return size;
}

/// Writes `text` to `out` with all bytes outside `plain` as `%` and two upper-case digits; returns their number.
constexpr std::size_t percent_encode(char* out, std::string_view text, char_set const& plain) noexcept {
  constexpr char digits[] = "0123456789ABCDEF";
  char* const start = out;
  for (char const byte : text) {
    if (plain.has(byte)) {
      *out++ = byte;
      continue;
    }
    *out++ = '%';
    *out++ = digits[static_cast<unsigned char>(byte) >> 4];
    *out++ = digits[static_cast<unsigned char>(byte) & 15];
  }
  return static_cast<std::size_t>(out - start);
}

} // namespace spanwise::inline SPANWISE_ABI::detail
