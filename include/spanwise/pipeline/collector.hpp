// Gathers finished spans from the chunks of all threads, without ever making one of them wait, and gives the memory
// back once they are dealt with. Also takes chunks away from threads that have gone quiet, and forgets threads that
// ended.
#pragma once

#include <spanwise/core/diagnostics.hpp>
#include <spanwise/core/duration.hpp>
#include <spanwise/core/heavy_fence.hpp>
#include <spanwise/core/provider_core.hpp>
#include <spanwise/core/record_head.hpp>

#include <sched.h>

#include <span>
#include <utility>
#include <vector>

namespace spanwise::inline SPANWISE_ABI::detail {

/// The reading side of one provider_core. One thread at a time.
class collector {
public:
  /// With memory for `room` spans in one batch from the beginning; it takes more when it needs more.
  collector(provider_core& core, std::size_t room) : core_{core} { gathered_.reserve(room); }
  collector(collector const&) = delete;
  collector& operator=(collector const&) = delete;

  /// The spans gathered and not yet settled, after looking for more, up to `most` in all. Views into the chunks. Where
  /// there is no memory for so many it throws, and what it has gathered by then stays.
  std::span<record> gather(std::size_t most) {
    producer* const first = core_.producers.load(acquire);
    producer* const start = turn_ != nullptr ? turn_ : first;
    for (producer* at = start; at != nullptr && gathered_.size() < most; at = at->next) gather_from(*at, most);
    for (producer* at = first; at != start && at != nullptr && gathered_.size() < most; at = at->next)
      gather_from(*at, most);
    return gathered_;
  }

  /// All gathered spans are dealt with: their memory is free again, and they leave the account of those in flight.
  void settle() noexcept {
    auto const count = static_cast<std::int64_t>(gathered_.size());
    if (core_.most_spans != 0) core_.queued.fetch_sub(count, relaxed);
    add_own<std::uint64_t>(settled_, static_cast<std::uint64_t>(count));
    add_own<std::int64_t>(in_flight_, -count);
    gathered_.clear();
    for (producer* at = core_.producers.load(acquire); at != nullptr; at = at->next)
      if (at->touched) {
        at->touched = false;
        free_read(*at);
      }
  }

  /// Spans gathered and not yet settled.
  [[nodiscard]] std::span<record> gathered() noexcept { return gathered_; }
  [[nodiscard]] std::size_t waiting() const noexcept { return gathered_.size(); }

  /// Housekeeping: memory ahead, quiet threads' chunks, threads that ended. What is gathered stays where it is.
  SPANWISE_SMALL void maintain() noexcept {
    core_.pool.populate_ahead();
    bool const pressed = core_.pool.pressed();
    std::int64_t const now = steady_ns();
    bool asked = false;
    for (producer* at = core_.producers.load(acquire); at != nullptr; at = at->next) {
      if (at->reclaiming || at->touched || at->reading == nullptr || !drained(*at)) continue;
      if (at->quiet_since == 0) at->quiet_since = now;
      if (!pressed && now - at->quiet_since < quiet_time) continue;
      gate_state open = gate_state::open;
      asked |= at->reclaiming = at->gate.compare_exchange(open, gate_state::reclaimed, seq_cst, relaxed);
    }
    if (asked) heavy_fence();
    for (producer* at = core_.producers.load(acquire); at != nullptr; at = at->next)
      if (at->reclaiming && !at->touched && at->busy.load(acquire) == 0 && drained(*at)) take_chunk_away(*at);
    forget_ended_threads();
  }

  /// Lets no further span in, and waits until no thread is inside; those that take longer than `until` are left alone.
  ///
  /// False if one was: then the memory must not be used for another pipeline.
  SPANWISE_SMALL bool close(deadline until) noexcept {
    for (producer* at = core_.producers.load(seq_cst); at != nullptr; at = at->next)
      at->gate.store(gate_state::closed, seq_cst);
    heavy_fence();
    for (producer* at = core_.producers.load(acquire); at != nullptr; at = at->next)
      while (at->busy.load(acquire) != 0 || at->visits.load(acquire) != 0) {
        if (deadline::now() >= until) return false;
        sched_yield();
      }
    return true;
  }

  /// Lets go of all threads' producers; the pipeline is over.
  SPANWISE_SMALL void let_go() noexcept {
    turn_ = nullptr;
    producer* at = core_.producers.exchange(nullptr, acq_rel);
    while (at != nullptr) {
      producer* const next = at->next;
      if (at->abandoned.exchange(true, acq_rel)) delete at;
      at = next;
    }
  }

  /// The accounts up to now. Not at the same time as maintain() or let_go().
  [[nodiscard]] SPANWISE_SMALL trace_counts counts() const noexcept {
    trace_counts sum = ended_threads_;
    for (producer* at = core_.producers.load(acquire); at != nullptr; at = at->next) at->counts.add_to(sum);
    sum.settled += settled_.load(relaxed);
    sum.in_flight += in_flight_.load(relaxed);
    std::uint64_t const late = core_.late.load(relaxed);
    sum.dropped[static_cast<std::size_t>(drop_reason::after_shutdown)] += late;
    sum.in_flight -= static_cast<std::int64_t>(late);
    return sum;
  }

private:
  static constexpr std::int64_t quiet_time = 1'000'000'000;

  void gather_from(producer& from, std::size_t most) {
    // The owner has begun a new chunk: nothing more comes into the one that is being taken away.
    if (from.reclaiming && !from.touched && from.head.load(acquire) != 0 && drained(from)) take_chunk_away(from);
    if (from.reading == nullptr) {
      if (from.head.load(relaxed) == 0) return;
      std::uint32_t const head = from.head.exchange(0, acquire);
      from.reading = from.scanning = core_.pool.at(head);
      from.scanned = 0;
    }
    for (;;) {
      // `next` first: once it is set, `committed` does not change any more.
      std::uint32_t const next = from.scanning->next.load(acquire);
      std::uint32_t const committed = from.scanning->committed.load(acquire);
      unsigned char* const data = from.scanning->data();
      while (from.scanned < committed && gathered_.size() < most) {
        auto const head = load<record_header>(data + from.scanned);
        std::uint32_t const message = from.scanned + head_at::message;
        gathered_.push_back(
            {reinterpret_cast<std::byte const*>(data + message), head.message_size, head.scope, head.flags});
        from.scanned = message + head.message_size;
        from.touched = true;
        from.quiet_since = 0;
      }
      if (from.scanned < committed) {
        turn_ = from.next; // the batch is full: the next one begins with another thread
        return;
      }
      if (next == 0) {
        turn_ = nullptr;
        return;
      }
      from.scanning = core_.pool.at(next);
      from.scanned = 0;
      from.touched = true;
    }
  }

  /// Gives back the chunks that are read to their end; of the last one notes how far it is read.
  void free_read(producer& of) noexcept {
    while (of.reading != of.scanning) {
      chunk* const done = of.reading;
      of.reading = core_.pool.at(done->next.load(relaxed));
      core_.pool.give_back(done);
    }
    of.scanning->read.store(of.scanned, release);
  }

  [[nodiscard]] static bool drained(producer const& of) noexcept {
    return of.reading == nullptr || (of.reading == of.scanning && of.scanning->next.load(acquire) == 0 &&
                                     of.scanning->committed.load(acquire) == of.scanned);
  }

  SPANWISE_SMALL void take_chunk_away(producer& from) noexcept {
    // The owner may have noticed already and begun a new chunk, which waits as `head`.
    core_.pool.give_back(std::exchange(from.reading, nullptr));
    from.scanning = nullptr;
    from.scanned = 0;
    from.reclaiming = false;
  }

  SPANWISE_SMALL void forget_ended_threads() noexcept {
    producer* before = nullptr;
    for (producer* at = core_.producers.load(acquire); at != nullptr;) {
      producer* const next = at->next;
      // A `head` is a chunk that was not looked into yet: the first, or one begun while the one before is taken away.
      bool const over = at->abandoned.load(acquire) && at->head.load(acquire) == 0;
      if (over && !at->touched && drained(*at) && unlink(before, at)) {
        at->counts.add_to(ended_threads_);
        if (at->reading != nullptr) core_.pool.give_back(at->reading);
        if (turn_ == at) turn_ = nullptr;
        delete at;
      } else {
        before = at;
      }
      at = next;
    }
  }

  /// Threads only ever add at the head, so all but the head is ours to change.
  SPANWISE_SMALL bool unlink(producer* before, producer* gone) noexcept {
    if (before != nullptr) {
      before->next = gone->next;
      return true;
    }
    producer* expected = gone;
    return core_.producers.compare_exchange(expected, gone->next, acq_rel, relaxed);
  }

  provider_core& core_;
  std::vector<record> gathered_;
  producer* turn_{};
  trace_counts ended_threads_{};
  atomic<std::uint64_t> settled_{0};
  atomic<std::int64_t> in_flight_{0};
};

} // namespace spanwise::inline SPANWISE_ABI::detail
