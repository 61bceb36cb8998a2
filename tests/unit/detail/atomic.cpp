#include <spanwise/detail/atomic.hpp>

#include "catch.hpp"

#include <cstdint>
#include <thread>
#include <type_traits>
#include <vector>

using namespace spanwise::detail;

namespace {

enum class colour : std::uint8_t { red, green };

} // namespace

static_assert(std::is_trivially_destructible_v<atomic<int>>);
static_assert(sizeof(atomic<std::uint8_t>) == 1 && sizeof(atomic<std::uint64_t>) == 8 && sizeof(atomic<void*>) == sizeof(void*));

TEST_CASE("each operation gives what was there before") {
  atomic<int> number{5};
  CHECK(number.load(relaxed) == 5);
  CHECK(number.exchange(6, acq_rel) == 5);
  CHECK(number.fetch_add(4, relaxed) == 6);
  CHECK(number.fetch_sub(1, relaxed) == 10);
  CHECK(number.load(seq_cst) == 9);
  atomic<unsigned> bits{0b0011};
  CHECK(bits.fetch_or(0b0110, acq_rel) == 0b0011);
  CHECK(bits.fetch_and(0b0110, acq_rel) == 0b0111);
  CHECK(bits.load(acquire) == 0b0110);
}

TEST_CASE("compare_exchange changes what is expected, and tells what is there") {
  atomic<int> number{1};
  int expected = 2;
  CHECK(!number.compare_exchange(expected, 3, acq_rel, relaxed));
  CHECK(expected == 1);
  CHECK(number.compare_exchange(expected, 3, acq_rel, relaxed));
  CHECK(number.load(relaxed) == 3);
}

TEST_CASE("pointers, flags and enumerations") {
  int target = 0;
  atomic<int*> pointer{};
  CHECK(pointer.load(relaxed) == nullptr);
  pointer.store(&target, release);
  CHECK(pointer.exchange(nullptr, acquire) == &target);
  atomic<bool> flag{false};
  CHECK(!flag.exchange(true, acquire));
  atomic<colour> shade{colour::green};
  CHECK(shade.load(relaxed) == colour::green);
}

TEST_CASE("plain variables, accessed atomically") {
  void* plain = nullptr;
  int target = 0;
  store_plain(plain, static_cast<void*>(&target), release);
  CHECK(load_plain(plain, acquire) == &target);
  void* expected = nullptr;
  CHECK(!compare_exchange_plain(plain, expected, static_cast<void*>(nullptr), acq_rel, relaxed));
  CHECK(expected == &target);
}

TEST_CASE("additions of many threads all count", "[threads]") {
  atomic<std::uint64_t> sum{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int k = 0; k < 10'000; ++k) sum.fetch_add(1, relaxed);
    });
  for (auto& each : threads) each.join();
  CHECK(sum.load(relaxed) == 40'000);
}

TEST_CASE("what was written before a release is there after the acquire that sees it", "[threads]") {
  for (int round = 0; round < 200; ++round) {
    int data = 0;
    atomic<bool> ready{false};
    std::thread writer{[&] {
      data = 42;
      ready.store(true, release);
    }};
    while (!ready.load(acquire)) std::this_thread::yield();
    REQUIRE(data == 42);
    writer.join();
  }
}

TEST_CASE("a counter of one writer is read by others without being torn", "[threads]") {
  atomic<std::uint64_t> own{0};
  std::thread writer{[&] {
    for (int i = 0; i < 20'000; ++i) add_own<std::uint64_t>(own, 0x1'0000'0001);
  }};
  std::uint64_t before = 0;
  bool good = true;
  while (before != 20'000 * std::uint64_t{0x1'0000'0001}) {
    std::uint64_t const now = own.load(relaxed);
    good = good && now >= before && (now >> 32) == (now & 0xffff'ffff);
    before = now;
  }
  writer.join();
  CHECK(good);
}
