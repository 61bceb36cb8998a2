// What formats such as B3 say of a trace beyond "sampled or not": that nobody has decided yet, or that it is wanted for
// debugging. It stays in the context, beside the span, and belongs to one trace: a new root, or the context of another
// trace, has none of it.
#pragma once

#include <spanwise/context/context.hpp>

namespace spanwise::inline SPANWISE_ABI {

/// What the callers of a trace have decided about it (B3: Sampling State).
enum class sampling_state : std::uint8_t {
  denied,   ///< not to be recorded
  accepted, ///< to be recorded
  deferred, ///< whoever receives it decides
  debug     ///< accepted, and wanted whatever samplers downstream would say
};

namespace detail {

/// What a propagator read, with the ids it was read with: contexts hand their values on to spans of other traces.
struct sampling_note {
  spanwise::trace_id trace;
  spanwise::span_id span;
  sampling_state state;
};

SPANWISE_SHARED inline constexpr context_key<sampling_note> sampling_note_key{"sampling state"};

} // namespace detail

/// The sampling state of a context: `debug` for all of a trace that came as such, `deferred` for a caller's context
/// that came without a decision, otherwise what its flags say.
///
/// A sampler can ask it of `sampling_parameters::parent`; those of spanwise look at the flags alone.
[[nodiscard]] inline sampling_state sampling_state_of(context const& given) noexcept {
  span_context const& own = given.span();
  detail::sampling_note const* const note = given.get(detail::sampling_note_key);
  if (note != nullptr && note->trace == own.trace_id()) {
    if (note->state == sampling_state::debug) return sampling_state::debug;
    // A span below has decided.
    if (note->state == sampling_state::deferred && note->span == own.span_id()) return sampling_state::deferred;
  }
  return own.sampled() ? sampling_state::accepted : sampling_state::denied;
}

namespace detail {

/// `base` with the remote span that a format without trace state has named. If a format before it has named the same
/// span, what is only known from there stays: its trace state, and whether its trace id is random.
[[nodiscard]] inline context with_remote(context const& base, spanwise::trace_id const& trace,
                                         spanwise::span_id const& span, sampling_state state) noexcept {
  bool const sampled = state == sampling_state::accepted || state == sampling_state::debug;
  span_context const& before = base.span();
  bool const known = before.remote() && before.trace_id() == trace && before.span_id() == span;
  auto const random = static_cast<std::uint8_t>(known ? before.flags().value & trace_flags::random_bit : 0);
  trace_flags const flags{static_cast<std::uint8_t>(random | (sampled ? trace_flags::sampled_bit : 0))};
  context result = base.with(span_context{trace, span, flags, known ? before.state() : trace_state{}, true});
  // Also where `base` knows more of this trace than is true any longer.
  if (sampling_state_of(result) != state) return result.with(sampling_note_key, sampling_note{trace, span, state});
  return result;
}

/// Reads an id whose first digits may be missing, being zeros; false if it is not valid.
template <class Id> [[nodiscard]] bool read_padded_id(Id& out, std::string_view digits) noexcept {
  char padded[2 * Id::size];
  if (digits.empty() || digits.size() > sizeof padded) return false;
  std::memset(padded, '0', sizeof padded - digits.size());
  std::memcpy(padded + sizeof padded - digits.size(), digits.data(), digits.size());
  std::optional<Id> const read = Id::from_hex({padded, sizeof padded});
  if (!read) return false;
  out = *read;
  return out.valid();
}

} // namespace detail

} // namespace spanwise::inline SPANWISE_ABI
