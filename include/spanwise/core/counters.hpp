// The accounts of tracing: every span that was started is found again in exactly one place.
// started = exported + rejected + failed + sampled out + record only + filtered + dropped + in flight, at rest.
#pragma once

#include <spanwise/detail/atomic.hpp>

namespace spanwise::inline SPANWISE_ABI {

/// Why a span that the sampler may have wanted was lost inside the process.
enum class drop_reason : std::uint8_t {
  queue_full,     ///< there was no room for it when it ended
  too_large,      ///< nor will there ever be
  trace_shed,     ///< hardly any room was left when its trace began here: those begun before were to stay whole
  after_shutdown, ///< it ended when nobody took spans any more
  forked,         ///< it was open when the process forked
  count
};

/// What became of the spans that reached one exporter; with a tee each branch has its own.
struct delivery_counts {
  std::uint64_t exported{};
  std::uint64_t rejected{}; ///< refused by a receiver that took the rest
  std::uint64_t failed{};   ///< could not be delivered
  std::uint64_t filtered{}; ///< taken out by a stage on the way

  friend constexpr bool operator==(delivery_counts const&, delivery_counts const&) noexcept = default;
  [[nodiscard]] constexpr std::uint64_t total() const noexcept { return exported + rejected + failed + filtered; }
};

/// The accounts of one pipeline up to now. While threads run the terms are read one after another; at rest they add up.
struct trace_counts {
  std::uint64_t started{};
  std::uint64_t sampled_out{};
  std::uint64_t record_only{};
  std::uint64_t dropped[static_cast<std::size_t>(drop_reason::count)]{};
  std::uint64_t settled{};   ///< handed over to the exporters, whose accounts tell what became of them
  std::int64_t in_flight{};  ///< still open, or finished and waiting

  [[nodiscard]] constexpr std::uint64_t dropped_total() const noexcept {
    std::uint64_t sum = 0;
    for (std::uint64_t const one : dropped) sum += one;
    return sum;
  }
  /// Holds exactly whenever no thread is inside a call.
  [[nodiscard]] constexpr bool balanced() const noexcept {
    return started == sampled_out + record_only + dropped_total() + settled + static_cast<std::uint64_t>(in_flight);
  }
};

namespace detail {

/// A thread's share of the accounts: written by that thread alone, read by any.
struct thread_counts {
  atomic<std::uint64_t> started{0};
  atomic<std::uint64_t> sampled_out{0};
  atomic<std::uint64_t> record_only{0};
  atomic<std::uint64_t> dropped[static_cast<std::size_t>(drop_reason::count)]{};
  atomic<std::int64_t> in_flight{0};

  void add_to(trace_counts& sum) const noexcept {
    sum.started += started.load(relaxed);
    sum.sampled_out += sampled_out.load(relaxed);
    sum.record_only += record_only.load(relaxed);
    for (std::size_t i = 0; i < static_cast<std::size_t>(drop_reason::count); ++i)
      sum.dropped[i] += dropped[i].load(relaxed);
    sum.in_flight += in_flight.load(relaxed);
  }
};

} // namespace detail

} // namespace spanwise::inline SPANWISE_ABI
