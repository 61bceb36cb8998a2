// Puts sentences together. One call for a whole sentence: chains of operator+ take a hundred bytes of code for each
// piece, and sentences of diagnostics are the largest part of what nobody hopes to run.
#pragma once

#include <spanwise/detail/config.hpp>

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI::detail {

/// A piece of a sentence: text, or a whole number. Two words of memory, since calls are made of many of these.
class word {
public:
  template <std::size_t Size>
  constexpr word(char const (&literal)[Size]) noexcept : text_{literal}, size_or_number_{Size - 1} {}
  constexpr word(std::string_view text) noexcept : text_{text.data()}, size_or_number_{text.size()} {}
  word(std::string const& text) noexcept : text_{text.data()}, size_or_number_{text.size()} {}
  template <std::integral Number>
  constexpr word(Number number) noexcept
      : text_{number < 0 ? &minus : &no_sign}, size_or_number_{number < 0 ? 0 - static_cast<std::uint64_t>(number)
                                                                          : static_cast<std::uint64_t>(number)} {}

  SPANWISE_SMALL void append_to(std::string& sentence) const {
    if (text_ != &minus && text_ != &no_sign) {
      if (size_or_number_ != 0) sentence.append(text_, size_or_number_);
      return;
    }
    char digits[20];
    char* at = digits + sizeof digits;
    std::uint64_t left = size_or_number_;
    do *--at = static_cast<char>('0' + left % 10);
    while ((left /= 10) != 0);
    if (text_ == &minus) sentence += minus;
    sentence.append(at, static_cast<std::size_t>(digits + sizeof digits - at));
  }

private:
  // Numbers point at one of these instead of at text.
  static constexpr char no_sign = '+';
  static constexpr char minus = '-';

  char const* text_{};
  std::uint64_t size_or_number_;
};

/// All pieces, one behind the other.
SPANWISE_COLD std::string joined(std::initializer_list<word> words) {
  std::string sentence;
  for (word const& each : words) each.append_to(sentence);
  return sentence;
}

} // namespace spanwise::inline SPANWISE_ABI::detail
