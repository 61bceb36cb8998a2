// Handing a context on in a message, and taking it up from one: inject and extract, over any carrier, with the formats
// named at the call or those of the process. These are W3C trace context and baggage unless `start` was given others;
// they work before it and after shutdown too.
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
  constexpr explicit composite(Formats... formats) noexcept : detail::held_format<Formats>{std::move(formats)}... {}

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

namespace detail {

/// A propagator behind function pointers, with its state behind it in memory that stays.
struct erased_propagator {
  std::span<std::string_view const> (*fields)(erased_propagator const& self) noexcept;
  void (*inject)(erased_propagator const& self, context const& from, text_map_ref to) noexcept;
  context (*extract)(erased_propagator const& self, text_map_ref from, context base) noexcept;
  mutable erased_propagator const* before{};
};

template <class Format> struct erased : erased_propagator {
  constexpr explicit erased(Format const& given) noexcept
      : erased_propagator{[](erased_propagator const& self) noexcept {
                            return std::span<std::string_view const>{static_cast<erased const&>(self).format.fields()};
                          },
                          [](erased_propagator const& self, context const& from, text_map_ref to) noexcept {
                            inject_as(static_cast<erased const&>(self).format, from, to);
                          },
                          [](erased_propagator const& self, text_map_ref from, context base) noexcept {
                            return extract_as(static_cast<erased const&>(self).format, from, std::move(base));
                          }},
        format{given} {}

  Format format;
};

struct propagation_state {
  /// The formats of the process; null for the built-in ones.
  atomic<erased_propagator const*> formats{};
  /// All that were ever set: other threads may still use a former one, so none is freed.
  atomic<erased_propagator const*> kept{};
};

SPANWISE_SHARED inline constinit propagation_state propagation{};

} // namespace detail

/// The propagator of the process: what `inject` and `extract` use when no format is named.
struct default_propagator {
  using built_in = composite<trace_context, w3c_baggage>;

  [[nodiscard]] static std::span<std::string_view const> fields() noexcept {
    auto const* const formats = detail::propagation.formats.load(detail::acquire);
    return formats == nullptr ? built_in::fields() : formats->fields(*formats);
  }

  template <class Carrier> void inject(context const& from, Carrier& to) const noexcept {
    auto const* const formats = detail::propagation.formats.load(detail::acquire);
    if (formats == nullptr) return built_in{}.inject(from, to);
    if constexpr (writable_carrier<Carrier>) formats->inject(*formats, from, text_map_ref{to});
  }

  template <class Carrier> [[nodiscard]] context extract(Carrier const& from, context base) const noexcept {
    auto const* const formats = detail::propagation.formats.load(detail::acquire);
    if (formats == nullptr) return built_in{}.extract(from, std::move(base));
    if constexpr (readable_carrier<Carrier>) return formats->extract(*formats, text_map_ref{from}, std::move(base));
    return base;
  }
};
static_assert(propagator<default_propagator>);

/// Makes W3C trace context and baggage the propagator of the process again.
inline void reset_default_propagator() noexcept {
  detail::propagation.formats.store(nullptr, detail::release);
}

/// Makes `formats` the propagator of the process, from now on and for all threads; a composite<> of none turns it off.
///
/// A copy is kept until the process ends. Without memory for it nothing changes, and a diagnostic says so.
template <propagator Formats> void set_default_propagator(Formats const& formats) noexcept {
  // Formats that were chosen when the program ran may have come out as those built in, which cost less.
  if constexpr (requires { formats.is_built_in(); })
    if (formats.is_built_in()) return reset_default_propagator();
  auto* const made = new (std::nothrow) detail::erased<Formats>{formats};
  if (made == nullptr) return report(severity::error, "propagator", "no memory to change the propagators");
  made->before = detail::propagation.kept.load(detail::relaxed);
  detail::erased_propagator const* const kept = made;
  while (!detail::propagation.kept.compare_exchange(made->before, kept, detail::release, detail::relaxed)) {}
  detail::propagation.formats.store(kept, detail::release);
}

/// Writes a context into the headers of an outgoing message, so that its receiver can continue the trace.
///
/// Headers of the same name are replaced. A context without a span writes no trace headers. `to` is anything that
/// context/carrier.hpp describes; without `formats` those of the process are used. Never throws.
template <class Carrier, propagator... Formats>
void inject(context const& from, Carrier&& to, Formats const&... formats) noexcept {
  if constexpr (sizeof...(Formats) == 0) default_propagator{}.inject(from, to);
  else (detail::inject_as(formats, from, to), ...);
}

/// Writes the current context into the headers of an outgoing message.
template <class Carrier, propagator... Formats>
  requires(!std::convertible_to<Carrier&, context const&>)
void inject(Carrier&& to, Formats const&... formats) noexcept {
  spanwise::inject(current_context(), to, formats...);
}

/// Reads the caller's context from the headers of a message; an empty context if they hold none.
///
/// Give it to a span as its parent, or attach it. A malformed header counts as absent (W3C Trace Context, 4.3: start a
/// new trace), and so do two traceparent headers. Names match without regard to case. Never throws.
template <class Carrier, propagator... Formats>
[[nodiscard]] context extract(Carrier const& from, Formats const&... formats) noexcept {
  if constexpr (sizeof...(Formats) == 0) return default_propagator{}.extract(from, context{});
  else return detail::extract_in_turn(from, context{}, formats...);
}

} // namespace spanwise::inline SPANWISE_ABI
