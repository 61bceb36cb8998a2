// An attribute: a key and a value, as the calls of a span take it. It views what it was made from, so it belongs in
// the argument list of a call and nowhere else.
#pragma once

#include <spanwise/core/typed_key.hpp>

#include <initializer_list>

namespace spanwise::inline SPANWISE_ABI {

/// A key and a value, such as `{"order.id", id}`; arrays and maps too: `{"k", {"p", "q"}}`, `{"k", {{"a", 1}, {"b", "x"}}}`.
///
/// Values: bool, every integer type, float and double, text, bytes, ranges and maps of these, optionals (empty: the
/// attribute is left out), variants (std::monostate is the empty value), and types with an ADL function
/// `spanwise_value(v)`. Unsigned values above INT64_MAX become
/// decimal text; a null `char const*` is an empty string. Anything else is refused while compiling.
class attribute {
public:
  constexpr attribute() noexcept = default;

  /// What is known of a key and a value beside where they are, in one word for one register.
  class facts {
  public:
    constexpr facts(std::uint32_t key_size, std::uint8_t bit, detail::value_kind kind, bool any_text) noexcept
        : word_{key_size | std::uint64_t{bit} << 32 | std::uint64_t{static_cast<std::uint8_t>(kind)} << 40 |
                std::uint64_t{any_text} << 48} {}
    [[nodiscard]] constexpr std::uint32_t key_size() const noexcept { return static_cast<std::uint32_t>(word_); }
    [[nodiscard]] constexpr std::uint8_t bit() const noexcept { return static_cast<std::uint8_t>(word_ >> 32); }
    [[nodiscard]] constexpr detail::value_kind kind() const noexcept {
      return static_cast<detail::value_kind>(static_cast<std::uint8_t>(word_ >> 40));
    }
    /// The key may be other than ASCII.
    [[nodiscard]] constexpr bool any_text() const noexcept { return word_ >> 48 != 0; }

  private:
    std::uint64_t word_;
  };
  /// From parts that calls can hand on in registers.
  SPANWISE_INLINE constexpr attribute(char const* key, facts about, void const* data, std::uint64_t number,
                                      detail::value::writer write) noexcept
      : data_{key}, size_{about.key_size()}, bit_{about.bit()}, any_text_{about.any_text()} {
    value_.data = data;
    value_.number = number;
    value_.write = write;
    value_.kind = about.kind();
  }

  template <class Value>
  SPANWISE_INLINE constexpr attribute(key name, Value const& held) noexcept
      : attribute{name, detail::value_of(held), 0} {}

  template <class Value>
  SPANWISE_INLINE constexpr attribute(any_key name, Value const& held) noexcept
      : attribute{name, detail::value_of(held), 0} {}

  template <class Held, class Value>
  SPANWISE_INLINE constexpr attribute(typed_key<Held> name, Value const& held) noexcept
      : attribute{name, detail::typed_value<Held>(held), 0} {}

  template <class Element>
  constexpr attribute(key name, std::initializer_list<Element> held) noexcept : attribute{name, listed(held), 0} {}
  constexpr attribute(key name, std::initializer_list<attribute> held) noexcept : attribute{name, listed(held), 0} {}
  template <class Element>
  constexpr attribute(any_key name, std::initializer_list<Element> held) noexcept : attribute{name, listed(held), 0} {}
  constexpr attribute(any_key name, std::initializer_list<attribute> held) noexcept : attribute{name, listed(held), 0} {}
  template <class Held, class Element>
  constexpr attribute(typed_key<Held> name, std::initializer_list<Element> held) noexcept
      : attribute{name, listed(held), 0} {
    detail::judge_value<Held, std::initializer_list<Element>>();
  }

  [[nodiscard]] SPANWISE_INLINE constexpr std::string_view key_text() const noexcept { return {data_, size_}; }
  [[nodiscard]] SPANWISE_INLINE constexpr facts about() const noexcept { return {size_, bit_, value_.kind, any_text_}; }
  [[nodiscard]] SPANWISE_INLINE constexpr std::uint8_t bit() const noexcept { return bit_; }
  [[nodiscard]] SPANWISE_INLINE constexpr detail::value const& value() const noexcept { return value_; }
  [[nodiscard]] SPANWISE_INLINE constexpr bool absent() const noexcept {
    return value_.kind == detail::value_kind::absent;
  }
  /// Only code of the value's own type can tell what is in it: that of containers, and of users.
  [[nodiscard]] SPANWISE_INLINE constexpr bool nested() const noexcept {
    return value_.kind == detail::value_kind::nested;
  }

private:
  template <class Key>
  SPANWISE_INLINE constexpr attribute(Key name, detail::value held, int) noexcept
      : value_{held}, data_{name.text().data()}, size_{static_cast<std::uint32_t>(name.text().size())},
        bit_{name.bit()}, any_text_{std::same_as<Key, any_key>} {}

  template <class Element> static constexpr detail::value listed(std::initializer_list<Element> held) noexcept {
    return {held.begin(), held.size(), &detail::write_list<Element>};
  }

  detail::value value_;
  char const* data_{};
  std::uint32_t size_{};
  std::uint8_t bit_{};
  bool any_text_{};
};

} // namespace spanwise::inline SPANWISE_ABI
