// Holds finished spans until the part of their trace that ran in this process is complete, so that it can be shown
// whole: parents end last, so a span comes before its parent does. Bounds are its owner's to set.
#pragma once

#include <spanwise/core/ids.hpp>
#include <spanwise/core/record.hpp>
#include <spanwise/core/span_view.hpp>
#include <spanwise/detail/buffer.hpp>
#include <spanwise/detail/sequence.hpp>

#include <cstring>
#include <vector>

namespace spanwise::inline SPANWISE_ABI::detail {

/// A span that is held, and what it waits for.
struct held_span {
  trace_id trace{};
  span_id own{};
  span_id parent{};
  std::int64_t since_ns{};
  std::size_t offset{}; // of its bytes in the store
  std::uint32_t size{};
  std::uint16_t scope{};
  bool local_root{};
  bool late{};  // its parent was taken out before it came
  bool ready{}; // waits for nothing any more
};

/// One thread at a time. What allocates may throw std::bad_alloc, and has then changed nothing.
template <class = on_use> class held_spans {
public:
  /// Copies the span; `now_ns` tells how long it has been waiting. False if there is no memory for it.
  bool add(record const& finished, std::int64_t now_ns) {
    if (spans_.size() == spans_.capacity()) spans_.reserve(spans_.size() * 2 + 64);
    std::size_t const offset = bytes_.size();
    bytes_.append(finished.bytes());
    if (bytes_.failed()) {
      bytes_.recover();
      return false;
    }
    span_view const view{finished};
    held_span one;
    one.trace = view.trace_id();
    one.own = view.span_id();
    one.parent = view.parent_span_id();
    one.since_ns = now_ns;
    one.offset = offset;
    one.size = finished.size;
    one.scope = finished.scope;
    one.local_root = view.local_root();
    one.late = !one.local_root && was_taken(one.parent);
    one.ready = one.local_root || one.late;
    any_ready_ = any_ready_ || one.ready;
    live_bytes_ += one.size;
    spans_.push_back(one);
    return true;
  }

  [[nodiscard]] std::size_t size() const noexcept { return spans_.size(); }
  [[nodiscard]] std::size_t bytes() const noexcept { return live_bytes_; }
  /// True if take_ready() has something to give.
  [[nodiscard]] bool any_ready() const noexcept { return any_ready_; }

  /// Traces of which a span came before `before_ns` wait no longer.
  void expire(std::int64_t before_ns) {
    if (spans_.empty() || spans_.front().since_ns >= before_ns) return;
    std::vector<trace_id> traces;
    for (held_span const& each : spans_)
      if (each.since_ns < before_ns) traces.push_back(each.trace);
    sort_stably(traces, [](trace_id const& left, trace_id const& right) { return left < right; });
    for (held_span& each : spans_) {
      each.ready = each.ready || sorted_contains(traces, each.trace);
      any_ready_ = any_ready_ || each.ready;
    }
  }

  /// Calls `each(held_span, bytes)` for the local roots that have come and for all that is below them, in the order of
  /// arrival; these are then no longer held.
  template <class Function> void take_ready(Function&& each) {
    if (!any_ready_) return;
    mark_below_ready();
    for (held_span const& one : spans_)
      if (one.ready) each(one, bytes_.bytes().subspan(one.offset, one.size));
    forget_ready();
  }

  /// The same for all spans.
  template <class Function> void take_all(Function&& each) {
    for (held_span& one : spans_) one.ready = true;
    any_ready_ = !spans_.empty();
    take_ready(each);
  }

private:
  /// Of how many spans it is remembered that they were taken, to know a late child when it comes.
  static constexpr std::size_t remembered = 1024;

  [[nodiscard]] bool was_taken(span_id parent) const noexcept { return contains(taken_, parent); }

  void mark_below_ready() {
    std::vector<trace_id> traces;
    std::vector<std::size_t> todo;
    for (std::size_t at = 0; at < spans_.size(); ++at) {
      if (!spans_[at].ready) continue;
      traces.push_back(spans_[at].trace);
      todo.push_back(at);
    }
    sort_stably(traces, [](trace_id const& left, trace_id const& right) { return left < right; });
    std::vector<std::size_t> by_parent;
    for (std::size_t at = 0; at < spans_.size(); ++at)
      if (!spans_[at].ready && sorted_contains(traces, spans_[at].trace)) by_parent.push_back(at);
    sort_stably(by_parent,
                [this](std::size_t left, std::size_t right) { return spans_[left].parent < spans_[right].parent; });
    while (!todo.empty()) {
      held_span const& parent = spans_[todo.back()];
      todo.pop_back();
      std::size_t child = first_not(by_parent, [&](std::size_t at) { return spans_[at].parent < parent.own; });
      for (; child != by_parent.size() && spans_[by_parent[child]].parent == parent.own; ++child) {
        held_span& one = spans_[by_parent[child]];
        if (one.ready || one.trace != parent.trace) continue;
        one.ready = true;
        todo.push_back(by_parent[child]);
      }
    }
  }

  void forget_ready() {
    taken_.reserve(remembered);
    for (held_span const& one : spans_) {
      if (!one.ready) continue;
      live_bytes_ -= one.size;
      if (taken_.size() < remembered) taken_.push_back(one.own);
      else taken_[next_taken_++ % remembered] = one.own;
    }
    std::erase_if(spans_, [](held_span const& one) { return one.ready; });
    any_ready_ = false;
    if (live_bytes_ * 2 > bytes_.size()) return;
    std::size_t end = 0;
    for (held_span& one : spans_) {
      std::memmove(bytes_.data() + end, bytes_.data() + one.offset, one.size);
      one.offset = end;
      end += one.size;
    }
    bytes_.truncate(end);
  }

  buffer bytes_{};
  std::vector<held_span> spans_{};
  std::vector<span_id> taken_{};
  std::size_t next_taken_{};
  std::size_t live_bytes_{};
  bool any_ready_{};
};

} // namespace spanwise::inline SPANWISE_ABI::detail
