// The two W3C formats that carry a context between processes: traceparent with tracestate (Trace Context, Level 2), and
// baggage. What cannot be read counts as absent; what is sent is always well-formed. Cost and memory are bounded,
// however large a header is.
#pragma once

#include <spanwise/context/baggage_header.hpp>
#include <spanwise/context/carrier.hpp>
#include <spanwise/context/context.hpp>

#include <optional>
#include <span>

namespace spanwise::inline SPANWISE_ABI {

/// How long a traceparent value is.
inline constexpr std::size_t traceparent_size = 55;

/// Writes a traceparent value, without a final zero; ids that are not valid are written as zeros, which nobody accepts.
inline void write_traceparent(char (&out)[traceparent_size], span_context const& own) noexcept {
  std::memcpy(out, "00-", 3);
  detail::write_hex(out + 3, own.trace_id().bytes().data(), trace_id::size);
  out[35] = '-';
  detail::write_hex(out + 36, own.span_id().bytes().data(), span_id::size);
  out[52] = '-';
  out[53] = '0';
  out[54] = static_cast<char>('0' + (own.flags().value & trace_flags::known_bits));
}

namespace detail {

/// How much white space around a value is looked at; with more of it the value is malformed.
inline constexpr std::size_t most_spaces = 64;

inline bool only_spaces(std::string_view text) noexcept {
  return text.size() <= most_spaces && trimmed(text).empty();
}

struct traceparent {
  spanwise::trace_id trace;
  spanwise::span_id span;
  trace_flags flags;
};

/// Reads a traceparent value into `out`; false, with `out` unspecified, if the value is malformed.
inline bool parse_traceparent(traceparent& out, std::string_view value) noexcept {
  for (std::size_t spaces = 0; spaces < most_spaces && value.size() > traceparent_size; ++spaces) {
    if (!is_optional_space(value.front())) break;
    value.remove_prefix(1);
  }
  if (value.size() < traceparent_size) return false;
  char const* const text = value.data();
  std::uint8_t trace[trace_id::size];
  std::uint8_t span[span_id::size];
  std::uint8_t version{};
  std::uint8_t flags{};
  bool const read = read_hex(trace, text + 3, sizeof trace) && read_hex(span, text + 36, sizeof span) &&
                    read_hex(&version, text, 1) && read_hex(&flags, text + 53, 1);
  if (!read || text[2] != '-' || text[35] != '-' || text[52] != '-' || version == 0xff) return false;
  if (value.size() > traceparent_size && (version == 0 || text[traceparent_size] != '-') &&
      !only_spaces(value.substr(traceparent_size)))
    return false;
  out = {trace_id::from_bytes(trace),
         span_id::from_bytes(span),
         {static_cast<std::uint8_t>(flags & trace_flags::known_bits)}};
  return out.trace.valid() && out.span.valid();
}

} // namespace detail

/// Reads a traceparent value into a remote span context without trace state; nothing if it is malformed.
///
/// Values of later versions of the format are read as far as this one knows them. White space around it is ignored.
[[nodiscard]] inline std::optional<span_context> read_traceparent(std::string_view value) noexcept {
  detail::traceparent parent;
  if (!detail::parse_traceparent(parent, value)) return std::nullopt;
  return std::optional<span_context>{std::in_place, parent.trace, parent.span, parent.flags, trace_state{}, true};
}

/// The propagator of trace identity: headers traceparent and tracestate.
struct trace_context {
  /// What OTEL_PROPAGATORS calls it.
  static constexpr std::string_view name = "tracecontext";
  static constexpr std::string_view names[] = {"traceparent", "tracestate"};

  /// The headers that `inject` may write.
  [[nodiscard]] static constexpr std::span<std::string_view const> fields() noexcept { return names; }

  /// Writes the span of `from`, sampled or not; nothing if it is not valid.
  template <class Carrier> void inject(context const& from, Carrier& to) const noexcept {
    span_context const& own = from.span();
    if (!own.valid()) return;
    char value[traceparent_size];
    write_traceparent(value, own);
    write_value(to, names[0], {value, sizeof value});
    if (!own.state().empty()) write_value(to, names[1], own.state().text());
  }

  /// `base` with the remote span that `from` names; `base` as it is if there is none, a malformed one or more than one.
  ///
  /// A tracestate that is malformed, or comes alone, is dropped.
  template <class Carrier> [[nodiscard]] context extract(Carrier const& from, context base) const noexcept {
    detail::traceparent parent;
    bool valid = false;
    std::size_t values = 0;
    read_values(from, names[0], [&](std::string_view value) noexcept {
      if (++values == 1) valid = detail::parse_traceparent(parent, value);
    });
    if (values != 1 || !valid) return base;
    detail::trace_state_reader reader;
    read_values(from, names[1], [&](std::string_view value) noexcept { reader.add(value); });
    trace_state state = reader.finish().value_or(trace_state{});
    return base.with(span_context{parent.trace, parent.span, parent.flags, std::move(state), true});
  }
};

/// The propagator of baggage: header baggage.
struct w3c_baggage {
  /// What OTEL_PROPAGATORS calls it.
  static constexpr std::string_view name = "baggage";
  static constexpr std::string_view names[] = {"baggage"};

  /// The header that `inject` may write.
  [[nodiscard]] static constexpr std::span<std::string_view const> fields() noexcept { return names; }

  /// Writes the baggage of `from`, up to 180 entries and 8192 bytes; those that do not fit, or whose name is no header
  /// token, stay behind. Nothing is written if nothing is left.
  template <class Carrier> void inject(context const& from, Carrier& to) const noexcept {
    if (from.baggage().empty()) return;
    detail::shared_text const header = detail::write_baggage(from.baggage());
    if (!header.empty()) write_value(to, names[0], header.view());
  }

  /// `base` with the baggage that `from` has in place of its own; `base` as it is if there is none.
  ///
  /// Malformed members are skipped; of a repeated name the last counts; what is behind the first 180 entries or 8192
  /// bytes is not read.
  template <class Carrier> [[nodiscard]] context extract(Carrier const& from, context base) const noexcept {
    detail::baggage_reader reader;
    read_values(from, names[0], [&](std::string_view value) noexcept { reader.add(value); });
    baggage entries = reader.finish();
    if (entries.empty()) return base;
    return base.with(std::move(entries));
  }
};

} // namespace spanwise::inline SPANWISE_ABI
