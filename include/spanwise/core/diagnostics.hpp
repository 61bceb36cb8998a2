// The one channel for what goes wrong in the background or through misuse: sentences, rate-limited by cause.
// By default they go to stderr. Failures of set-up come here too; nothing in spanwise throws them.
#pragma once

#include <spanwise/detail/atomic.hpp>

#include <time.h>

#include <cstdio>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI {

enum class severity : std::uint8_t { error, warning, info, debug };

/// Receives each diagnostic sentence. May be called from any thread, also at the same time; must not throw.
using diagnostic_handler = void (*)(severity level, std::string_view sentence, void* user) noexcept;

/// What business code can do wrong. The front half only counts these; the back half puts them into words.
enum class misuse : std::uint8_t {
  ended_on_another_thread,
  ended_out_of_order,
  detached_on_another_thread,
  nested_too_deep,
  bad_any_key,
  bad_trace_state,
  span_memory_full,
  used_by_two_threads,
  too_many_scopes,
  count
};

namespace detail {

struct diagnostics_state {
  static constexpr std::size_t causes = 64;

  atomic<diagnostic_handler> handler{};
  atomic<void*> user{};
  atomic<std::uint32_t> misuses[static_cast<std::size_t>(misuse::count)]{};
  atomic<std::uint64_t> cause[causes]{};
  atomic<std::int64_t> last_told_ns[causes]{};
};

SPANWISE_SHARED inline constinit diagnostics_state diagnostics{};

inline std::int64_t steady_ns() noexcept {
  timespec now{};
#if defined(__APPLE__)
  clock_gettime(CLOCK_MONOTONIC_RAW, &now); // which std::chrono::steady_clock is there
#else
  clock_gettime(CLOCK_MONOTONIC, &now);
#endif
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

/// True if a sentence of this cause is due: the first, or the last one is a minute old.
SPANWISE_COLD bool due(std::string_view cause) noexcept {
  std::uint64_t hash = 14695981039346656037ULL;
  for (char const letter : cause) hash = (hash ^ static_cast<unsigned char>(letter)) * 1099511628211ULL;
  hash |= 1;
  std::int64_t const now = steady_ns();
  for (std::size_t probe = 0; probe < diagnostics_state::causes; ++probe) {
    std::size_t const slot = (hash + probe) % diagnostics_state::causes;
    std::uint64_t seen = diagnostics.cause[slot].load(acquire);
    if (seen == 0 && diagnostics.cause[slot].compare_exchange(seen, hash, acq_rel, acquire)) seen = hash;
    if (seen != hash) continue;
    std::int64_t last = diagnostics.last_told_ns[slot].load(relaxed);
    bool const fresh = last == 0 || now - last >= 60'000'000'000;
    return fresh && diagnostics.last_told_ns[slot].compare_exchange(last, now, relaxed, relaxed);
  }
  return false;
}

SPANWISE_INLINE void count_misuse(misuse what) noexcept {
  diagnostics.misuses[static_cast<std::size_t>(what)].fetch_add(1, relaxed);
}

} // namespace detail

/// Sends diagnostics to `handler` instead of stderr; nullptr restores stderr. Safe at any time, from any thread.
inline void set_diagnostic_handler(diagnostic_handler handler, void* user = nullptr) noexcept {
  detail::diagnostics.user.store(user, detail::relaxed);
  detail::diagnostics.handler.store(handler, detail::release);
}

namespace detail {

inline constexpr severity most_verbose = severity::info;

/// As report(); false if the sentence was not told.
SPANWISE_COLD bool try_report(severity level, std::string_view cause, std::string_view sentence) noexcept {
  if (level > most_verbose || !due(cause)) return false;
  if (diagnostic_handler const handler = diagnostics.handler.load(acquire))
    handler(level, sentence, diagnostics.user.load(relaxed));
  else std::fprintf(stderr, "spanwise: %.*s\n", static_cast<int>(sentence.size()), sentence.data());
  return true;
}

} // namespace detail

/// Tells one sentence, at most once a minute for one `cause` (a short literal that names it). Never throws.
inline void report(severity level, std::string_view cause, std::string_view sentence) noexcept {
  static_cast<void>(detail::try_report(level, cause, sentence));
}

} // namespace spanwise::inline SPANWISE_ABI
