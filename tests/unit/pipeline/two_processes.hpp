// For tests of the hand-over with a process on either side: writers in processes of their own, the collector in this
// one, and all that they touch in memory that they share. TSan does not see what happens there.
#pragma once

#include "child_process.hpp"
#include "hand_over_fixture.hpp"

#include <sys/mman.h>

#include <array>
#include <cstdio>
#include <random>

namespace testing {

/// What lies in memory that all processes have, at the same address. Whoever writes it may be killed there.
struct common {
  struct writer {
    producer side;
    alignas(64) atomic<std::uint32_t> published{0}; ///< messages it is done with
    atomic<std::uint32_t> begun{0};                 ///< chunks begun without one before it, as far as it saw them
  };
  provider_core core;
  std::array<writer, 33> writers; ///< each for one process
};

/// The place for a pipeline that several processes share. A file takes the place of the pool's memory.
class two_processes {
public:
  explicit two_processes(std::size_t bytes) {
    void* const memory = ::mmap(nullptr, sizeof(common), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    REQUIRE(memory != MAP_FAILED);
    all_ = new (memory) common{};
    chunk_pool& pool = all_->core.pool;
    REQUIRE(pool.open(bytes, 1));
    file_ = std::tmpfile();
    REQUIRE(file_ != nullptr);
    REQUIRE(::ftruncate(::fileno(file_), static_cast<off_t>(pool.bytes())) == 0);
    void* const at = pool.at(0);
    REQUIRE(::mmap(at, pool.bytes(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, ::fileno(file_), 0) == at);
    REQUIRE(pool.open(bytes, 4711));
    // `heavy_fences` stays false: a heavy fence is for the threads of one process.
    for (common::writer& each : all_->writers) join(all_->core, each.side);
  }
  two_processes(two_processes const&) = delete;
  two_processes& operator=(two_processes const&) = delete;
  ~two_processes() {
    ::munmap(all_, sizeof(common));
    std::fclose(file_);
  }

  common* operator->() const noexcept { return all_; }

  /// A child that writes `count` messages. It takes no memory of its own, which it could not under a sanitizer.
  std::unique_ptr<child_process> start(std::size_t which, std::uint32_t count) const {
    return std::make_unique<child_process>([this, which, count] {
      ::alarm(20);
      on_processor const here{which % 3 == 0 ? 0 : 1};
      common::writer& mine = all_->writers[which];
      std::uint32_t dice = static_cast<std::uint32_t>(which) + 1;
      for (std::uint32_t number = 0; number != count;) {
        dice = dice * 1664525 + 1013904223;
        std::uint32_t const filling = dice >> 28 == 0 ? dice % 9000 : dice % 100;
        if (!write(all_->core, mine.side, number, filling)) {
          ::sched_yield(); // until something is given back
          continue;
        }
        mine.published.store(++number, release);
        if (mine.side.head.load(relaxed) != 0) add_own<std::uint32_t>(mine.begun, 1);
        if ((dice >> 8) % 512 == 0) ::usleep(100);
      }
      return 0;
    });
  }

  /// Holds the pool's memory.
  [[nodiscard]] int file() const noexcept { return ::fileno(file_); }

private:
  common* all_{};
  std::FILE* file_{};
};

/// One look of the collector at all threads.
inline void read_on(collector& reading, reader& all, std::mt19937& random) {
  auto const batch = reading.gather(1 + random() % 512);
  if (random() % 4 == 0) reading.maintain(); // in the middle of a batch too
  all.read(batch);
  reading.settle();
  reading.maintain();
}

} // namespace testing
