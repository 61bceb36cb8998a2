#include <spanwise/core/chunk_pool.hpp>

#include "catch.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <thread>
#include <vector>

using namespace spanwise::detail;

namespace {

std::unique_ptr<chunk_pool> opened(std::size_t bytes) {
  auto made = std::make_unique<chunk_pool>();
  REQUIRE(made->open(bytes, 4711));
  return made;
}

} // namespace

TEST_CASE("a pool has at least the bytes that were asked for, between 256 KiB and 256 MiB") {
  CHECK(opened(0)->bytes() == 256 << 10);
  CHECK(opened(1)->bytes() == 256 << 10);
  CHECK(opened((256 << 10) + 1)->bytes() == 512 << 10);
  CHECK(opened(16 << 20)->bytes() == 16 << 20);
  CHECK(opened(std::size_t{256} << 20)->bytes() == std::size_t{256} << 20);
  CHECK(opened(std::size_t{1} << 40)->bytes() == std::size_t{256} << 20);
}

TEST_CASE("the arena describes itself at its start, for another process") {
  auto const pool = opened(1 << 20);
  auto const* const head = reinterpret_cast<chunk_pool::header const*>(pool->at(0));
  CHECK(std::memcmp(head->magic, "spanwise", 8) == 0);
  CHECK(head->layout == 1);
  CHECK(head->granule == granule_size);
  CHECK(head->granules * granule_size == pool->bytes());
  CHECK(head->process == 4711);
  chunk* const one = pool->take(8, 3, 7);
  CHECK(one->magic == chunk::magic_number);
  CHECK(one->thread == 3);
  CHECK(one->order == 7);
  CHECK(one->committed.load(relaxed) == 0);
  CHECK(one->next.load(relaxed) == 0);
  CHECK(one->granules == 8);
  CHECK(one->capacity == 8 * granule_size - sizeof(chunk));
  CHECK(pool->at(pool->index_of(one)) == one);
  CHECK(head->high_water.load(relaxed) >= pool->index_of(one) + 8);
  pool->give_back(one);
  CHECK(one->magic == 0);
}

TEST_CASE("chunks are as large as was asked for, whole, and start at granules") {
  auto const pool = opened(16 << 20);
  for (std::uint32_t const granules : {1U, 2U, 7U, 8U, 9U, 63U, 64U, 65U, 257U, 513U, 1000U}) {
    chunk* const one = pool->take(granules, 1, 0);
    REQUIRE(one != nullptr);
    CHECK(one->granules >= granules);
    CHECK(one->granules < granules + 64);
    CHECK(reinterpret_cast<std::uintptr_t>(one) % granule_size == 0);
    CHECK(pool->index_of(one) + one->granules <= pool->bytes() / granule_size);
    std::memset(one->data(), 0xff, one->capacity);
    pool->give_back(one);
  }
}

TEST_CASE("an empty pool gives nothing; what comes back can be had again, all of it") {
  auto const pool = opened(1 << 20);
  std::size_t const before = pool->used_bytes();
  for (int round = 0; round < 3; ++round) {
    std::vector<chunk*> all;
    while (chunk* const one = pool->take(1, 1, 0)) all.push_back(one);
    CHECK(all.size() * granule_size + before == pool->bytes());
    CHECK(pool->used_bytes() == pool->bytes());
    CHECK(pool->take(8, 1, 0) == nullptr);
    CHECK(pool->take(65, 1, 0) == nullptr);
    for (chunk* const each : all) pool->give_back(each);
    CHECK(pool->used_bytes() == before);
  }
}

TEST_CASE("more than the pool holds is never given") {
  auto const pool = opened(256 << 10);
  CHECK(pool->take(64, 1, 0) == nullptr); // a granule or two hold the head
  CHECK(pool->take(65, 1, 0) == nullptr);
  CHECK(pool->take(100'000, 1, 0) == nullptr);
  CHECK(pool->take(56, 1, 0) != nullptr);
}

TEST_CASE("a pool in pieces gives what fits into them") {
  auto const pool = opened(1 << 20);
  std::vector<chunk*> all;
  while (chunk* const one = pool->take(1, 1, 0)) all.push_back(one);
  for (std::size_t i = 0; i < all.size(); i += 2) pool->give_back(all[i]);
  CHECK(pool->take(2, 1, 0) == nullptr);
  CHECK(pool->take(8, 1, 0) == nullptr);
  std::size_t found = 0;
  while (pool->take(1, 1, 0) != nullptr) ++found;
  CHECK(found == (all.size() + 1) / 2);
}

TEST_CASE("chunks of all sizes, taken and given back at random, never overlap") {
  auto const pool = opened(8 << 20);
  std::mt19937 random{12345};
  std::vector<chunk*> held;
  std::vector<int> owner(pool->bytes() / granule_size, 0);
  std::size_t const before = pool->used_bytes();
  std::size_t used = before;
  for (int step = 0; step < 50'000; ++step) {
    if (random() % 2 == 0 || held.empty()) {
      static constexpr std::uint32_t sizes[]{1, 1, 1, 8, 8, 3, 20, 64, 100, 257};
      chunk* const one = pool->take(sizes[random() % 10], static_cast<std::uint64_t>(step), 0);
      if (one == nullptr) continue;
      std::uint32_t const first = pool->index_of(one);
      for (std::uint32_t i = 0; i < one->granules; ++i) {
        if (owner[first + i] != 0) FAIL("granule " << first + i << " given twice");
        owner[first + i] = step + 1;
      }
      used += one->granules * granule_size;
      held.push_back(one);
    } else {
      std::size_t const which = random() % held.size();
      chunk* const one = held[which];
      held[which] = held.back();
      held.pop_back();
      std::uint32_t const first = pool->index_of(one);
      for (std::uint32_t i = 0; i < one->granules; ++i) owner[first + i] = 0;
      used -= one->granules * granule_size;
      pool->give_back(one);
    }
    if (pool->used_bytes() != used) FAIL("used bytes are off at step " << step);
  }
  for (chunk* const each : held) pool->give_back(each);
  CHECK(pool->used_bytes() == before);
}

TEST_CASE("threads take and give back at once, and no two have the same granule", "[threads]") {
  auto const pool = opened(2 << 20);
  std::size_t const granules = pool->bytes() / granule_size;
  std::size_t const before = pool->used_bytes();
  std::unique_ptr<atomic<int>[]> owner{new atomic<int>[granules]};
  for (std::size_t i = 0; i < granules; ++i) owner[i].store(0, relaxed);
  atomic<int> clashes{0};
  std::vector<std::thread> threads;
  for (int number = 1; number <= 4; ++number)
    threads.emplace_back([&, number] {
      std::mt19937 random{static_cast<unsigned>(number)};
      std::vector<chunk*> held;
      for (int step = 0; step < 20'000; ++step) {
        static constexpr std::uint32_t sizes[]{1, 1, 8, 8, 24, 64, 100};
        if (random() % 2 == 0 || held.empty()) {
          chunk* const one = pool->take(sizes[random() % 7], static_cast<std::uint64_t>(number), 0);
          if (one == nullptr) continue;
          std::memset(one->data(), number, 64);
          for (std::uint32_t i = 0; i < one->granules; ++i)
            if (owner[pool->index_of(one) + i].exchange(number, relaxed) != 0) clashes.fetch_add(1, relaxed);
          held.push_back(one);
        } else {
          chunk* const one = held.back();
          held.pop_back();
          if (one->thread != static_cast<std::uint64_t>(number) || one->data()[63] != number)
            clashes.fetch_add(1, relaxed);
          for (std::uint32_t i = 0; i < one->granules; ++i)
            if (owner[pool->index_of(one) + i].exchange(0, relaxed) != number) clashes.fetch_add(1, relaxed);
          pool->give_back(one);
        }
      }
      for (chunk* const each : held) {
        for (std::uint32_t i = 0; i < each->granules; ++i) owner[pool->index_of(each) + i].store(0, relaxed);
        pool->give_back(each);
      }
    });
  for (std::thread& each : threads) each.join();
  CHECK(clashes.load(relaxed) == 0);
  CHECK(pool->used_bytes() == before);
}

TEST_CASE("opening again starts empty, and takes new memory only for more than ever before") {
  auto const pool = opened(4 << 20);
  void* const base = pool->at(0);
  std::size_t const before = pool->used_bytes();
  CHECK(pool->take(8, 1, 0) != nullptr);
  REQUIRE(pool->open(4 << 20, 1));
  CHECK(pool->used_bytes() == before);
  for (int round = 0; round < 100; ++round) {
    REQUIRE(pool->open(256 << 10, 1));
    CHECK(pool->bytes() == 256 << 10);
    CHECK(pool->at(0) == base);
    CHECK(pool->take(64, 1, 0) == nullptr);
    REQUIRE(pool->open(4 << 20, 1));
    CHECK(pool->bytes() == 4 << 20);
    CHECK(pool->at(0) == base);
    CHECK(pool->take(65, 1, 0) != nullptr);
  }
  REQUIRE(pool->open(8 << 20, 1));
  CHECK(pool->bytes() == 8 << 20);
}

TEST_CASE("memory ahead of what is used is there before it is needed, and no more than there is") {
  auto const pool = opened(512 << 10);
  for (int i = 0; i < 10; ++i) pool->populate_ahead();
  while (chunk* const one = pool->take(8, 1, 0)) {
    std::memset(one->data(), 1, one->capacity);
    pool->populate_ahead();
  }
  CHECK(pool->used_bytes() <= pool->bytes());
}
