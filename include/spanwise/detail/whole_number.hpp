// Whole numbers read from text: what std::from_chars does, without what <charconv> costs to include.
#pragma once

#include <spanwise/detail/config.hpp>

#include <string_view>

namespace spanwise::inline SPANWISE_ABI::detail {

/// A number at the front of a text, as std::from_chars reads it.
struct whole_number {
  std::int64_t value{};
  std::size_t size{}; ///< characters that it takes; 0: there is none
  bool fits = true;   ///< false if it is beyond 64 bits
};

constexpr whole_number read_whole_number(std::string_view text) noexcept {
  whole_number read;
  bool const negative = !text.empty() && text.front() == '-';
  std::size_t const begin = negative ? 1 : 0;
  std::size_t at = begin;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    std::int64_t const digit = text[at] - '0';
    read.fits = read.fits && !__builtin_mul_overflow(read.value, 10, &read.value) &&
                !__builtin_add_overflow(read.value, negative ? -digit : digit, &read.value);
  }
  if (at != begin) read.size = at;
  return read;
}

} // namespace spanwise::inline SPANWISE_ABI::detail
