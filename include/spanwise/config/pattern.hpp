// Patterns of names in configuration files: * stands for any characters, ? for one.
#pragma once

#include <spanwise/detail/config.hpp>

#include <span>
#include <string>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI::detail {

/// True if all of `text` is as the pattern says. Letter case counts; `?` takes one character of UTF-8.
constexpr bool fits_pattern(std::string_view text, std::string_view pattern) noexcept {
  std::size_t at = 0;
  std::size_t in_pattern = 0;
  std::size_t star = pattern.npos;
  std::size_t resume = 0;
  auto const next = [&](std::size_t from) {
    ++from;
    while (from < text.size() && (static_cast<unsigned char>(text[from]) & 0xc0) == 0x80) ++from;
    return from;
  };
  while (at < text.size()) {
    if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
      star = in_pattern++;
      resume = at;
    } else if (in_pattern < pattern.size() && pattern[in_pattern] == '?') {
      at = next(at);
      ++in_pattern;
    } else if (in_pattern < pattern.size() && pattern[in_pattern] == text[at]) {
      ++at;
      ++in_pattern;
    } else if (star != pattern.npos) {
      resume = next(resume);
      at = resume;
      in_pattern = star + 1;
    } else {
      return false;
    }
  }
  while (in_pattern < pattern.size() && pattern[in_pattern] == '*') ++in_pattern;
  return in_pattern == pattern.size();
}

/// True if `text` is among those included, which are all where none is named, and not among those excluded.
SPANWISE_SMALL bool is_included(std::string_view text, std::span<std::string const> included,
                                std::span<std::string const> excluded) noexcept {
  auto const any = [&](std::span<std::string const> patterns) {
    for (std::string const& pattern : patterns)
      if (fits_pattern(text, pattern)) return true;
    return false;
  };
  return (included.empty() || any(included)) && !any(excluded);
}

} // namespace spanwise::inline SPANWISE_ABI::detail
