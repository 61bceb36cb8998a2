#include <spanwise/pipeline/collector.hpp>

#include "two_processes.hpp"

#include <chrono>

using namespace testing;

namespace {

/// The pool's memory for one who has nothing but that, read-only and at another address.
class stranger {
public:
  explicit stranger(two_processes const& of)
      : bytes_{of->core.pool.bytes()}, memory_{::mmap(nullptr, bytes_, PROT_READ, MAP_SHARED, of.file(), 0)} {
    REQUIRE(memory_ != MAP_FAILED);
    REQUIRE(memory_ != of->core.pool.at(0));
    CHECK(std::memcmp(front().magic, "spanwise", 8) == 0);
    CHECK(front().layout == 1);
    CHECK(front().process == 4711);
    CHECK(front().granules * front().granule == bytes_);
  }
  stranger(stranger const&) = delete;
  stranger& operator=(stranger const&) = delete;
  ~stranger() { ::munmap(memory_, bytes_); }

  /// Reads on in what a thread has left, that writes no more.
  void read(std::uint64_t thread, reader& by) const {
    std::map<std::uint64_t, std::uint32_t> chunks; // by their order
    for (std::uint32_t at = 0; at < front().granules;) {
      chunk const* const one = in_use(at) ? &chunk_at(at) : nullptr;
      bool const whole = one != nullptr && load_plain(one->magic, acquire) == chunk::magic_number;
      if (whole && one->thread == thread) CHECK(chunks.emplace(one->order, at).second);
      at += whole ? one->granules : 1;
    }
    for (auto each = chunks.begin(); each != chunks.end(); ++each) {
      chunk const& from = chunk_at(each->second);
      std::uint32_t const next = from.next.load(acquire);
      auto const after = std::next(each);
      CHECK((next == 0 || (after != chunks.end() && after->first == each->first + 1 && after->second == next)));
      std::uint32_t const committed = from.committed.load(acquire);
      std::uint32_t place = from.read.load(acquire);
      auto const* const data = reinterpret_cast<unsigned char const*>(&from) + sizeof(chunk);
      while (place < committed) {
        auto const head = load<record_header>(data + place);
        std::uint32_t const message = place + head_at::message;
        if (head.message_size > committed || message + head.message_size > committed) break;
        by.read(spanwise::record{reinterpret_cast<std::byte const*>(data + message), head.message_size});
        place = message + head.message_size;
      }
      CHECK(place == committed);
    }
  }

private:
  [[nodiscard]] chunk const& chunk_at(std::uint32_t granule) const {
    return *reinterpret_cast<chunk const*>(static_cast<unsigned char const*>(memory_) +
                                           std::size_t{granule} * front().granule);
  }
  [[nodiscard]] chunk_pool::header const& front() const { return *static_cast<chunk_pool::header const*>(memory_); }
  [[nodiscard]] bool in_use(std::uint32_t granule) const {
    auto const* const bits = reinterpret_cast<atomic<std::uint64_t> const*>(static_cast<unsigned char const*>(memory_) +
                                                                            front().bitmap_offset);
    return (bits[granule / 64].load(acquire) >> granule % 64 & 1) != 0;
  }

  std::size_t bytes_;
  void* memory_;
};

} // namespace

TEST_CASE("a process killed at any moment leaves whole spans, in order and without a gap, and the others go on") {
  two_processes test{4 << 20};
  provider_core& core = test->core;
  std::vector<chunk*> const ballast = press(core.pool);
  std::size_t const empty = core.pool.used_bytes();
  stranger const look{test};
  collector reading{core, 512};
  reader all;
  on_processor const here{0};
  std::mt19937 random{std::random_device{}()};
  std::vector<std::pair<std::size_t, std::unique_ptr<child_process>>> running;
  std::size_t started = 0;
  std::size_t inside = 0;
  do {
    while (started < test->writers.size() && running.size() < 3) {
      running.emplace_back(started, test.start(started, UINT32_MAX));
      ++started;
    }
    auto const until = std::chrono::steady_clock::now() + std::chrono::microseconds{random() % 20'000};
    do read_on(reading, all, random);
    while (std::chrono::steady_clock::now() < until);

    auto const victim = running.begin() + static_cast<std::ptrdiff_t>(random() % running.size());
    common::writer const& dead = test->writers[victim->first];
    ::kill(victim->second->pid(), SIGKILL);
    CHECK(victim->second->end().signal == SIGKILL);
    running.erase(victim);
    std::uint32_t const published = dead.published.load(acquire);

    reader by_itself;
    by_itself.next[dead.side.thread] = all.next[dead.side.thread];
    look.read(dead.side.thread, by_itself);
    CHECK(by_itself.bad == 0);
    std::uint32_t const left = by_itself.next[dead.side.thread];
    CHECK(left - published <= 1); // published, and killed before it could say so
    for (int i = 0; i < 1000 && all.next[dead.side.thread] < left; ++i) read_on(reading, all, random);
    CHECK(all.bad == 0);
    CHECK(all.next[dead.side.thread] == left);
    inside += dead.side.busy.load(acquire);
  } while (!running.empty());
  all.read_all(reading);
  reading.maintain();
  CHECK(all.bad == 0);
  CHECK(all.seen > 10'000);
  for (common::writer const& each : test->writers) {
    bool const killed_inside = each.side.busy.load(acquire) != 0;
    if (!killed_inside) CHECK(each.side.reading == nullptr); // else nobody knows that it will not go on writing there
  }
  CHECK(core.pool.used_bytes() <= empty + inside * 2 * granules_per_chunk * granule_size);
  CHECK(reading.close(spanwise::deadline{}) == (inside == 0));
}
