// Time for spans: a steady tick is read when a span starts and when it ends, and both are turned into wall time with
// what was known at the start. So a step of the wall clock never bends a duration.
// The tick is the processor's time-stamp counter where that is known to be steady, CLOCK_MONOTONIC elsewhere.
#pragma once

#include <spanwise/core/time.hpp>
#include <spanwise/detail/atomic.hpp>

#include <cstdio>
#include <cstring>
#include <time.h>

#if (defined(__x86_64__) || defined(_M_X64)) && !defined(SPANWISE_PORTABLE)
#if defined(_MSC_VER)
#include <intrin.h>
#else
#include <cpuid.h>
#endif
#endif

namespace spanwise::inline SPANWISE_ABI {

/// Which tick spans are timed with. `automatic` takes the time-stamp counter where CPU and kernel call it steady.
enum class clock_source : std::uint8_t { automatic, tsc, monotonic };

namespace detail {

/// How a tick becomes wall time: `wall = base_wall + (tick - base_tick) * rate / 2^32`, where the rate is less
/// than 2^63. A zero rate: the tick is monotonic ns.
struct clock_anchor {
  std::int64_t base_tick{};
  std::int64_t base_wall{};
  std::uint64_t rate{};
};

inline std::int64_t nanoseconds(clockid_t which) noexcept {
  timespec now{};
  clock_gettime(which, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

SPANWISE_INLINE std::int64_t read_tsc() noexcept {
#if defined(SPANWISE_PORTABLE)
  return nanoseconds(CLOCK_MONOTONIC);
#elif defined(__x86_64__)
  return static_cast<std::int64_t>(__builtin_ia32_rdtsc());
#elif defined(_M_X64)
  return static_cast<std::int64_t>(__rdtsc());
#else
  return nanoseconds(CLOCK_MONOTONIC);
#endif
}

/// A moment as a span keeps it: the tick, the wall time it stood for, and the rate with which its end is converted.
struct clock_reading {
  std::int64_t tick;
  std::int64_t wall;
  std::uint64_t rate;
};

/// Nanoseconds; negative where ticks ran backwards, as between two processors.
SPANWISE_INLINE std::int64_t scale(std::int64_t ticks, std::uint64_t rate) noexcept {
#if defined(__SIZEOF_INT128__) && !defined(SPANWISE_PORTABLE)
  __extension__ using wide = __int128;
  return static_cast<std::int64_t>((static_cast<wide>(ticks) * static_cast<std::int64_t>(rate)) >> 32);
#else
  return static_cast<std::int64_t>(static_cast<double>(ticks) * (static_cast<double>(rate) / 4294967296.0));
#endif
}

/// The process's clock. Readers never wait; the one that calibrates publishes new anchors behind a sequence number.
class span_clock {
public:
  constexpr span_clock() noexcept = default;

  [[nodiscard]] SPANWISE_INLINE clock_reading now() const noexcept {
    for (int tries = 0; tries < 32; ++tries) {
      std::uint32_t const before = sequence_.load(acquire);
      clock_anchor const anchor{base_tick_.load(relaxed), base_wall_.load(relaxed), rate_.load(relaxed)};
      fence(acquire);
      if ((before & 1) != 0 || sequence_.load(relaxed) != before) [[unlikely]]
        continue;
      if (anchor.rate != 0) {
        std::int64_t const tick = read_tsc();
        return {tick, anchor.base_wall + scale(tick - anchor.base_tick, anchor.rate), anchor.rate};
      }
      std::int64_t const tick = nanoseconds(CLOCK_MONOTONIC);
      return {tick, anchor.base_wall + (tick - anchor.base_tick), 0};
    }
    return {nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_REALTIME), 0}; // whoever publishes was held up
  }

  /// Wall time at the end of what began with `start`; never before it.
  [[nodiscard]] SPANWISE_INLINE static std::int64_t later(clock_reading const& start) noexcept {
    std::int64_t const passed = start.rate != 0 ? scale(read_tsc() - start.tick, start.rate)
                                                : nanoseconds(CLOCK_MONOTONIC) - start.tick;
    return start.wall + (passed > 0 ? passed : 0);
  }

  /// Takes up `source` and sets the first anchor. Called when a pipeline starts; TSC needs `calibrate` later.
  SPANWISE_SMALL void open(clock_source source) noexcept {
    bool const wanted = source == clock_source::tsc || (source == clock_source::automatic && tsc_is_steady());
    wants_tsc_.store(wanted && has_tsc(), relaxed);
    calibrate(); // also if there is an anchor: that of a pipeline that ran before may be old
    // Another thread may be setting the first anchor just now, or have been lost while it did.
    for (int waits = 0; sequence_.load(acquire) < 2; ++waits) {
      timespec const a_moment{0, 100'000};
      nanosleep(&a_moment, nullptr);
      if (waits == 1000) calibrating_.store(false, relaxed);
      calibrate();
    }
  }

  /// Sets a fresh anchor, with the rate measured since the first one; call it about once a second. While another thread
  /// does it does nothing.
  ///
  /// The longer the clock runs, the better the rate: 20 ms give about 1e-5, a second 1e-7. Until then spans use monotonic.
  SPANWISE_SMALL void calibrate() noexcept {
    if (calibrating_.exchange(true, acquire)) return;
    set_anchor();
    calibrating_.store(false, release);
  }

  /// In the child of a fork: whoever was publishing an anchor there is gone.
  void forget_publisher() noexcept {
    std::uint32_t const before = sequence_.load(relaxed);
    if ((before & 1) != 0) sequence_.store(before + 1, relaxed);
    if (!calibrating_.exchange(false, relaxed)) return;
    first_tick_ = 0; // it may be half of a pair
    calibrate();
  }

  [[nodiscard]] bool ticks_tsc() const noexcept { return rate_.load(relaxed) != 0; }

private:
  struct sample {
    std::int64_t tick_at_monotonic, monotonic;
    std::int64_t tick_at_wall, wall;
  };

  SPANWISE_SMALL void set_anchor() noexcept {
    if (!wants_tsc_.load(relaxed)) return publish_monotonic();
    sample const here = take_sample();
    if (first_tick_ == 0) begin_anew(here);
    double const rate = rate_since(first_monotonic_, first_tick_, here);
    double const lately = rate_since(last_monotonic_, last_tick_, here);
    // While a machine sleeps the counter may go on, or begin anew; CLOCK_MONOTONIC stands still.
    if (rate < 0 || (lately != 0 && (lately < rate * 0.999 || lately > rate * 1.001))) {
      begin_anew(here);
      return publish_monotonic();
    }
    if (rate == 0) return publish_monotonic();
    if (lately != 0) {
      last_monotonic_ = here.monotonic;
      last_tick_ = here.tick_at_monotonic;
    }
    publish({here.tick_at_wall, here.wall, static_cast<std::uint64_t>(rate * 4294967296.0 + 0.5)});
  }

  /// Both clocks beside the counter, from the attempt that was interrupted least.
  SPANWISE_SMALL static sample take_sample() noexcept {
    sample best{};
    std::int64_t narrowest = INT64_MAX;
    for (int attempt = 0; attempt < 8; ++attempt) {
      std::int64_t const first = read_tsc();
      std::int64_t const monotonic = nanoseconds(CLOCK_MONOTONIC);
      std::int64_t const second = read_tsc();
      std::int64_t const wall = nanoseconds(CLOCK_REALTIME);
      std::int64_t const third = read_tsc();
      if (third - first >= narrowest) continue;
      narrowest = third - first;
      best = {first + (second - first) / 2, monotonic, second + (third - second) / 2, wall};
    }
    return best;
  }

  /// Nanoseconds a tick; 0 if that was too short a time ago to tell, negative if the counter ran backwards.
  static double rate_since(std::int64_t monotonic, std::int64_t tick, sample const& here) noexcept {
    std::int64_t const passed = here.monotonic - monotonic;
    std::int64_t const ticks = here.tick_at_monotonic - tick;
    if (passed < 20'000'000) return 0;
    return ticks > 0 ? static_cast<double>(passed) / static_cast<double>(ticks) : -1;
  }

  SPANWISE_SMALL void begin_anew(sample const& here) noexcept {
    first_monotonic_ = here.monotonic;
    first_tick_ = here.tick_at_monotonic;
    last_monotonic_ = here.monotonic;
    last_tick_ = here.tick_at_monotonic;
  }

  SPANWISE_SMALL void publish_monotonic() noexcept {
    clock_anchor best{};
    std::int64_t narrowest = INT64_MAX;
    for (int attempt = 0; attempt < 4; ++attempt) {
      std::int64_t const before = nanoseconds(CLOCK_MONOTONIC);
      std::int64_t const wall = nanoseconds(CLOCK_REALTIME);
      std::int64_t const width = nanoseconds(CLOCK_MONOTONIC) - before;
      if (width >= narrowest) continue;
      narrowest = width;
      best = {before + width / 2, wall, 0};
    }
    publish(best);
  }

  SPANWISE_SMALL void publish(clock_anchor const& anchor) noexcept {
    std::uint32_t const before = sequence_.load(relaxed);
    sequence_.store(before + 1, relaxed);
    fence(release);
    base_tick_.store(anchor.base_tick, relaxed);
    base_wall_.store(anchor.base_wall, relaxed);
    rate_.store(anchor.rate, relaxed);
    sequence_.store(before + 2, release);
  }

  static bool has_tsc() noexcept {
#if (defined(__x86_64__) || defined(_M_X64)) && !defined(SPANWISE_PORTABLE)
    return true;
#else
    return false;
#endif
  }

  /// CPUID promises a rate that never changes, and the kernel, which checks across processors, uses the counter itself.
  SPANWISE_SMALL static bool tsc_is_steady() noexcept {
#if (defined(__x86_64__) || defined(_M_X64)) && !defined(_MSC_VER) && !defined(SPANWISE_PORTABLE)
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;
    if (__get_cpuid(0x8000'0007, &a, &b, &c, &d) == 0 || (d & (1U << 8)) == 0) return false;
    std::FILE* const file = std::fopen("/sys/devices/system/clocksource/clocksource0/current_clocksource", "re");
    if (file == nullptr) return false;
    char name[8]{};
    std::size_t const size = std::fread(name, 1, sizeof name, file);
    std::fclose(file);
    return size >= 4 && std::memcmp(name, "tsc\n", 4) == 0;
#else
    return false;
#endif
  }

  alignas(64) atomic<std::uint32_t> sequence_{0};
  atomic<std::int64_t> base_tick_{0};
  atomic<std::int64_t> base_wall_{0};
  atomic<std::uint64_t> rate_{0};
  atomic<bool> wants_tsc_{false};
  atomic<bool> calibrating_{false}; ///< by one thread at a time; what follows is read by that one alone
  std::int64_t first_monotonic_{};
  std::int64_t first_tick_{};
  std::int64_t last_monotonic_{};
  std::int64_t last_tick_{};
};

SPANWISE_SHARED inline constinit span_clock process_clock{};

} // namespace detail

} // namespace spanwise::inline SPANWISE_ABI
