// The small conversions between the texts of OTLP/JSON and the bytes of OTLP/protobuf, each way.
// Written apart from the exporter's, so that what one side gets wrong the other does not forgive.
#pragma once

#include <spanwise/core/wire.hpp>
#include <spanwise/core/wire_reader.hpp>
#include <spanwise/detail/decimal.hpp>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI::detail {

inline void append_varint(std::string& out, std::uint64_t value) {
  unsigned char bytes[max_varint_size];
  unsigned char const* const end = put_varint(bytes, value);
  out.append(reinterpret_cast<char const*>(bytes), static_cast<std::size_t>(end - bytes));
}

inline void append_tag(std::string& out, std::uint32_t number, wire_type type) {
  append_varint(out, number << 3 | static_cast<std::uint32_t>(type));
}

template <class Word> void append_fixed(std::string& out, Word value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

inline void append_sized(std::string& out, std::string_view bytes) {
  append_varint(out, bytes.size());
  out += bytes;
}

/// A whole field of bytes: tag, length, content.
inline void append_field(std::string& out, std::uint32_t number, std::string_view bytes) {
  append_tag(out, number, wire_type::bytes);
  append_sized(out, bytes);
}

[[nodiscard]] inline std::string_view as_text(std::span<std::byte const> bytes) noexcept {
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

[[nodiscard]] inline std::span<std::byte const> as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<std::byte const*>(text.data()), text.size()};
}

inline bool decode_hex(std::string_view digits, std::string& bytes) {
  auto const value = [](char digit) -> int {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
  };
  if (digits.size() % 2 != 0) return false;
  for (std::size_t at = 0; at < digits.size(); at += 2) {
    int const high = value(digits[at]);
    int const low = value(digits[at + 1]);
    if (high < 0 || low < 0) return false;
    bytes += static_cast<char>(high << 4 | low);
  }
  return true;
}

[[nodiscard]] inline std::string encode_hex(std::string_view bytes) {
  std::string digits;
  digits.reserve(bytes.size() * 2);
  for (char const byte : bytes) {
    auto const value = static_cast<unsigned char>(byte);
    digits += "0123456789abcdef"[value >> 4];
    digits += "0123456789abcdef"[value & 15];
  }
  return digits;
}

/// Takes the standard and the URL-safe alphabet, padded or not, as protobuf's JSON readers do.
inline bool decode_base64(std::string_view letters, std::string& bytes) {
  auto const value = [](char letter) -> int {
    if (letter >= 'A' && letter <= 'Z') return letter - 'A';
    if (letter >= 'a' && letter <= 'z') return letter - 'a' + 26;
    if (letter >= '0' && letter <= '9') return letter - '0' + 52;
    if (letter == '+' || letter == '-') return 62;
    if (letter == '/' || letter == '_') return 63;
    return -1;
  };
  std::size_t padding = 0;
  while (padding < 2 && !letters.empty() && letters.back() == '=') {
    letters.remove_suffix(1);
    ++padding;
  }
  if (letters.size() % 4 == 1 || (padding != 0 && (letters.size() + padding) % 4 != 0)) return false;
  unsigned bits = 0;
  unsigned held = 0;
  for (char const letter : letters) {
    int const six = value(letter);
    if (six < 0) return false;
    bits = bits << 6 | static_cast<unsigned>(six);
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes += static_cast<char>(bits >> held & 0xff);
    }
  }
  return true;
}

[[nodiscard]] inline std::string encode_base64(std::string_view bytes) {
  static constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string letters;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t group = 0;
    for (std::size_t next = at; next < at + 3; ++next)
      group = group << 8 | (next < bytes.size() ? static_cast<unsigned char>(bytes[next]) : 0U);
    letters += alphabet[group >> 18];
    letters += alphabet[group >> 12 & 63];
    letters += at + 1 < bytes.size() ? alphabet[group >> 6 & 63] : '=';
    letters += at + 2 < bytes.size() ? alphabet[group & 63] : '=';
  }
  return letters;
}

/// Reads decimal digits, with a minus sign or without; `bits` is then the two's complement of the number.
inline bool decode_integer(std::string_view digits, bool& negative, std::uint64_t& bits) {
  char const* const end = digits.data() + digits.size();
  negative = !digits.empty() && digits.front() == '-';
  if (!negative) {
    auto const [stop, error] = std::from_chars(digits.data(), end, bits);
    return error == std::errc{} && stop == end;
  }
  std::int64_t value{};
  auto const [stop, error] = std::from_chars(digits.data(), end, value);
  bits = static_cast<std::uint64_t>(value);
  return error == std::errc{} && stop == end;
}

inline bool decode_double(std::string_view digits, double& value) {
  if (digits == "NaN") return value = std::numeric_limits<double>::quiet_NaN(), true;
  if (digits == "Infinity") return value = std::numeric_limits<double>::infinity(), true;
  if (digits == "-Infinity") return value = -std::numeric_limits<double>::infinity(), true;
  std::optional<double> const number = read_decimal(digits);
  if (!number || digits.starts_with('+') || std::isinf(*number)) return false;
  return value = *number, true;
}

} // namespace spanwise::inline SPANWISE_ABI::detail
