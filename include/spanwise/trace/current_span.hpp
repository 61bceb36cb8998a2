// Reaches the span that is current on this thread from any function, without handing it down.
#pragma once

#include <spanwise/trace/detached_span.hpp>

namespace spanwise::inline SPANWISE_ABI {

/// The span that is current on this thread, to add to it; each call does nothing if there is none or it is not recorded.
///
/// A passing view: use it within the expression that made it.
template <> class basic_current_span<on> : public span_calls<basic_current_span<on>> {
public:
  basic_current_span() noexcept {
    detail::context_stack* const stack = detail::this_stack();
    if (stack == nullptr) return;
    detail::context_entry const& entry = detail::current_entry(*stack);
    if (entry.tag != detail::version_tag) return;
    auto const kind = static_cast<detail::entry_owner>(entry.owner_kind);
    if (kind == detail::entry_owner::span) body_ = static_cast<detail::span_body*>(entry.owner);
    if (kind == detail::entry_owner::detached) shared_ = &static_cast<basic_activation<on>*>(entry.owner)->active();
  }

  [[nodiscard]] spanwise::context context() const noexcept { return current_context(); }
  [[nodiscard]] bool recording() const noexcept {
    if (body_ != nullptr) return body_->recording();
    if (shared_ == nullptr) return false;
    detail::byte_lock const held{shared_->lock};
    return shared_->body.recording();
  }

private:
  friend class span_calls<basic_current_span<on>>;

  template <class Change> void change(Change const& apply) const noexcept {
    if (body_ != nullptr) {
      if (body_->recording()) apply(*body_);
    } else if (shared_ != nullptr) {
      detail::byte_lock const held{shared_->lock};
      if (shared_->body.recording()) apply(shared_->body);
    }
  }

  detail::span_body* body_{};
  detail::shared_span* shared_{};
};

/// The span that is current on this thread: `spanwise::current_span().set("cart.items", n);`
template <class Mode = default_mode> [[nodiscard]] basic_current_span<Mode> current_span() noexcept { return {}; }

} // namespace spanwise::inline SPANWISE_ABI
