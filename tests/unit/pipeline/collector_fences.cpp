// The collector asks a thread to stay out just when that goes in. Without the fences a processor keeps "I am inside" to
// itself for a while and looks at the gate already; no sanitizer sees that, so this brings it about.
#include <spanwise/pipeline/collector.hpp>

#include "hand_over_fixture.hpp"

#include <array>
#include <chrono>
#include <thread>

using namespace testing;

namespace {

/// Goes in, on a thread of its own, just when it is asked to stay out, and stays inside.
class one_who_enters {
public:
  one_who_enters(producer& mine, bool fence_too) : thread_{[this, &mine, fence_too] { run(mine, fence_too); }} {}
  one_who_enters(one_who_enters const&) = delete;
  one_who_enters& operator=(one_who_enters const&) = delete;
  ~one_who_enters() {
    round_.value.store(-1, release);
    thread_.join();
  }

  /// Whether it found the gate open, which `ask` closes meanwhile.
  template <class Ask> bool against(Ask const& ask) {
    int const round = round_.value.load(relaxed) + 1;
    for (line& each : lines_) each.value.store(round, relaxed);
    result_.value.store(0, relaxed);
    round_.value.store(round, release);
    for (int wait = delay_ + round % 256; wait > 0; --wait) compiler_fence();
    ask();
    while (result_.value.load(acquire) == 0) {}
    bool const open = result_.value.load(relaxed) == 2;
    delay_ += open ? -8 : 8; // towards the moment when it may go either way
    return open;
  }

private:
  struct alignas(64) line {
    atomic<int> value{0};
  };

  void run(producer& mine, bool fence_too) {
    on_processor const here{1};
    for (int seen = 0, round = 0; (round = round_.value.load(acquire)) != -1;) {
      if (round == seen) continue;
      seen = round;
      // The other processor has these lines in its cache: until they have come here, `busy` waits behind them.
      for (line& each : lines_) each.value.store(-round, relaxed);
      result_.value.store(mine.enter(fence_too) ? 2 : 1, release);
    }
  }

  std::array<line, 32> lines_;
  line round_; // apart from the rest, which would have to come here before `gate` can be looked at
  line result_;
  alignas(64) int delay_ = 0;
  std::thread thread_;
};

/// Makes rounds until one goes wrong, or else for a while; how many went well, or -1.
template <class Round> int rounds_before_end(Round const& round) {
  on_processor const here{0};
  auto const until = std::chrono::steady_clock::now() + std::chrono::milliseconds{400};
  for (int i = 1;; ++i) {
    if (!round()) return -1;
    if (std::chrono::steady_clock::now() >= until) return i;
  }
}

} // namespace

TEST_CASE("a thread that goes in while it is asked to stay out sees the gate closed, or is seen") {
  if (std::thread::hardware_concurrency() < 2) {
    WARN("left out: on one processor the two never meet");
    return;
  }
  bare_core test;
  provider_core& core = *test.core;
  collector reading{core, 512};
  reader all;
  producer* const mine = test.join();

  SECTION("when its chunk is to be taken away") {
    std::vector<chunk*> const ballast = press(core.pool);
    std::uint32_t number = 0;
    one_who_enters other{*mine, !core.heavy_fences};
    CHECK(rounds_before_end([&] {
            if (!write(core, *mine, number++, 50)) return false;
            all.read_all(reading);
            bool const inside = other.against([&] { reading.maintain(); });
            bool const taken = mine->reading == nullptr;
            mine->leave();
            reading.maintain(); // if it was inside, now
            return !(inside && taken);
          }) >= 0);
    CHECK(all.bad == 0);
    CHECK(all.seen == number);
  }
  SECTION("when the pipeline is closed") {
    one_who_enters other{*mine, !core.heavy_fences};
    CHECK(rounds_before_end([&] {
            mine->gate.store(gate_state::open, seq_cst);
            bool closed = false;
            bool const inside = other.against([&] { closed = reading.close(spanwise::deadline{}); });
            mine->leave();
            return !(inside && closed);
          }) >= 0);
  }
  bare_core::leave(mine);
  reading.let_go();
}
