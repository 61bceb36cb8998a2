// spanwise/xray.hpp, a part of spanwise beside the single header. Made by tools/single_header.py from include/: change that, not this.
#pragma once

#include <spanwise/spanwise.hpp>

// spanwise/context/xray.hpp
//
// The format of AWS X-Ray: header X-Amzn-Trace-Id, `Root=1-<8 digits>-<24 digits>;Parent=<16 digits>;Sampled=<0 or 1>`.
// What else stands in it is neither kept nor sent on. X-Ray takes the first eight digits of a trace id for its time.
// https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

inline constexpr std::string_view xray_name[] = {"X-Amzn-Trace-Id"};

struct xray_parent {
  spanwise::trace_id trace;
  spanwise::span_id span;
  bool sampled;
};

/// Reads `1-<8 digits>-<24 digits>`.
[[nodiscard]] inline bool parse_xray_root(spanwise::trace_id& out, std::string_view root) noexcept {
  if (root.size() != 35 || root.substr(0, 2) != "1-" || root[10] != '-') return false;
  char digits[32];
  std::memcpy(digits, root.data() + 2, 8);
  std::memcpy(digits + 8, root.data() + 11, 24);
  return read_padded_id(out, {digits, sizeof digits});
}

/// Reads a header's value; false, with `out` unspecified, if its root or parent is missing or malformed.
[[nodiscard]] inline bool parse_xray(xray_parent& out, std::string_view value) noexcept {
  std::string_view root, parent, sampled;
  while (!value.empty()) {
    std::string_view text = trimmed(next_part(value, ';'));
    std::string_view const item = next_part(text, '=');
    if (item == "Root") root = text;
    else if (item == "Parent") parent = text;
    else if (item == "Sampled") sampled = text;
  }
  out.sampled = sampled == "1";
  return parse_xray_root(out.trace, root) && parent.size() == 2 * span_id::size && read_padded_id(out.span, parent);
}

} // namespace detail

/// The propagator of AWS X-Ray: header X-Amzn-Trace-Id.
struct xray {
  /// What OTEL_PROPAGATORS calls it.
  static constexpr std::string_view name = "xray";

  /// The header that `inject` may write.
  [[nodiscard]] static constexpr std::span<std::string_view const> fields() noexcept { return detail::xray_name; }

  /// Writes the span of `from`, sampled or not; nothing if it is not valid.
  template <class Carrier> void inject(context const& from, Carrier& to) const noexcept {
    span_context const& own = from.span();
    if (!own.valid()) return;
    char value[] = "Root=1-ssssssss-rrrrrrrrrrrrrrrrrrrrrrrr;Parent=pppppppppppppppp;Sampled=0";
    detail::write_hex(value + 7, own.trace_id().bytes().data(), 4);
    detail::write_hex(value + 16, own.trace_id().bytes().data() + 4, trace_id::size - 4);
    detail::write_hex(value + 48, own.span_id().bytes().data(), span_id::size);
    constexpr std::size_t size = sizeof value - 1;
    if (own.sampled()) value[size - 1] = '1';
    write_value(to, detail::xray_name[0], {value, size});
  }

  /// `base` with the remote span that `from` names; `base` as it is if there is none, or a malformed one.
  ///
  /// Only `Sampled=1` is sampled: `Sampled=?` leaves the decision to the receiver, whose sampler sees "not sampled".
  template <class Carrier> [[nodiscard]] context extract(Carrier const& from, context base) const noexcept {
    detail::xray_parent parent;
    bool found = false;
    detail::read_first(from, detail::xray_name[0],
                       [&](std::string_view value) noexcept { found = detail::parse_xray(parent, value); });
    if (!found) return base;
    sampling_state const state = parent.sampled ? sampling_state::accepted : sampling_state::denied;
    return detail::with_remote(base, parent.trace, parent.span, state);
  }
};
static_assert(propagator<xray>);

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/xray.hpp
//
// The propagator of AWS X-Ray, for what is called by way of AWS services or calls them.
