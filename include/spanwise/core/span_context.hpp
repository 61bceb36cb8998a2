// What identifies a span across processes: its ids, the flags and the state of its trace, and whether it came from
// elsewhere. 40 bytes, immutable; copying costs nothing beyond the bytes unless there is trace state.
#pragma once

#include <spanwise/core/ids.hpp>
#include <spanwise/core/trace_state.hpp>

namespace spanwise::inline SPANWISE_ABI {

namespace detail {
struct context_access;
}

/// The part of a span that travels: enough to continue its trace, nothing of what it measured.
class span_context {
public:
  /// No span: zero ids, no flags, no state, not remote.
  constexpr span_context() noexcept = default;

  span_context(spanwise::trace_id trace, spanwise::span_id own, trace_flags flags = {}, trace_state state = {},
               bool remote = false) noexcept
      : trace_{trace}, span_{own}, flags_{flags}, remote_{remote}, state_{std::move(state)} {}

  [[nodiscard]] constexpr spanwise::trace_id const& trace_id() const noexcept { return trace_; }
  [[nodiscard]] constexpr spanwise::span_id const& span_id() const noexcept { return span_; }
  [[nodiscard]] constexpr trace_flags flags() const noexcept { return flags_; }
  [[nodiscard]] constexpr bool sampled() const noexcept { return flags_.sampled(); }
  [[nodiscard]] trace_state const& state() const noexcept { return state_; }
  /// True if a propagator read it from a message of another process.
  [[nodiscard]] constexpr bool remote() const noexcept { return remote_; }
  /// True if both ids are; nothing else counts.
  [[nodiscard]] constexpr bool valid() const noexcept { return trace_.valid() && span_.valid(); }

  /// This context with another trace state; the span itself keeps its own.
  [[nodiscard]] span_context with_state(trace_state state) const noexcept {
    span_context changed{*this};
    changed.state_ = std::move(state);
    return changed;
  }

  /// Same ids, flags, state and remote mark.
  friend bool operator==(span_context const& left, span_context const& right) noexcept {
    return left.trace_ == right.trace_ && left.span_ == right.span_ && left.flags_ == right.flags_ &&
           left.remote_ == right.remote_ && left.state_ == right.state_;
  }

private:
  friend struct detail::context_access;

  spanwise::trace_id trace_;
  spanwise::span_id span_;
  trace_flags flags_;
  bool remote_{};
  std::uint8_t shed_by_{}; ///< which run of a pipeline had no memory for its trace, so that it records no child; 0: none
  trace_state state_;
};
static_assert(sizeof(void*) != 8 || sizeof(span_context) == 40);

} // namespace spanwise::inline SPANWISE_ABI
