#include <spanwise/pipeline/collector.hpp>

#include "two_processes.hpp"

#include <chrono>

using namespace testing;

TEST_CASE("spans of other processes come whole, once and in order, from memory that is used again and again") {
  two_processes test{512 << 10};
  provider_core& core = test->core;
  std::vector<chunk*> const ballast = press(core.pool);
  std::size_t const empty = core.pool.used_bytes();
  constexpr std::size_t at_a_time = 3;
  constexpr std::uint32_t count = sanitized ? 20'000 : 200'000;
  std::vector<std::unique_ptr<child_process>> children;
  for (std::size_t i = 0; i < at_a_time; ++i) children.push_back(test.start(i, count));

  collector reading{core, 512};
  reader all;
  on_processor const here{0};
  std::mt19937 random{1};
  auto const until = std::chrono::steady_clock::now() + std::chrono::seconds{15};
  while (all.seen < at_a_time * count && all.bad == 0 && std::chrono::steady_clock::now() < until)
    read_on(reading, all, random);
  std::uint32_t begun = 0;
  for (std::size_t i = 0; i < at_a_time; ++i) {
    CHECK(children[i]->end().code == 0);
    CHECK(all.next[i + 1] == count);
    begun += test->writers[i].begun.load(relaxed);
  }
  all.read_all(reading);
  reading.maintain();
  CHECK(all.bad == 0);
  CHECK(all.seen == at_a_time * count);
  CHECK(begun > 100);
  CHECK(core.pool.used_bytes() == empty);
  while (core.pool.take(1, 0, 0) != nullptr) {}
  CHECK(core.pool.used_bytes() == core.pool.bytes()); // each granule is there, and once
}
