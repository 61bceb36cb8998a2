#include <spanwise/core/producer.hpp>

#include "catch.hpp"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <vector>

using namespace spanwise::detail;

namespace {

struct writing {
  chunk_pool pool;
  producer writer;
  explicit writing(std::size_t bytes = 1 << 20) { REQUIRE(pool.open(bytes, 1)); }

  /// Writes `size` bytes of `fill`; false if there is no room.
  bool put(std::uint32_t size, unsigned char fill = 1) {
    unsigned char* const at = writer.reserve(pool, size);
    if (at == nullptr) return false;
    std::memset(at, fill, size);
    writer.publish(size);
    return true;
  }
};

} // namespace

TEST_CASE("a thread begins with a small chunk and goes on with larger ones, which it links") {
  auto const test = std::make_unique<writing>();
  CHECK(test->writer.head.load(relaxed) == 0);
  REQUIRE(test->put(100));
  chunk* const first = test->pool.at(test->writer.head.load(relaxed));
  CHECK(first->granules == 1);
  CHECK(first->committed.load(relaxed) == 100);
  CHECK(first->next.load(relaxed) == 0);
  REQUIRE(test->put(4000));
  REQUIRE(first->next.load(relaxed) != 0);
  CHECK(first->committed.load(relaxed) == 100);
  chunk* const second = test->pool.at(first->next.load(relaxed));
  CHECK(second->granules == granules_per_chunk);
  CHECK(second->committed.load(relaxed) == 4000);
  CHECK(second->order == 1);
}

TEST_CASE("what is reserved and not published is not there, and need not be used up") {
  auto const test = std::make_unique<writing>();
  unsigned char* const one = test->writer.reserve(test->pool, 500);
  REQUIRE(one != nullptr);
  chunk* const first = test->pool.at(test->writer.head.load(relaxed));
  CHECK(first->committed.load(relaxed) == 0);
  CHECK(test->writer.reserve(test->pool, 500) == one);
  test->writer.publish(20);
  CHECK(first->committed.load(relaxed) == 20);
  CHECK(test->writer.reserve(test->pool, 500) == one + 20);
}

TEST_CASE("a record larger than a chunk gets a chunk of its own") {
  auto const test = std::make_unique<writing>(16 << 20);
  REQUIRE(test->put(10));
  REQUIRE(test->put(1 << 20));
  REQUIRE(test->put(2 << 20));
  REQUIRE(test->put(10));
  std::vector<std::uint32_t> sizes;
  for (std::uint32_t at = test->writer.head.load(relaxed); at != 0; at = test->pool.at(at)->next.load(relaxed))
    sizes.push_back(test->pool.at(at)->committed.load(relaxed));
  CHECK(sizes == std::vector<std::uint32_t>{10, 1 << 20, (2 << 20) + 10});
}

TEST_CASE("records fill a chunk to its last byte") {
  auto const test = std::make_unique<writing>();
  std::uint32_t const capacity = granule_size - sizeof(chunk);
  REQUIRE(test->put(capacity - 1));
  REQUIRE(test->put(1));
  chunk* const first = test->pool.at(test->writer.head.load(relaxed));
  CHECK(first->committed.load(relaxed) == first->capacity);
  CHECK(first->next.load(relaxed) == 0);
  REQUIRE(test->put(1));
  CHECK(first->next.load(relaxed) != 0);
}

TEST_CASE("where no large chunk is left a small one does") {
  auto const test = std::make_unique<writing>(256 << 10);
  REQUIRE(test->put(10));
  std::vector<chunk*> all;
  while (chunk* const one = test->pool.take(1, 9, 0)) all.push_back(one);
  CHECK_FALSE(test->put(granule_size));
  test->pool.give_back(all[5]);
  CHECK_FALSE(test->put(granule_size)); // with its head it needs two granules
  REQUIRE(test->put(granule_size - sizeof(chunk)));
  CHECK_FALSE(test->put(1));
}

TEST_CASE("a refused record changes nothing") {
  auto const test = std::make_unique<writing>(256 << 10);
  REQUIRE(test->put(10));
  CHECK_FALSE(test->put(1 << 20));
  REQUIRE(test->put(10));
  CHECK(test->pool.at(test->writer.head.load(relaxed))->committed.load(relaxed) == 20);
}

TEST_CASE("the gate lets the owner in, sends it off, or makes it begin anew") {
  bool const fence_too = GENERATE(false, true);
  auto const test = std::make_unique<writing>();
  CHECK(test->writer.enter(fence_too));
  CHECK(test->writer.busy.load(relaxed) == 1);
  REQUIRE(test->put(10));
  test->writer.leave();
  CHECK(test->writer.busy.load(relaxed) == 0);
  std::uint32_t const head = test->writer.head.exchange(0, relaxed); // as the reader does

  test->writer.gate.store(gate_state::reclaimed, relaxed);
  CHECK_FALSE(test->writer.enter(fence_too));
  test->writer.leave();
  test->writer.restart();
  CHECK(test->writer.enter(fence_too));
  REQUIRE(test->put(10));
  CHECK(test->writer.head.load(relaxed) != head);
  CHECK(test->pool.at(head)->next.load(relaxed) == 0);

  test->writer.gate.store(gate_state::closed, relaxed);
  CHECK_FALSE(test->writer.enter(fence_too));
  test->writer.restart();
  CHECK_FALSE(test->writer.enter(fence_too)); // closed stays closed
}

TEST_CASE("another process reads complete records only, up to what is committed") {
  constexpr std::uint32_t records = 200'000;
  constexpr std::size_t bytes = std::size_t{32} << 20;
  void* const memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  REQUIRE(memory != MAP_FAILED);
  auto* const shared = new (memory) chunk{};
  pid_t const child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    producer writer;
    writer.current = shared;
    writer.capacity = static_cast<std::uint32_t>(bytes - sizeof(chunk));
    chunk_pool unused;
    for (std::uint32_t i = 0; i < records; ++i) {
      std::uint32_t const words = 4 + i % 32;
      auto* at = writer.reserve(unused, words * 4);
      std::uint32_t sum = 0;
      for (std::uint32_t word = 0; word < words - 1; ++word) {
        std::uint32_t const value = word == 0 ? words : word == 1 ? i : i * 2654435761U + word;
        std::memcpy(at + word * 4, &value, 4);
        sum += value;
      }
      std::memcpy(at + (words - 1) * 4, &sum, 4);
      writer.publish(words * 4);
    }
    ::_exit(0);
  }
  std::uint32_t seen = 0;
  std::uint32_t read = 0;
  std::uint32_t bad = 0;
  int status = 0;
  for (bool over = false; seen < records && !(over && read == shared->committed.load(acquire));) {
    over = over || ::waitpid(child, &status, WNOHANG) == child;
    std::uint32_t const committed = shared->committed.load(acquire);
    while (read < committed) {
      std::uint32_t words[64];
      std::memcpy(words, shared->data() + read, 4);
      if (words[0] < 4 || words[0] > 35) FAIL("a record without a size at " << read);
      std::memcpy(words, shared->data() + read, words[0] * 4);
      std::uint32_t sum = 0;
      for (std::uint32_t i = 0; i < words[0] - 1; ++i) sum += words[i];
      if (words[1] != seen || sum != words[words[0] - 1]) ++bad;
      read += words[0] * 4;
      ++seen;
    }
  }
  ::waitpid(child, &status, 0);
  CHECK(seen == records);
  CHECK(bad == 0);
  ::munmap(memory, bytes);
}
