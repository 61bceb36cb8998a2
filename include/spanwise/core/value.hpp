// Which C++ values mean something as an attribute, and how each is held until it is written: numbers by value,
// text and containers by reference for the length of the call. What has no meaning is refused in one sentence.
#pragma once

#include <spanwise/core/key.hpp>
#include <spanwise/detail/contain.hpp>

#include <bit>
#include <concepts>
#include <cstddef>
#include <string_view>
#include <utility>

namespace spanwise::inline SPANWISE_ABI::detail {

class value_sink;

enum class value_kind : std::uint8_t { absent, empty, boolean, integer, big, floating, text, bytes, nested };

/// A value on its way into a span: lives no longer than the call that takes it.
///
/// Three plain words and no union: only then do compilers take it apart and keep nothing of it in memory.
struct value {
  using writer = void (*)(value_sink&, unsigned char tag, void const* object, std::size_t size);

  void const* data;     ///< of text, bytes and containers
  std::uint64_t number; ///< a number's bits, or the size of what data points at
  writer write;         ///< of containers
  value_kind kind;

  SPANWISE_INLINE constexpr value() noexcept : data{}, number{}, write{}, kind{value_kind::absent} {}
  SPANWISE_INLINE constexpr value(value_kind what, std::uint64_t bits) noexcept
      : data{}, number{bits}, write{}, kind{what} {}
  SPANWISE_INLINE constexpr value(void const* text, std::size_t size, value_kind what) noexcept
      : data{text}, number{size}, write{}, kind{what} {}
  SPANWISE_INLINE constexpr value(void const* object, std::size_t size, writer how) noexcept
      : data{object}, number{size}, write{how}, kind{value_kind::nested} {}

  [[nodiscard]] constexpr bool boolean() const noexcept { return number != 0; }
  [[nodiscard]] constexpr double floating() const noexcept { return std::bit_cast<double>(number); }
  [[nodiscard]] std::string_view text() const noexcept {
    return {static_cast<char const*>(data), static_cast<std::size_t>(number)};
  }
};

template <class Range> void write_array(value_sink& sink, unsigned char tag, void const* range, std::size_t size);
template <class Range> void write_map(value_sink& sink, unsigned char tag, void const* range, std::size_t size);
template <class Element> void write_list(value_sink& sink, unsigned char tag, void const* elements, std::size_t size);
template <class Optional> void write_held(value_sink& sink, unsigned char tag, void const* optional, std::size_t size);
template <class Custom> void write_custom(value_sink& sink, unsigned char tag, void const* object, std::size_t size);
template <class Variant> void write_alternative(value_sink& sink, unsigned char tag, void const* variant, std::size_t size);

template <class Type>
concept character_type = std::same_as<Type, char> || std::same_as<Type, wchar_t> || std::same_as<Type, char8_t> ||
                    std::same_as<Type, char16_t> || std::same_as<Type, char32_t>;

template <class Type>
concept plain_integer = std::integral<Type> && !std::same_as<Type, bool> && !character_type<Type> &&
                        sizeof(Type) <= sizeof(std::int64_t);

template <class Type, class Character = char>
concept text_like = std::is_convertible_v<Type const&, std::basic_string_view<Character>>;

/// Like std::filesystem::path, which is also a range of paths, without end.
template <class Type>
concept path_like = requires(Type const& path) {
  { path.native() } -> std::convertible_to<std::string_view>;
  requires std::is_lvalue_reference_v<decltype(path.native())>;
};

template <class Range>
concept range = std::is_bounded_array_v<Range> || requires(Range const& r) {
  { r.begin() != r.end() } -> std::convertible_to<bool>;
  *r.begin();
};

template <class Range> constexpr auto element_of() noexcept {
  if constexpr (std::is_bounded_array_v<Range>)
    return std::type_identity<std::remove_cv_t<std::remove_extent_t<Range>>>{};
  else
    return std::type_identity<std::remove_cvref_t<decltype(*std::declval<Range const&>().begin())>>{};
}
template <class Range> using element_t = typename decltype(element_of<Range>())::type;

template <class Range>
concept byte_range = range<Range> &&
                     (std::same_as<element_t<Range>, std::byte> || std::same_as<element_t<Range>, unsigned char>) &&
                     (std::is_bounded_array_v<Range> || requires(Range const& r) {
                       { r.data()[0] };
                       { r.size() } -> std::convertible_to<std::size_t>;
                     });

template <class Range>
concept map_like = range<Range> && requires(element_t<Range> const& entry) {
  { entry.first } -> std::convertible_to<std::string_view>;
  entry.second;
};

/// A range whose elements are of another type, unlike std::filesystem::path, which holds itself.
template <class Range>
concept array_like = range<Range> && !std::same_as<element_t<Range>, Range>;

template <class Type>
concept optional_like = requires(Type const& maybe) {
  { maybe.has_value() } -> std::convertible_to<bool>;
  *maybe;
};

/// Like std::variant, which `visit` looks into.
template <class Type>
concept variant_like = requires(Type const& one_of) {
  { one_of.index() } -> std::convertible_to<std::size_t>;
  { one_of.valueless_by_exception() } -> std::convertible_to<bool>;
};

/// A type with `auto spanwise_value(Type const&)` in its own namespace, giving something that has a meaning.
template <class Type>
concept customised = requires(Type const& object) { spanwise_value(object); };

/// Views text; an array of characters ends at its first zero, or at its end.
template <class Character, class Given> SPANWISE_INLINE constexpr value text_value(Given const& given) {
  using view = std::basic_string_view<Character>;
  view text;
  if constexpr (std::is_pointer_v<Given>) {
    if (given != nullptr) text = view{given};
  } else if constexpr (std::is_bounded_array_v<Given>) {
    constexpr std::size_t size = std::extent_v<Given>;
    if (given[size - 1] == Character{}) {
      text = view{given};
    } else {
      Character const* const zero = std::char_traits<Character>::find(given, size, Character{});
      text = view{given, zero == nullptr ? size : static_cast<std::size_t>(zero - given)};
    }
  } else {
    text = view{given};
  }
  return value{text.data(), text.size(), value_kind::text};
}

template <class Given> SPANWISE_INLINE constexpr value value_of(Given const& given) noexcept;

/// A class of the user's whose own functions are called at once, and may throw.
template <class Given>
concept throwing_access =
    std::is_class_v<Given> && !customised<Given> &&
    ((text_like<Given> && !std::is_nothrow_convertible_v<Given const&, std::string_view>) ||
     (text_like<Given, char8_t> && !std::is_nothrow_convertible_v<Given const&, std::u8string_view>) ||
     (path_like<Given> && !requires(Given const& path) { { path.native() } noexcept; }) ||
     (byte_range<Given> && !requires(Given const& bytes) {
       { bytes.data() } noexcept;
       { bytes.size() } noexcept;
     }) ||
     (optional_like<Given> && !requires(Given const& maybe) {
       { maybe.has_value() } noexcept;
       { *maybe } noexcept;
     }));

template <class Given> SPANWISE_INLINE constexpr value read_value(Given const& given) noexcept(!throwing_access<Given>) {
  if constexpr (std::is_volatile_v<Given> && (std::is_arithmetic_v<Given> || std::is_pointer_v<Given>)) {
    return value_of(static_cast<std::remove_cv_t<Given>>(given));
  } else if constexpr (customised<Given>) {
    return value{&given, 1, &write_custom<Given>};
  } else if constexpr (std::same_as<Given, bool>) {
    return value{value_kind::boolean, given ? std::uint64_t{1} : std::uint64_t{0}};
  } else if constexpr (plain_integer<Given>) {
    if constexpr (std::unsigned_integral<Given> && sizeof(Given) >= sizeof(std::int64_t)) {
      if (given > static_cast<Given>(INT64_MAX)) return value{value_kind::big, static_cast<std::uint64_t>(given)};
    }
    return value{value_kind::integer, static_cast<std::uint64_t>(static_cast<std::int64_t>(given))};
  } else if constexpr (std::same_as<Given, double> || std::same_as<Given, float>) {
    return value{value_kind::floating, std::bit_cast<std::uint64_t>(static_cast<double>(given))};
  } else if constexpr (std::same_as<Given, std::nullptr_t>) {
    static_assert(refused<Given>, "spanwise: nullptr is no attribute value; leave the attribute out instead");
    return value{};
  } else if constexpr (text_like<Given>) {
    return text_value<char>(given);
  } else if constexpr (text_like<Given, char8_t>) {
    return text_value<char8_t>(given);
  } else if constexpr (path_like<Given>) {
    return text_value<char>(given.native());
  } else if constexpr (byte_range<Given>) {
    if constexpr (std::is_bounded_array_v<Given>) return value{given, sizeof given, value_kind::bytes};
    else return value{given.data(), given.size(), value_kind::bytes};
  } else if constexpr (optional_like<Given>) {
    if (!given.has_value()) return value{};
    if constexpr (std::is_lvalue_reference_v<decltype(*given)>) return value_of(*given);
    else return value{&given, 1, &write_held<Given>};
  } else if constexpr (variant_like<Given>) {
    return value{&given, 1, &write_alternative<Given>};
  } else if constexpr (map_like<Given>) {
    return value{&given, 1, &write_map<Given>};
  } else if constexpr (array_like<Given>) {
    return value{&given, 1, &write_array<Given>};
  } else {
    static_assert(refused<Given>,
                  "spanwise: this type has no meaning as an attribute value; give a bool, an integer, a double, text, "
                  "bytes, an array, a map or a variant of these, or define spanwise_value(v) beside your type");
    return value{};
  }
}

/// A class that throws as it is asked for its text, bytes or value counts as the empty value.
template <class Given> SPANWISE_INLINE constexpr value value_of(Given const& given) noexcept {
  if constexpr (throwing_access<Given>) return contain([&] { return read_value(given); }, value{value_kind::empty, 0});
  else return read_value(given);
}

} // namespace spanwise::inline SPANWISE_ABI::detail
