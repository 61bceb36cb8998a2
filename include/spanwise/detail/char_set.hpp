// A set of bytes as a table of bits, made at compile time from ranges: the alphabets of header grammars.
// And the two steps that all of those grammars share: trimming white space and taking lists apart.
#pragma once

#include <spanwise/detail/config.hpp>

#include <string_view>

namespace spanwise::inline SPANWISE_ABI::detail {

class char_set {
public:
  /// `pairs` lists ranges as first and last byte: "09az" holds the digits and the small letters.
  consteval explicit char_set(std::string_view pairs) noexcept {
    for (std::size_t i = 0; i + 1 < pairs.size(); i += 2)
      for (unsigned byte = index(pairs[i]); byte <= index(pairs[i + 1]); ++byte) bits_[byte / 64] |= 1ULL << byte % 64;
  }

  [[nodiscard]] constexpr bool has(char byte) const noexcept {
    return (bits_[index(byte) / 64] >> index(byte) % 64 & 1) != 0;
  }
  [[nodiscard]] constexpr bool has_all(std::string_view text) const noexcept {
    for (char const byte : text)
      if (!has(byte)) return false;
    return true;
  }

private:
  static constexpr unsigned index(char byte) noexcept { return static_cast<unsigned char>(byte); }

  std::uint64_t bits_[4]{};
};

/// White space that the header grammars call optional: blanks and tabs.
[[nodiscard]] constexpr bool is_optional_space(char byte) noexcept {
  return byte == ' ' || byte == '\t';
}

/// `text` without optional white space at its ends.
[[nodiscard]] constexpr std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && is_optional_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_optional_space(text.back())) text.remove_suffix(1);
  return text;
}

/// Takes what stands before the next `separator` off `text`; the rest stays. Without one that is all of it.
[[nodiscard]] constexpr std::string_view next_part(std::string_view& text, char separator) noexcept {
  std::size_t const end = text.find(separator);
  std::string_view const part = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  return part;
}

} // namespace spanwise::inline SPANWISE_ABI::detail
