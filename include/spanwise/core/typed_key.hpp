// Attribute keys that know the type of their values, as those of the semantic conventions do: a value of another type
// does not compile. For keys of one's own too.
#pragma once

#include <spanwise/core/value.hpp>

#include <string_view>

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

template <class Type>
concept key_type = std::same_as<Type, bool> || std::same_as<Type, std::int64_t> || std::same_as<Type, double> ||
                   std::same_as<Type, std::string_view>;

/// An integer of which a double holds every value.
template <class Type>
concept exact_in_double = plain_integer<Type> && sizeof(Type) <= sizeof(std::int32_t);

/// A null pointer is none, though texts are made of it.
template <class Type>
concept any_text = !std::same_as<Type, std::nullptr_t> &&
                   (text_like<Type> || text_like<Type, char8_t> || path_like<Type>);

template <class Held, class Given> constexpr bool fits() noexcept;

/// Of a variant any alternative may come; one that is empty itself is the empty value.
template <class Held, class Variant> inline constexpr bool each_alternative_fits = true;
template <class Held, template <class...> class Variant, class... Alternatives>
inline constexpr bool each_alternative_fits<Held, Variant<Alternatives...>> =
    (((std::is_empty_v<Alternatives> && !customised<Alternatives>) || fits<Held, Alternatives>()) && ...);

/// True if `Given` is written as what a key of type `Held` takes. What has no meaning as an attribute is let through:
/// value_of refuses it with a sentence of its own.
template <class Held, class Given> constexpr bool fits() noexcept {
  if constexpr (std::is_volatile_v<Given>) {
    return fits<Held, std::remove_cv_t<Given>>();
  } else if constexpr (customised<Given>) {
    return fits<Held, std::remove_cvref_t<decltype(spanwise_value(std::declval<Given const&>()))>>();
  } else if constexpr (std::same_as<Given, bool>) {
    return std::same_as<Held, bool>;
  } else if constexpr (plain_integer<Given>) {
    return std::same_as<Held, std::int64_t>;
  } else if constexpr (std::same_as<Given, double> || std::same_as<Given, float>) {
    return std::same_as<Held, double>;
  } else if constexpr (any_text<Given>) {
    return std::same_as<Held, std::string_view>;
  } else if constexpr (byte_range<Given> || (map_like<Given> && !optional_like<Given>)) {
    return false;
  } else if constexpr (optional_like<Given>) {
    return fits<Held, std::remove_cvref_t<decltype(*std::declval<Given const&>())>>();
  } else if constexpr (variant_like<Given>) {
    return each_alternative_fits<Held, Given>;
  } else if constexpr (array_like<Given>) {
    if constexpr (!std::is_array_v<Held>) return false;
    else if constexpr (requires { requires std::same_as<typename Given::value_type, bool>; }) // also vector<bool>
      return std::same_as<std::remove_extent_t<Held>, bool>;
    else return fits<std::remove_extent_t<Held>, element_t<Given>>();
  } else {
    return true;
  }
}

template <class Held, class Given>
inline constexpr bool takes =
    fits<Held, Given>() || (std::same_as<Held, double> && exact_in_double<std::remove_cv_t<Given>>);

/// Does not compile, with the reason, where a key of type `Held` does not take `Given`.
template <class Held, class Given> constexpr void judge_value() noexcept {
  using std::same_as;
  constexpr bool good = takes<Held, Given>;
  static_assert(good || !same_as<Held, bool>, "spanwise: this key takes a bool");
  static_assert(good || !same_as<Held, std::int64_t>, "spanwise: this key takes a whole number");
  static_assert(good || !same_as<Held, double>,
                "spanwise: this key takes a floating-point number, or an integer of at most 32 bits");
  static_assert(good || !same_as<Held, std::string_view>, "spanwise: this key takes text");
  static_assert(good || !same_as<Held, bool[]>, "spanwise: this key takes an array of bools");
  static_assert(good || !same_as<Held, std::int64_t[]>, "spanwise: this key takes an array of whole numbers");
  static_assert(good || !same_as<Held, double[]>, "spanwise: this key takes an array of floating-point numbers");
  static_assert(good || !same_as<Held, std::string_view[]>, "spanwise: this key takes an array of texts");
}

/// The value as the key's type has it: a small integer for a key of doubles is one.
template <class Held, class Given> SPANWISE_INLINE constexpr value typed_value(Given const& given) noexcept {
  judge_value<Held, Given>();
  if constexpr (fits<Held, Given>()) return value_of(given);
  else if constexpr (takes<Held, Given>) return value_of(static_cast<double>(given));
  else return value{};
}

} // namespace detail

/// A key for values of one type: `bool`, `std::int64_t`, `double`, `std::string_view`, or with `[]` an array of these.
///
/// Declare it once, `inline constexpr spanwise::typed_key<std::int64_t> items{"order.items"};`, and give it wherever a
/// key is taken, at no cost. Values convert as they do for other keys, but only into that type: integers of every size
/// for `std::int64_t`, whatever is text for `std::string_view`; of optionals the value counts, an empty one leaves the
/// attribute out; of variants each alternative does. The text is checked as that of `key` is.
template <class Value> class typed_key {
  static_assert(detail::key_type<std::remove_extent_t<Value>>,
                "spanwise: a typed_key is of bool, std::int64_t, double, std::string_view, or one of these with []");

public:
  using value_type = Value;

  template <std::size_t Size> consteval explicit typed_key(char const (&text)[Size]) noexcept : key_{text} {}

  [[nodiscard]] constexpr std::string_view text() const noexcept { return key_.text(); }
  [[nodiscard]] constexpr std::uint8_t bit() const noexcept { return key_.bit(); }

private:
  key key_;
};

} // namespace spanwise::inline SPANWISE_ABI
