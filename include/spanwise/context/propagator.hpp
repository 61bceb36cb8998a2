// Handing a context on in a message, and taking it up from one: inject and extract, over any carrier, with the formats
// named at the call or those of the process. These are W3C trace context and baggage unless `start` was given others;
// they work before it and after shutdown too.
#pragma once

#include <spanwise/context/chosen_formats.hpp>
#include <spanwise/context/composite.hpp>

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

/// A propagator behind function pointers, with its state behind it in memory that stays.
struct erased_propagator {
  std::span<std::string_view const> (*fields)(erased_propagator const& self) noexcept;
  void (*inject)(erased_propagator const& self, context const& from, text_map_ref to) noexcept;
  context (*extract)(erased_propagator const& self, text_map_ref from, context base) noexcept;
  mutable erased_propagator const* before{};
};

template <class Format> struct erased : erased_propagator {
  constexpr explicit erased(Format const& given) noexcept(std::is_nothrow_copy_constructible_v<Format>)
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

/// The formats of the single header that the environment chose. Their calls are instantiated by who makes them, as
/// those of the formats built in are, not by who starts tracing.
struct chosen_built_in : erased_propagator {
  explicit chosen_built_in(format_choice const& chosen) noexcept
      : erased_propagator{[](erased_propagator const& self) noexcept {
                            return static_cast<chosen_built_in const&>(self).formats.fields();
                          },
                          nullptr, nullptr},
        formats{chosen} {}

  chosen_formats<single_header_formats> formats;
};

inline void inject_installed(erased_propagator const& formats, context const& from, text_map_ref to) noexcept {
  if (formats.inject != nullptr) return formats.inject(formats, from, to);
  static_cast<chosen_built_in const&>(formats).formats.inject(from, to);
}
[[nodiscard]] inline context extract_installed(erased_propagator const& formats, text_map_ref from,
                                               context base) noexcept {
  if (formats.extract != nullptr) return formats.extract(formats, from, std::move(base));
  return static_cast<chosen_built_in const&>(formats).formats.extract(from, std::move(base));
}

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
    if constexpr (writable_carrier<Carrier>) detail::inject_installed(*formats, from, text_map_ref{to});
  }

  template <class Carrier> [[nodiscard]] context extract(Carrier const& from, context base) const noexcept {
    auto const* const formats = detail::propagation.formats.load(detail::acquire);
    if (formats == nullptr) return built_in{}.extract(from, std::move(base));
    if constexpr (readable_carrier<Carrier>) return detail::extract_installed(*formats, text_map_ref{from}, std::move(base));
    return base;
  }
};
static_assert(propagator<default_propagator>);

/// Makes W3C trace context and baggage the propagator of the process again.
inline void reset_default_propagator() noexcept {
  detail::propagation.formats.store(nullptr, detail::release);
}

namespace detail {

/// Makes a propagator that was made with `new` that of the process, and keeps it.
inline void install_propagator(erased_propagator* made) noexcept {
  if (made == nullptr)
    return report(severity::error, "propagator",
                  "the propagators stay what they were: there is no memory for those that were given, or they threw "
                  "while they were copied");
  made->before = propagation.kept.load(relaxed);
  erased_propagator const* const kept = made;
  while (!propagation.kept.compare_exchange(made->before, kept, release, relaxed)) {}
  propagation.formats.store(kept, release);
}

} // namespace detail

/// Makes `formats` the propagator of the process, from now on and for all threads; a composite<> of none turns it off.
///
/// A copy is kept until the process ends. Without memory for it, or if copying throws, nothing changes, and a
/// diagnostic says so.
template <propagator Formats> void set_default_propagator(Formats const& formats) noexcept {
  // Formats that were chosen when the program ran may have come out as those built in, which cost less.
  if constexpr (requires { formats.is_built_in(); })
    if (formats.is_built_in()) return reset_default_propagator();
  detail::erased<Formats>* made = nullptr;
  static_cast<void>(detail::contain([&] { made = new (std::nothrow) detail::erased<Formats>{formats}; }));
  detail::install_propagator(made);
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
