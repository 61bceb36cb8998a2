// Attribute keys. A literal is checked while compiling, so a misspelt one never reaches production;
// a key that is only known at run time says so by its type, any_key.
#pragma once

#include <spanwise/detail/config.hpp>

#include <string_view>
#include <type_traits>

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

/// How many kinds of key are told apart at a glance. A sum of their bits has room for as many as a span can hold.
inline constexpr unsigned key_bits = 46;

constexpr std::uint8_t key_bit(char const* text, std::size_t size) noexcept {
  std::uint32_t hash = 2166136261U;
  for (std::size_t i = 0; i < size; ++i) hash = (hash ^ static_cast<unsigned char>(text[i])) * 16777619U;
  return static_cast<std::uint8_t>(((hash ^ (hash >> 16)) & 0xffff) * key_bits >> 16);
}

constexpr bool good_key(char const* text, std::size_t size) noexcept {
  bool segment_open = false;
  for (std::size_t i = 0; i < size; ++i) {
    char const c = text[i];
    bool const letter = c >= 'a' && c <= 'z';
    bool const other = (c >= '0' && c <= '9') || c == '_' || c == '-';
    if (c == '.' ? !segment_open : !(letter || (other && i != 0))) return false;
    segment_open = c != '.';
  }
  return segment_open;
}

// Deliberately not constexpr: calling it is what makes a bad key a compile error, and its name is the message.
inline void a_key_is_lower_case_words_joined_by_dots_so_write_any_key_for_any_other_text() noexcept {}

template <class Text>
concept run_time_text = std::is_convertible_v<Text const&, std::string_view> && !std::is_array_v<Text>;

template <class Text> inline constexpr bool refused = false;

} // namespace detail

/// A key checked at compile time: words of `[a-z0-9_-]` joined by dots, a letter first, such as "order.id".
class key {
public:
  template <std::size_t Size> consteval key(char const (&text)[Size]) noexcept : data_{text}, size_{Size - 1} {
    if (!detail::good_key(text, Size - 1))
      detail::a_key_is_lower_case_words_joined_by_dots_so_write_any_key_for_any_other_text();
    bit_ = detail::key_bit(text, Size - 1);
  }

  template <detail::run_time_text Text> constexpr key(Text const&) noexcept {
    static_assert(detail::refused<Text>, "spanwise: an attribute key is a string literal; for a key that is made at "
                                         "run time write spanwise::any_key(text)");
  }

  [[nodiscard]] constexpr std::string_view text() const noexcept { return {data_, size_}; }
  [[nodiscard]] constexpr std::uint8_t bit() const noexcept { return bit_; }

private:
  char const* data_{};
  std::uint32_t size_{};
  std::uint8_t bit_{};
};

/// A key of any text, also one made at run time; an empty one drops its attribute. Views the text, does not own it.
class any_key {
public:
  constexpr explicit any_key(char const* text) noexcept
      : any_key{text == nullptr ? std::string_view{} : std::string_view{text}} {}
  constexpr explicit any_key(std::string_view text) noexcept
      : data_{text.data()}, size_{static_cast<std::uint32_t>(text.size())}, bit_{detail::key_bit(text.data(), text.size())} {}

  [[nodiscard]] constexpr std::string_view text() const noexcept { return {data_, size_}; }
  [[nodiscard]] constexpr std::uint8_t bit() const noexcept { return bit_; }

private:
  char const* data_;
  std::uint32_t size_;
  std::uint8_t bit_;
};

} // namespace spanwise::inline SPANWISE_ABI
