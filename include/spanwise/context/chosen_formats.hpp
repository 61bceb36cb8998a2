// Several formats of which some are chosen when the program runs, such as by OTEL_PROPAGATORS. No call is indirect.
#pragma once

#include <spanwise/context/b3.hpp>
#include <spanwise/context/composite.hpp>

#include <array>
#include <concepts>
#include <string_view>
#include <utility>

namespace spanwise::inline SPANWISE_ABI::detail {

template <class... Formats> struct format_list {};

/// A list with those of more formats that it has not yet.
template <class List, class... More> struct extended_list;
template <class... Formats> struct extended_list<format_list<Formats...>> {
  using type = format_list<Formats...>;
};
template <class... Formats, class Next, class... More>
struct extended_list<format_list<Formats...>, Next, More...>
    : extended_list<std::conditional_t<(std::same_as<Formats, Next> || ...), format_list<Formats...>,
                                       format_list<Formats..., Next>>,
                    More...> {};

/// The first two are what OpenTelemetry has as the default.
using single_header_formats = format_list<trace_context, w3c_baggage, b3, b3_multi>;

template <class Format>
concept named_format = propagator<Format> && std::default_initializable<Format> && requires {
  { Format::name } -> std::convertible_to<std::string_view>;
  Format::fields();
};

template <std::size_t Count> constexpr bool all_differ(std::array<std::string_view, Count> const& names) noexcept {
  for (std::size_t i = 0; i < Count; ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (names[i] == names[j]) return false;
  return true;
}

/// Some of the formats that a program has, by their places among them, each once.
class format_choice {
public:
  static constexpr std::size_t most = 32;

  /// OpenTelemetry's default: tracecontext, baggage.
  [[nodiscard]] static constexpr format_choice by_default() noexcept {
    format_choice chosen;
    chosen.add(0);
    chosen.add(1);
    return chosen;
  }

  [[nodiscard]] constexpr std::uint8_t const* begin() const noexcept { return places_; }
  [[nodiscard]] constexpr std::uint8_t const* end() const noexcept { return places_ + size_; }

  friend constexpr bool operator==(format_choice const&, format_choice const&) noexcept = default;

  /// One more, unless it is there.
  constexpr void add(std::size_t place) noexcept {
    for (std::uint8_t const each : *this)
      if (each == place) return;
    places_[size_++] = static_cast<std::uint8_t>(place);
  }
  [[nodiscard]] constexpr bool empty() const noexcept { return size_ == 0; }

private:
  std::uint8_t places_[most]{};
  std::uint8_t size_{};
};

template <class List> class chosen_formats;

/// A propagator of some of these formats, in an order that is known when the program runs; no call is indirect.
template <class... Formats> class chosen_formats<format_list<Formats...>> : held_format<Formats>... {
  static_assert((named_format<Formats> && ...),
                "spanwise: OTEL_PROPAGATORS chooses among formats that tell what it calls them: give this one a "
                "static constexpr std::string_view name, static fields() and a default constructor.");
  static_assert(sizeof...(Formats) <= format_choice::most);

public:
  static constexpr std::array<std::string_view, sizeof...(Formats)> names{Formats::name...};

  SPANWISE_SMALL explicit chosen_formats(format_choice const& chosen) noexcept : chosen_{chosen} {
    for (std::uint8_t const place : chosen_)
      for (std::string_view const field : fields_of[place]) fields_[field_count_++] = field;
  }

  /// The headers that the chosen formats may write.
  [[nodiscard]] std::span<std::string_view const> fields() const noexcept { return {fields_, field_count_}; }

  template <class Carrier> void inject(context const& from, Carrier& to) const noexcept {
    for (std::uint8_t const place : chosen_) inject_one(place, from, to, std::index_sequence_for<Formats...>{});
  }
  template <class Carrier> [[nodiscard]] context extract(Carrier const& from, context base) const noexcept {
    for (std::uint8_t const place : chosen_) extract_one(place, from, base, std::index_sequence_for<Formats...>{});
    return base;
  }

  /// True if they are what `inject` and `extract` use anyway.
  [[nodiscard]] bool is_built_in() const noexcept { return chosen_ == format_choice::by_default(); }

private:
  static_assert(all_differ(names), "spanwise: two formats have the same name for OTEL_PROPAGATORS.");
  static constexpr std::array<std::span<std::string_view const>, sizeof...(Formats)> fields_of{Formats::fields()...};

  template <class Carrier, std::size_t... Places>
  void inject_one(std::size_t place, context const& from, Carrier& to, std::index_sequence<Places...>) const noexcept {
    ((place == Places ? inject_as(held_format<Formats>::format, from, to) : void()), ...);
  }
  template <class Carrier, std::size_t... Places>
  void extract_one(std::size_t place, Carrier const& from, context& base,
                   std::index_sequence<Places...>) const noexcept {
    ((place == Places ? void(base = extract_as(held_format<Formats>::format, from, std::move(base))) : void()), ...);
  }

  format_choice chosen_;
  std::uint8_t field_count_{};
  std::string_view fields_[(0 + ... + Formats::fields().size())];
};

} // namespace spanwise::inline SPANWISE_ABI::detail
