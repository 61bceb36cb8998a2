#include <spanwise/core/clock.hpp>

#include "catch.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

using spanwise::clock_source;
using spanwise::detail::clock_reading;
using spanwise::detail::span_clock;

namespace {

/// How far a clock is from CLOCK_REALTIME: the least of some attempts, because a thread may be held up in one.
std::int64_t error_of(span_clock const& clock) {
  std::int64_t least = INT64_MAX;
  for (int attempt = 0; attempt < 20; ++attempt) {
    std::int64_t const before = spanwise::detail::nanoseconds(CLOCK_REALTIME);
    std::int64_t const wall = clock.now().wall;
    std::int64_t const after = spanwise::detail::nanoseconds(CLOCK_REALTIME);
    least = std::min(least, std::max(std::max(before - wall, wall - after), std::int64_t{0}));
  }
  return least;
}

constexpr std::int64_t millisecond = 1'000'000;

void a_moment() { std::this_thread::sleep_for(std::chrono::milliseconds{30}); }

} // namespace

TEST_CASE("monotonic: wall time within a millisecond, from the first moment on") {
  span_clock clock;
  clock.open(clock_source::monotonic);
  CHECK(!clock.ticks_tsc());
  CHECK(error_of(clock) < millisecond);
  a_moment();
  clock.calibrate();
  CHECK(!clock.ticks_tsc());
  CHECK(error_of(clock) < millisecond);
}

TEST_CASE("time-stamp counter: monotonic until it is calibrated, within a millisecond before and after") {
  span_clock clock;
  clock.open(clock_source::tsc);
  CHECK(!clock.ticks_tsc());
  CHECK(error_of(clock) < millisecond);
  clock.calibrate();
  CHECK(!clock.ticks_tsc());
  for (int i = 0; i < 5; ++i) {
    a_moment();
    clock.calibrate();
    CHECK(error_of(clock) < millisecond);
  }
#if defined(__x86_64__) && !defined(SPANWISE_PORTABLE)
  CHECK(clock.ticks_tsc());
#else
  CHECK(!clock.ticks_tsc());
#endif
  std::this_thread::sleep_for(std::chrono::milliseconds{200});
  CHECK(error_of(clock) < millisecond);
}

TEST_CASE("what began with one tick ends with it, whatever is taken up meanwhile") {
  span_clock clock;
  clock.open(clock_source::monotonic);
  clock_reading const start = clock.now();
  clock.open(clock_source::tsc);
  a_moment();
  clock.calibrate();
  std::int64_t const passed = span_clock::later(start) - start.wall;
  CHECK(passed >= 30 * millisecond);
  CHECK(passed < 5000 * millisecond);
  clock_reading const by_counter = clock.now();
  clock.open(clock_source::monotonic);
  a_moment();
  std::int64_t const then = span_clock::later(by_counter) - by_counter.wall;
  CHECK(then >= 29 * millisecond);
  CHECK(then < 5000 * millisecond);
}

TEST_CASE("taken up again after a while, it tells the right time at once") {
  span_clock clock;
  clock.open(clock_source::tsc);
  a_moment();
  clock.calibrate();
  a_moment();
  clock.open(clock_source::tsc);
  CHECK(error_of(clock) < millisecond);
  clock.open(clock_source::automatic);
  CHECK(error_of(clock) < millisecond);
}

TEST_CASE("durations are never negative and those of a pause are as long as it") {
  for (clock_source const source : {clock_source::monotonic, clock_source::tsc, clock_source::automatic}) {
    span_clock clock;
    clock.open(source);
    a_moment();
    clock.calibrate();
    for (int i = 0; i < 100'000; ++i) {
      clock_reading const start = clock.now();
      REQUIRE(span_clock::later(start) >= start.wall);
    }
    clock_reading const start = clock.now();
    auto const began = std::chrono::steady_clock::now();
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
    auto const ended = std::chrono::steady_clock::now();
    double const passed = static_cast<double>(span_clock::later(start) - start.wall);
    CHECK(passed == Approx(static_cast<double>((ended - began).count())).epsilon(0.02));
  }
}

TEST_CASE("a reading from the future ends no earlier than it began") {
  span_clock clock;
  clock.open(clock_source::monotonic);
  clock_reading start = clock.now();
  start.tick += 1'000'000'000'000;
  CHECK(span_clock::later(start) == start.wall);
}

TEST_CASE("ticks are scaled without losing any, also over centuries") {
  using spanwise::detail::scale;
  CHECK(scale(1'000'000, std::uint64_t{1} << 32) == 1'000'000);
  CHECK(scale(3'000'000'000, (std::uint64_t{1} << 32) / 3) == Approx(1e9).margin(2));
  CHECK(scale(-3'000'000'000, std::uint64_t{1} << 31) == -1'500'000'000);
  CHECK(scale(std::int64_t{1} << 62, std::uint64_t{1} << 31) == std::int64_t{1} << 61);
}

TEST_CASE("read by many threads while others publish: each reading is of one anchor", "[threads]") {
  span_clock clock;
  clock.open(clock_source::tsc);
  a_moment();
  std::vector<std::thread> threads;
  std::vector<std::int64_t> worst(3);
  auto const until = std::chrono::steady_clock::now() + std::chrono::milliseconds{300};
  for (std::size_t number = 0; number < worst.size(); ++number)
    threads.emplace_back([&, number] {
      while (std::chrono::steady_clock::now() < until) {
        std::int64_t const before = spanwise::detail::nanoseconds(CLOCK_REALTIME);
        clock_reading const reading = clock.now();
        std::int64_t const after = spanwise::detail::nanoseconds(CLOCK_REALTIME);
        std::int64_t const error = std::max(before - reading.wall, reading.wall - after);
        worst[number] = std::max(worst[number], error);
      }
    });
  for (int number = 0; number < 2; ++number)
    threads.emplace_back([&] {
      while (std::chrono::steady_clock::now() < until) clock.calibrate();
    });
  for (auto& each : threads) each.join();
  // Publishers may be held up between their readings, by milliseconds; a mixture of anchors would be off by hours.
  for (std::int64_t const each : worst) CHECK(each < 1000 * millisecond);
}
