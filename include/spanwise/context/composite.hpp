// What a format of propagation is, and several formats as one.
#pragma once

#include <spanwise/context/w3c.hpp>

namespace spanwise::inline SPANWISE_ABI {

/// A format of propagation. Model:
///
///   struct my_format {
///     static constexpr std::span<std::string_view const> fields();
///     void inject(spanwise::context const& from, spanwise::text_map_ref to) const;
///     spanwise::context extract(spanwise::text_map_ref from, spanwise::context base) const;
///   };
///
/// `fields` names the headers that inject may write, by spanwise::write_value; extract reads by spanwise::read_values
/// and returns `base` if it finds nothing. As templates over the carrier, as trace_context has them, the two cost no
/// indirect call. `fields` is static unless the formats are chosen when the program runs.
template <class Format>
concept propagator = requires(Format const& format, context const& given, text_map_ref& to, text_map_ref const& from) {
  format.inject(given, to);
  { format.extract(from, given) } -> std::same_as<context>;
  { format.fields() } -> std::convertible_to<std::span<std::string_view const>>;
};
static_assert(propagator<trace_context>);
static_assert(propagator<w3c_baggage>);

namespace detail {

template <class Format> struct held_format {
  [[no_unique_address]] Format format;
};

// Formats come from users, who may throw; what they do so far stands, and nothing leaves.

template <class Format, class Carrier> void inject_as(Format const& format, context const& from, Carrier& to) noexcept {
  if constexpr (noexcept(format.inject(from, to))) format.inject(from, to);
  else static_cast<void>(contain([&] { format.inject(from, to); }));
}

template <class Format, class Carrier>
[[nodiscard]] context extract_as(Format const& format, Carrier const& from, context base) noexcept {
  if constexpr (noexcept(format.extract(from, std::move(base)))) return format.extract(from, std::move(base));
  else return contain([&] { return format.extract(from, base); }, base);
}

template <class Carrier> [[nodiscard]] context extract_in_turn(Carrier const&, context base) noexcept {
  return base;
}
template <class Carrier, class Format, class... Formats>
[[nodiscard]] context extract_in_turn(Carrier const& from, context base, Format const& format,
                                      Formats const&... others) noexcept {
  return extract_in_turn(from, extract_as(format, from, std::move(base)), others...);
}

} // namespace detail

/// Several formats as one: each injects and extracts in the order given, and a later one may overwrite what came
/// before.
template <propagator... Formats> class composite : private detail::held_format<Formats>... {
  static_assert((requires { Formats::fields(); } && ...),
                "spanwise: formats that are chosen when the program runs are no part of a composite: give them alone, "
                "with the others as what they choose from.");

public:
  constexpr composite() noexcept
    requires(sizeof...(Formats) > 0)
  = default;
  constexpr explicit composite(Formats... formats) noexcept((std::is_nothrow_move_constructible_v<Formats> && ...))
      : detail::held_format<Formats>{std::move(formats)}... {}

  /// The headers that any of the formats may write.
  [[nodiscard]] static constexpr std::span<std::string_view const> fields() noexcept {
    return {names.all, names.count};
  }

  template <class Carrier> void inject(context const& from, Carrier& to) const noexcept {
    (detail::inject_as(this->detail::template held_format<Formats>::format, from, to), ...);
  }
  template <class Carrier> [[nodiscard]] context extract(Carrier const& from, context base) const noexcept {
    return detail::extract_in_turn(from, std::move(base), this->detail::template held_format<Formats>::format...);
  }

private:
  struct name_list {
    std::string_view all[(0 + ... + Formats::fields().size()) + 1]{};
    std::size_t count{};
  };
  static constexpr name_list names = [] {
    name_list result;
    [[maybe_unused]] auto const add = [&result](std::span<std::string_view const> more) {
      for (std::string_view const name : more) result.all[result.count++] = name;
    };
    (add(Formats::fields()), ...);
    return result;
  }();
};

} // namespace spanwise::inline SPANWISE_ABI
