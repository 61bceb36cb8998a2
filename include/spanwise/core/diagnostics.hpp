// The one channel for what goes wrong in the background or through misuse: sentences, rate-limited by cause.
// By default they go to stderr. Failures of set-up come here too; nothing in spanwise throws them.
#pragma once

#include <spanwise/detail/atomic.hpp>
#include <spanwise/detail/contain.hpp>

#include <time.h>

#include <cstdio>
#include <new>
#include <optional>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI {

enum class severity : std::uint8_t { error, warning, info, debug };

/// Receives each diagnostic sentence. May be called from any thread, also at the same time; what it throws is lost.
using diagnostic_handler = void (*)(severity level, std::string_view sentence, void* user);

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
  limit_reached,
  count
};

namespace detail {

/// A handler and what it is called with: one thing, so that no thread calls one with what belongs to another.
struct diagnostic_receiver {
  diagnostic_handler handle;
  void* user;
  diagnostic_receiver const* before{};
};

struct diagnostics_state {
  static constexpr std::size_t causes = 64;

  /// null: stderr
  atomic<diagnostic_receiver const*> receiver{};
  /// All that were ever set: other threads may still be calling a former one, so none is freed, but one is used again.
  atomic<diagnostic_receiver const*> kept{};
  /// How many severities are told beyond info, or fewer than up to it: zero at first, so that no file holds all this.
  atomic<std::int8_t> beyond_info{0};
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
///
/// A call that is under way on another thread may still reach the former handler, so let what `user` points to outlive
/// that. Each pair of the two takes a few bytes until the process ends; without memory for them nothing changes.
///
/// Who is new has been told nothing: each cause may speak again at once, to a handler that is set again too.
inline void set_diagnostic_handler(diagnostic_handler handler, void* user = nullptr) noexcept {
  auto& all = detail::diagnostics;
  detail::diagnostic_receiver const* wanted = nullptr;
  if (handler != nullptr) {
    wanted = all.kept.load(detail::acquire);
    while (wanted != nullptr && (wanted->handle != handler || wanted->user != user)) wanted = wanted->before;
  }
  if (handler != nullptr && wanted == nullptr) {
    auto* const made = new (std::nothrow) detail::diagnostic_receiver{handler, user};
    if (made == nullptr) return;
    made->before = all.kept.load(detail::relaxed);
    wanted = made;
    while (!all.kept.compare_exchange(made->before, wanted, detail::release, detail::relaxed)) {}
  }
  all.receiver.store(wanted, detail::release);
  for (auto& last : all.last_told_ns) last.store(0, detail::relaxed);
}

/// Tells diagnostics up to this severity, by default info; std::nullopt for none at all. Safe at any time, from any
/// thread.
inline void set_diagnostic_level(std::optional<severity> most_verbose) noexcept {
  int const last = most_verbose ? static_cast<int>(*most_verbose) : -1;
  detail::diagnostics.beyond_info.store(static_cast<std::int8_t>(last - static_cast<int>(severity::info)), detail::relaxed);
}

namespace detail {

/// As report(); false if the sentence was not told.
SPANWISE_COLD bool try_report(severity level, std::string_view cause, std::string_view sentence) noexcept {
  int const last = static_cast<int>(severity::info) + diagnostics.beyond_info.load(relaxed);
  if (static_cast<int>(level) > last || !due(cause)) return false;
  if (diagnostic_receiver const* const to = diagnostics.receiver.load(acquire))
    static_cast<void>(contain([&] { to->handle(level, sentence, to->user); }));
  else std::fprintf(stderr, "spanwise: %.*s\n", static_cast<int>(sentence.size()), sentence.data());
  return true;
}

} // namespace detail

/// Tells one sentence, at most once a minute for one `cause` (a short literal that names it). Never throws.
inline void report(severity level, std::string_view cause, std::string_view sentence) noexcept {
  static_cast<void>(detail::try_report(level, cause, sentence));
}

} // namespace spanwise::inline SPANWISE_ABI
