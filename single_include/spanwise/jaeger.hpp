// spanwise/jaeger.hpp, a part of spanwise beside the single header. Made by tools/single_header.py from include/: change that, not this.
#pragma once

#include <spanwise/spanwise.hpp>

// spanwise/context/jaeger.hpp
//
// Jaeger's own format: uber-trace-id, and a header uberctx-<name> for each entry of the baggage. Deprecated, and for
// systems that still speak it. Baggage is read from carriers that can say which names they have; its entries' metadata
// has no place in this format.
// https://www.jaegertracing.io/docs/1.76/client-libraries/#propagation-format

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

inline constexpr std::string_view jaeger_name[] = {"uber-trace-id"};
inline constexpr std::string_view jaeger_prefix = "uberctx-";

/// What a value may hold uncoded; less than URLs allow, since some readers take a plus sign for a blank.
inline constexpr char_set jaeger_plain_chars{"-.09AZ__az~~"};

struct jaeger_parent {
  spanwise::trace_id trace;
  spanwise::span_id span;
  sampling_state state;
};

/// Takes what stands before the next colon off `text`; false if there is none. Without `colons` each is coded, %3A.
[[nodiscard]] inline bool next_jaeger_field(std::string_view& field, std::string_view& text, bool colons) noexcept {
  std::size_t end = text.find(colons ? ':' : '%');
  while (!colons && end != text.npos && escaped_byte(text.substr(end)) != ':') end = text.find('%', end + 1);
  if (end == text.npos) return false;
  field = text.substr(0, end);
  text.remove_prefix(end + (colons ? 1 : 3));
  return true;
}

/// Reads `trace:span:parent:flags`; false, with `out` unspecified, if it is malformed. The parent may be anything.
[[nodiscard]] inline bool parse_jaeger(jaeger_parent& out, std::string_view value) noexcept {
  bool const colons = value.find(':') != value.npos;
  std::string_view trace, span, parent, none;
  bool const four = next_jaeger_field(trace, value, colons) && next_jaeger_field(span, value, colons) &&
                    next_jaeger_field(parent, value, colons) && !next_jaeger_field(none, value, colons);
  if (!four || !read_padded_id(out.trace, trace) || !read_padded_id(out.span, span)) return false;
  if (value.empty() || value.size() > 2) return false;
  int flags = 0;
  for (char const digit : value) {
    if (hex_value(digit) < 0) return false;
    flags = flags * 16 + hex_value(digit);
  }
  out.state = (flags & 2) != 0   ? sampling_state::debug
              : (flags & 1) != 0 ? sampling_state::accepted
                                 : sampling_state::denied;
  return true;
}

/// What a value may hold. Other bytes come coded from every sender, and repaired they could take more room than before.
inline constexpr char_set jaeger_value_chars{" ~"};

/// Decodes a value to `out`, which has room for text.size() bytes. Some senders write a plus sign for a blank, and none
/// leaves one uncoded.
inline std::size_t decode_jaeger_value(char* out, std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i) out[i] = text[i] == '+' ? ' ' : text[i];
  return decode_baggage_value(out, {out, text.size()});
}

/// The names under which a carrier has entries, each with a line end behind it; within the limits of a baggage header.
template <class Carrier> [[nodiscard]] shared_text jaeger_entry_names(Carrier const& from) noexcept {
  text_builder names;
  std::size_t count = 0;
  read_names(from, [&](std::string_view name) noexcept {
    if (name.size() <= jaeger_prefix.size() || !same_name(name.substr(0, jaeger_prefix.size()), jaeger_prefix)) return;
    bool const fits = count < baggage_members && names.size() + name.size() < baggage_bytes;
    if (!fits || !token_chars.has_all(name) || !names.reserve(name.size() + 1)) return;
    names.append(name);
    names.append('\n');
    ++count;
  });
  return names.take();
}

template <class Carrier> [[nodiscard]] baggage read_jaeger_baggage(Carrier const& from) noexcept {
  shared_text const names = jaeger_entry_names(from);
  baggage_builder entries;
  std::size_t bytes = 0;
  for (std::string_view left = names.view(); !left.empty();) {
    std::string_view const name = next_part(left, '\n');
    std::string_view const key = name.substr(jaeger_prefix.size());
    read_first(from, name, [&](std::string_view value) noexcept {
      std::size_t const size = key.size() + 1 + value.size();
      if (!jaeger_value_chars.has_all(value) || size > baggage_bytes - bytes) return;
      if (!entries.reserve(size + baggage_builder::entry_overhead)) return;
      bytes += size;
      auto const decode = [value](char* out) noexcept { return decode_jaeger_value(out, value); };
      entries.add(key, value.size(), decode, {});
    });
  }
  return entries.take();
}

/// Writes an entry under a name of its own; false if it cannot be sent, or is longer than `room`.
template <class Carrier>
[[nodiscard]] bool write_jaeger_entry(Carrier& to, baggage::entry const& entry, std::size_t& room) noexcept {
  std::size_t const value_size = percent_encoded_size(entry.value, jaeger_plain_chars);
  std::size_t const size = entry.key.size() + 1 + value_size;
  text_builder text;
  if (size > room || !text.reserve(jaeger_prefix.size() + size)) return false;
  text.append(jaeger_prefix);
  text.append(entry.key);
  std::size_t const name_size = text.size();
  static_cast<void>(percent_encode(text.extend(value_size), entry.value, jaeger_plain_chars));
  write_value(to, text.view().substr(0, name_size), text.view().substr(name_size));
  room -= size;
  return true;
}

template <class Carrier> void write_jaeger_baggage(Carrier& to, baggage const& set) noexcept {
  std::size_t members = 0;
  std::size_t room = baggage_bytes;
  for (baggage::entry const& each : set) {
    if (members == baggage_members) return;
    if (each.key.empty() || !token_chars.has_all(each.key))
      report(severity::debug, "baggage name", "a baggage entry is not sent because its name is no header token");
    else if (write_jaeger_entry(to, each, room)) ++members;
  }
}

} // namespace detail

/// The propagator of Jaeger's headers: uber-trace-id, and uberctx-<name> for baggage. Beside w3c_baggage the later
/// one's baggage counts.
struct jaeger {
  /// What OTEL_PROPAGATORS calls it.
  static constexpr std::string_view name = "jaeger";

  /// The header that `inject` may write; those of baggage have names that nobody knows beforehand.
  [[nodiscard]] static constexpr std::span<std::string_view const> fields() noexcept { return detail::jaeger_name; }

  /// Writes the span of `from`, if it is valid, and its baggage: up to 180 entries and 8192 bytes, without metadata;
  /// entries that do not fit, or whose name is no header token, stay behind.
  template <class Carrier> void inject(context const& from, Carrier& to) const noexcept {
    span_context const& own = from.span();
    if (own.valid()) {
      constexpr std::size_t trace_digits = 2 * trace_id::size, span_digits = 2 * span_id::size;
      char value[trace_digits + 1 + span_digits + 5];
      detail::write_hex(value, own.trace_id().bytes().data(), trace_id::size);
      value[trace_digits] = ':';
      detail::write_hex(value + trace_digits + 1, own.span_id().bytes().data(), span_id::size);
      std::memcpy(value + trace_digits + 1 + span_digits, ":0:0", 4);
      sampling_state const state = sampling_state_of(from);
      value[sizeof value - 1] = state == sampling_state::debug ? '3' : state == sampling_state::accepted ? '1' : '0';
      write_value(to, detail::jaeger_name[0], {value, sizeof value});
    }
    detail::write_jaeger_baggage(to, from.baggage());
  }

  /// `base` with the remote span that `from` names, and the baggage that it has in place of its own; what is absent or
  /// malformed leaves `base` as it is. Ids with fewer digits are padded with zeros; an entry with bytes beyond printable
  /// ASCII is skipped.
  template <class Carrier> [[nodiscard]] context extract(Carrier const& from, context base) const noexcept {
    detail::jaeger_parent parent;
    bool found = false;
    detail::read_first(from, detail::jaeger_name[0],
                       [&](std::string_view value) noexcept { found = detail::parse_jaeger(parent, value); });
    if (found) base = detail::with_remote(base, parent.trace, parent.span, parent.state);
    baggage entries = detail::read_jaeger_baggage(from);
    if (entries.empty()) return base;
    return base.with(std::move(entries));
  }
};
static_assert(propagator<jaeger>);

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/jaeger.hpp
//
// The propagator of Jaeger's own format, for systems that still speak it: it is deprecated in favour of W3C trace context.
