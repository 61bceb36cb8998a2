// Which type a plain scalar of YAML has, by the core schema of YAML 1.2: null, true and false, whole numbers also as
// 0x1f and 0o17, floating point, and text for all the rest. So no, on and yes are texts, unlike in YAML 1.1.
#pragma once

#include <spanwise/detail/char_set.hpp>
#include <spanwise/detail/decimal.hpp>
#include <spanwise/detail/whole_number.hpp>

#include <cstdint>
#include <limits>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI {

/// What a scalar of a configuration file is.
enum class scalar_type : std::uint8_t { null, boolean, integer, floating, text };

/// A scalar with its type; numbers as both types can hold them.
struct typed_scalar {
  scalar_type type = scalar_type::text;
  bool boolean = false;
  std::int64_t integer = 0;
  double number = 0;
  bool fits = true; ///< false for whole numbers beyond 64 bits
};

namespace detail {

/// True if `text` is one of three spellings, such as null, Null and NULL.
constexpr bool is_word(std::string_view text, std::string_view lower, std::string_view capital,
                       std::string_view upper) noexcept {
  return text == lower || text == capital || text == upper;
}

/// A whole number in digits of 3 or 4 bits.
constexpr whole_number read_bits(std::string_view digits, unsigned bits) noexcept {
  whole_number read;
  std::uint64_t value = 0;
  for (char const letter : digits) {
    unsigned digit = 99;
    if (letter >= '0' && letter <= '9') digit = static_cast<unsigned>(letter - '0');
    else if (letter >= 'a' && letter <= 'f') digit = static_cast<unsigned>(letter - 'a') + 10;
    else if (letter >= 'A' && letter <= 'F') digit = static_cast<unsigned>(letter - 'A') + 10;
    if (digit >= 1U << bits) return {};
    read.fits = read.fits && value <= (static_cast<std::uint64_t>(INT64_MAX) >> bits);
    value = value << bits | digit;
  }
  read.size = digits.size();
  read.value = static_cast<std::int64_t>(value);
  return read;
}

/// Digits with a point, an exponent, or both.
constexpr bool is_floating(std::string_view text) noexcept {
  char_set constexpr digits{"09"};
  auto const skip = [&](std::size_t& at) {
    std::size_t const begin = at;
    while (at < text.size() && digits.has(text[at])) ++at;
    return at - begin;
  };
  std::size_t at = 0;
  std::size_t count = skip(at);
  if (at < text.size() && text[at] == '.') {
    ++at;
    count += skip(at);
  }
  if (count == 0) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (skip(at) == 0) return false;
  }
  return at == text.size();
}

} // namespace detail

/// The type of a plain scalar; quoted ones and blocks are text whatever they hold.
SPANWISE_SMALL typed_scalar resolve_scalar(std::string_view text) {
  using limits = std::numeric_limits<double>;
  if (text.empty() || text == "~" || detail::is_word(text, "null", "Null", "NULL")) return {.type = scalar_type::null};
  if (detail::is_word(text, "true", "True", "TRUE")) return {.type = scalar_type::boolean, .boolean = true};
  if (detail::is_word(text, "false", "False", "FALSE")) return {.type = scalar_type::boolean};
  auto const whole = [](detail::whole_number const& read) {
    return typed_scalar{.type = scalar_type::integer,
                        .integer = read.value,
                        .number = static_cast<double>(read.value),
                        .fits = read.fits};
  };
  for (std::string_view const prefix : {"0o", "0x"}) {
    if (!text.starts_with(prefix) || text.size() == 2) continue;
    auto const read = detail::read_bits(text.substr(2), prefix == "0o" ? 3 : 4);
    if (read.size != 0) return whole(read);
  }
  bool const negative = text.front() == '-';
  bool const has_sign = negative || text.front() == '+';
  std::string_view const bare = text.substr(has_sign ? 1 : 0);
  if (detail::char_set constexpr digits{"09"}; !bare.empty() && digits.has_all(bare))
    return whole(detail::read_whole_number(negative ? text : bare));
  if (detail::is_word(bare, ".inf", ".Inf", ".INF"))
    return {.type = scalar_type::floating, .number = negative ? -limits::infinity() : limits::infinity()};
  if (detail::is_word(text, ".nan", ".NaN", ".NAN"))
    return {.type = scalar_type::floating, .number = limits::quiet_NaN()};
  if (detail::is_floating(bare))
    if (auto const number = detail::read_decimal(bare))
      return {.type = scalar_type::floating, .number = negative ? -*number : *number};
  return {};
}

} // namespace spanwise::inline SPANWISE_ABI
