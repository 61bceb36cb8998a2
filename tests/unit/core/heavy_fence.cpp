#include <spanwise/core/heavy_fence.hpp>

#include "catch.hpp"

#include <thread>

using namespace spanwise::detail;

TEST_CASE("of a light and a heavy side, each storing and then looking, at least one sees the other") {
  bool const light_is_enough = register_heavy_fence();
  atomic<int> light{0};
  atomic<int> heavy{0};
  atomic<int> round{0};
  atomic<int> light_saw{-1};
  constexpr int rounds = 10'000;
  std::thread other{[&] {
    for (int i = 1; i <= rounds; ++i) {
      while (round.load(acquire) != i) {}
      light.store(i, relaxed);
      compiler_fence();
      if (!light_is_enough) fence(seq_cst);
      int const saw = heavy.load(relaxed);
      light_saw.store(saw == i ? 1 : 0, release);
    }
  }};
  int both_missed = 0;
  for (int i = 1; i <= rounds; ++i) {
    light_saw.store(-1, relaxed);
    round.store(i, release);
    for (int wait = i % 200; wait != 0; --wait) compiler_fence();
    heavy.store(i, relaxed);
    heavy_fence();
    bool const heavy_saw = light.load(relaxed) == i;
    while (light_saw.load(acquire) == -1) std::this_thread::yield();
    if (!heavy_saw && light_saw.load(relaxed) == 0) ++both_missed;
  }
  other.join();
  CHECK(both_missed == 0);
}
