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
  std::uint64_t const most = static_cast<std::uint64_t>(INT64_MAX) + (negative ? 1 : 0);
  std::uint64_t size = 0;
  std::size_t at = begin;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    auto const digit = static_cast<std::uint64_t>(text[at] - '0');
    read.fits = read.fits && size <= (most - digit) / 10;
    size = read.fits ? size * 10 + digit : size;
  }
  read.value = static_cast<std::int64_t>(negative ? 0 - size : size);
  if (at != begin) read.size = at;
  return read;
}

} // namespace spanwise::inline SPANWISE_ABI::detail
