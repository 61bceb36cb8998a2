// B3, the formats of Zipkin and its relatives: one header, b3, or several, X-B3-TraceId and others. Both are read by
// either propagator, the single header first; they differ in what they write. A parent's id is neither used nor sent.
// https://github.com/openzipkin/b3-propagation
#pragma once

#include <spanwise/context/composite.hpp>
#include <spanwise/context/sampling_state.hpp>

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

struct b3_parent {
  spanwise::trace_id trace;
  spanwise::span_id span;
  sampling_state state = sampling_state::deferred;
};

/// Trace ids have 16 or 32 digits.
[[nodiscard]] inline bool parse_b3_trace(spanwise::trace_id& out, std::string_view digits) noexcept {
  return (digits.size() == 16 || digits.size() == 32) && read_padded_id(out, digits);
}

/// Reads the value of a header b3, `trace-span[-state[-parent]]`; false, with `out` unspecified, if it is malformed.
[[nodiscard]] inline bool parse_b3(b3_parent& out, std::string_view value) noexcept {
  constexpr std::size_t with_span = 17, with_state = 19, with_parent = 36;
  if (value.size() > 32 + with_parent) return false;
  std::size_t const digits = value.find('-');
  if (digits == value.npos || !parse_b3_trace(out.trace, value.substr(0, digits))) return false;
  value.remove_prefix(digits);
  if (value.size() != with_span && value.size() != with_state && value.size() != with_parent) return false;
  if (!read_padded_id(out.span, value.substr(1, with_span - 1))) return false;
  out.state = sampling_state::deferred;
  if (value.size() == with_span) return true;
  char const state = value[with_state - 1];
  if (value[with_span] != '-' || (state != '0' && state != '1' && state != 'd')) return false;
  out.state = state == 'd' ? sampling_state::debug : state == '1' ? sampling_state::accepted : sampling_state::denied;
  if (value.size() == with_state) return true;
  return value[with_state] == '-' && span_id::from_hex(value.substr(with_state + 1)).has_value();
}

/// The value of X-B3-Sampled; false if it is none. The words are of earlier times, and still sent by some.
[[nodiscard]] inline bool parse_b3_sampled(sampling_state& out, std::string_view value) noexcept {
  bool const accepted = value == "1" || same_name(value, "true");
  out = accepted ? sampling_state::accepted : sampling_state::denied;
  return accepted || value == "0" || same_name(value, "false");
}

/// The names of the single header and of the others.
inline constexpr std::string_view b3_name[] = {"b3"};
inline constexpr std::string_view b3_names[] = {"X-B3-TraceId", "X-B3-SpanId", "X-B3-Sampled", "X-B3-Flags"};

template <class Carrier> [[nodiscard]] bool read_b3_headers(b3_parent& out, Carrier const& from) noexcept {
  bool trace = false;
  read_first(from, b3_names[0], [&](std::string_view value) noexcept { trace = parse_b3_trace(out.trace, value); });
  if (!trace) return false;
  bool span = false;
  read_first(from, b3_names[1], [&](std::string_view value) noexcept {
    span = value.size() == 2 * span_id::size && read_padded_id(out.span, value);
  });
  if (!span) return false;
  bool debug = false;
  read_first(from, b3_names[3], [&](std::string_view value) noexcept { debug = value == "1"; });
  out.state = debug ? sampling_state::debug : sampling_state::deferred;
  if (debug) return true;
  bool sound = true;
  read_first(from, b3_names[2], [&](std::string_view value) noexcept { sound = parse_b3_sampled(out.state, value); });
  return sound;
}

template <class Carrier> [[nodiscard]] context extract_b3(Carrier const& from, context const& base) noexcept {
  b3_parent parent;
  bool found = false;
  read_first(from, b3_name[0], [&](std::string_view value) noexcept { found = parse_b3(parent, value); });
  if (!found && !read_b3_headers(parent, from)) return base;
  return with_remote(base, parent.trace, parent.span, parent.state);
}

} // namespace detail

/// The propagator of B3 in one header: `b3: trace-span-state`.
struct b3 {
  /// What OTEL_PROPAGATORS calls it.
  static constexpr std::string_view name = "b3";

  /// The header that `inject` may write.
  [[nodiscard]] static constexpr std::span<std::string_view const> fields() noexcept { return detail::b3_name; }

  /// Writes the span of `from` and its sampling state, `d` for a trace that came as one to debug; no state if its
  /// sender left the decision to others and no span was begun since. Nothing if the span is not valid.
  template <class Carrier> void inject(context const& from, Carrier& to) const noexcept {
    span_context const& own = from.span();
    if (!own.valid()) return;
    constexpr std::size_t trace_digits = 2 * trace_id::size, span_digits = 2 * span_id::size;
    char value[trace_digits + 1 + span_digits + 2];
    detail::write_hex(value, own.trace_id().bytes().data(), trace_id::size);
    value[trace_digits] = '-';
    detail::write_hex(value + trace_digits + 1, own.span_id().bytes().data(), span_id::size);
    sampling_state const state = sampling_state_of(from);
    value[sizeof value - 2] = '-';
    value[sizeof value - 1] = state == sampling_state::debug ? 'd' : state == sampling_state::accepted ? '1' : '0';
    write_value(to, detail::b3_name[0], {value, sizeof value - (state == sampling_state::deferred ? 2 : 0)});
  }

  /// `base` with the remote span that `from` names in the header b3, or else in the X-B3 headers; `base` as it is if
  /// neither is well-formed. Ids of 64 bits are padded with zeros.
  template <class Carrier> [[nodiscard]] context extract(Carrier const& from, context base) const noexcept {
    return detail::extract_b3(from, base);
  }
};
static_assert(propagator<b3>);

/// The propagator of B3 in several headers: X-B3-TraceId, X-B3-SpanId, and X-B3-Sampled or X-B3-Flags.
struct b3_multi {
  /// What OTEL_PROPAGATORS calls it.
  static constexpr std::string_view name = "b3multi";

  /// The headers that `inject` may write.
  [[nodiscard]] static constexpr std::span<std::string_view const> fields() noexcept { return detail::b3_names; }

  /// As b3 does, with `X-B3-Flags: 1` instead of X-B3-Sampled for a trace to debug.
  template <class Carrier> void inject(context const& from, Carrier& to) const noexcept {
    span_context const& own = from.span();
    if (!own.valid()) return;
    write_value(to, detail::b3_names[0], own.trace_id().hex());
    write_value(to, detail::b3_names[1], own.span_id().hex());
    sampling_state const state = sampling_state_of(from);
    if (state == sampling_state::debug) return write_value(to, detail::b3_names[3], "1");
    if (state != sampling_state::deferred)
      write_value(to, detail::b3_names[2], state == sampling_state::accepted ? "1" : "0");
  }

  /// As b3 does.
  template <class Carrier> [[nodiscard]] context extract(Carrier const& from, context base) const noexcept {
    return detail::extract_b3(from, base);
  }
};
static_assert(propagator<b3_multi>);

} // namespace spanwise::inline SPANWISE_ABI
