// A context: what travels along with a piece of work - the span it belongs to, baggage, and values of your own.
// An immutable value; one is current on each thread. Attaching another and binding a function to one are the ways to
// carry it over to other threads.
#pragma once

#include <spanwise/context/context_stack.hpp>
#include <spanwise/context/slots.hpp>
#include <spanwise/core/baggage.hpp>
#include <spanwise/core/span_context.hpp>

#include <concepts>
#include <utility>

namespace spanwise::inline SPANWISE_ABI {

struct span_options;

namespace detail {
struct context_access;
}

/// Span context, baggage and user values; cheap to copy, safe to share between threads.
class context {
public:
  /// The empty context: no span, no baggage, no values.
  constexpr context() noexcept = default;
  context(span_context own, spanwise::baggage entries = {}) noexcept
      : span_{std::move(own)}, baggage_{std::move(entries)} {}

  [[nodiscard]] span_context const& span() const& noexcept { return span_; }
  [[nodiscard]] span_context span() && noexcept { return std::move(span_); }
  [[nodiscard]] spanwise::baggage const& baggage() const& noexcept { return baggage_; }
  [[nodiscard]] spanwise::baggage baggage() && noexcept { return std::move(baggage_); }
  /// The value under a key, or nullptr. It lives as long as a context that has it.
  template <class Value> [[nodiscard]] Value const* get(context_key<Value> const& key) const noexcept {
    return slots_.find(key);
  }

  /// This context with another span, other baggage, or one more value.
  [[nodiscard]] context with(span_context own) const noexcept {
    context changed{*this};
    changed.span_ = std::move(own);
    return changed;
  }
  [[nodiscard]] context with(spanwise::baggage entries) const noexcept {
    context changed{*this};
    changed.baggage_ = std::move(entries);
    return changed;
  }
  template <class Value> [[nodiscard]] context with(context_key<Value> const& key, Value value) const {
    context changed{*this};
    changed.slots_ = slots_.with(key, std::move(value));
    return changed;
  }

  /// Refused: a context given to a span bare would not say that it is the parent.
  template <std::same_as<span_options> Options> operator Options() const noexcept {
    static_assert(sizeof(Options) == 0, "spanwise: a context is given to a span as its parent: "
                                        "span{\"name\", {.parent = context}}");
    return {};
  }

private:
  friend struct detail::context_access;

  span_context span_;
  spanwise::baggage baggage_;
  detail::slots slots_;
};

namespace detail {

/// Moves contexts between their two forms: the value, and the entry of a thread's stack.
struct context_access {
  [[nodiscard]] static context read(context_entry const& from) noexcept {
    context result;
    bool const ours = from.tag == version_tag;
    result.span_ = span_context{trace_id::from_bytes(std::span<std::uint8_t const, 16>{from.trace_id}),
                                span_id::from_bytes(std::span<std::uint8_t const, 8>{from.span_id}),
                                trace_flags{from.flags}, ours ? trace_state::share(from.trace_state) : trace_state{},
                                from.remote != 0};
    result.span_.shed_by_ = shed_by(from);
    if (ours) {
      result.baggage_ = spanwise::baggage::share(from.baggage);
      result.slots_ = slots::share(from.slots);
    }
    return result;
  }

  static void write(context_entry& to, context const& from) noexcept {
    std::memcpy(to.trace_id, from.span_.trace_id().bytes().data(), sizeof to.trace_id);
    std::memcpy(to.span_id, from.span_.span_id().bytes().data(), sizeof to.span_id);
    to.flags = from.span_.flags().value;
    to.remote = from.span_.remote() ? 1 : 0;
    to.tag = version_tag;
    to.trace_state = trace_state{from.span_.state()}.release();
    to.baggage = spanwise::baggage{from.baggage_}.release();
    to.slots = slots{from.slots_}.release();
    bool const shares = to.trace_state != nullptr || to.baggage != nullptr || to.slots != nullptr;
    bool const plain = from.span_.valid() && to.remote == 0 && !shares;
    to.nature = static_cast<unsigned char>(plain ? entry_nature::plain : entry_nature::any);
    if (from.span_.shed_by_ != 0) mark_shed(to, from.span_.shed_by_);
  }

  [[nodiscard]] static void* slots_of(context const& from) noexcept { return from.slots_.raw(); }
  [[nodiscard]] static bool empty(context const& given) noexcept {
    return !given.span_.valid() && given.baggage_.empty() && given.slots_.empty();
  }
};

} // namespace detail

/// The context that is current on this thread; the empty one if none is.
[[nodiscard]] inline context current_context() noexcept {
  detail::context_stack* const stack = detail::this_stack();
  return stack == nullptr ? context{} : detail::context_access::read(detail::current_entry(*stack));
}

/// Keeps a context current on this thread until it goes out of scope; what was current before is current again then.
///
/// Costs a few nanoseconds, allocates nothing. Made and destroyed on one thread, in turn; anything else is told in a
/// diagnostic and repaired.
class attached {
public:
  [[nodiscard]] explicit attached(context const& entered) noexcept : stack_{detail::this_stack()} {
    if (stack_ != nullptr) entry_ = detail::push_entry(*stack_);
    if (entry_ == nullptr) return;
    detail::context_access::write(*entry_, entered);
    entry_->owner_kind = static_cast<unsigned char>(detail::entry_owner::attached);
    detail::store_plain(entry_->owner, static_cast<void*>(this), detail::relaxed);
  }
  attached(attached const&) = delete;
  attached& operator=(attached const&) = delete;
  ~attached() {
    if (entry_ != nullptr) detail::remove_entry(stack_, entry_, this, misuse::detached_on_another_thread);
  }

private:
  detail::context_stack* stack_;
  detail::context_entry* entry_{};
};

/// Makes a context current on this thread for the life of the returned guard.
[[nodiscard]] inline attached attach(context const& entered) noexcept { return attached{entered}; }

} // namespace spanwise::inline SPANWISE_ABI
