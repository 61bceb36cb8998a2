// The one bounded piece of memory in which finished spans wait: an arena cut into granules of 4 KiB, given out in runs
// ("chunks"). It holds offsets only and describes itself, so that another process can read it.
// Taking and giving back never locks and never allocates; the lowest granules go first, which keeps the working set
// warm.
#pragma once

#include <spanwise/detail/atomic.hpp>

#include <cstring>
#include <new>

#if defined(__linux__) || defined(__APPLE__)
#include <sys/mman.h>
#endif

namespace spanwise::inline SPANWISE_ABI::detail {

inline constexpr std::size_t granule_size = 4096;
inline constexpr std::uint32_t granules_per_chunk = 8;

/// The head of a chunk. `committed` is stored after the records it covers, so a reader sees complete records only.
struct alignas(64) chunk {
  static constexpr std::uint32_t magic_number = 0x4357'5053; // "SPWC"

  std::uint32_t magic;
  std::uint32_t granules;
  std::uint64_t thread; ///< serial number of the thread that writes it
  std::uint64_t order;  ///< which chunk of that thread it is
  std::uint32_t capacity;
  atomic<std::uint32_t> committed;        ///< bytes of complete records
  atomic<std::uint32_t> next;             ///< granule of the thread's next chunk; set once, then `committed` is final
  alignas(64) atomic<std::uint32_t> read; ///< bytes the back half is done with

  [[nodiscard]] unsigned char* data() noexcept { return reinterpret_cast<unsigned char*>(this) + sizeof(chunk); }
};
static_assert(sizeof(chunk) == 128);

class chunk_pool {
public:
  static constexpr std::size_t most_granules = 64 * 1024; // 256 MiB

  /// What stands at the start of the arena.
  struct alignas(64) header {
    char magic[8];
    std::uint32_t layout;
    std::uint32_t granule;
    std::uint64_t granules;
    std::uint64_t process;
    std::uint64_t bitmap_offset;
    atomic<std::uint32_t> high_water; ///< one past the highest granule ever used
  };
  static_assert(sizeof(header) <= granule_size);

  constexpr chunk_pool() noexcept = default;
  chunk_pool(chunk_pool const&) = delete;
  chunk_pool& operator=(chunk_pool const&) = delete;

  /// Takes memory for `bytes`, rounded up to 256 KiB; false if the system has none. The memory is never given back,
  /// because a late thread may still look at it; opening again reuses it, or as much of it as is asked for.
  SPANWISE_SMALL bool open(std::size_t bytes, std::uint64_t process) noexcept {
    constexpr std::size_t most = most_granules * granule_size;
    std::size_t words = ((bytes < most ? bytes : most) + 64 * granule_size - 1) / (64 * granule_size);
    if (words == 0) words = 1;
    if (words > mapped_words_) {
      auto* const memory = static_cast<unsigned char*>(map(words * 64 * granule_size));
      if (memory == nullptr) return false;
      base_ = memory;
      mapped_words_ = words;
    }
    words_ = words;
    std::size_t const head_granules = 1 + (words * sizeof(std::uint64_t) + granule_size - 1) / granule_size;
    auto* const head = new (base_) header{};
    std::memcpy(head->magic, "spanwise", 8);
    head->layout = 1;
    head->granule = granule_size;
    head->granules = words * 64;
    head->process = process;
    head->bitmap_offset = granule_size;
    bitmap_ = static_cast<atomic<std::uint64_t>*>(static_cast<void*>(base_ + granule_size));
    for (std::size_t i = 0; i < words; ++i) new (&bitmap_[i]) atomic<std::uint64_t>{0};
    std::uint64_t const taken = (std::uint64_t{1} << head_granules) - 1;
    bitmap_[0].store(taken, relaxed);
    head->high_water.store(static_cast<std::uint32_t>(head_granules), relaxed);
    used_.store(static_cast<std::int64_t>(head_granules), relaxed);
    scarce_above_.store(static_cast<std::int64_t>(words * 64 / 16 * 15), relaxed);
    populated_ = 0;
    populate_ahead();
    return true;
  }

  /// A chunk of at least `granules` granules in a row, or nullptr if there is none.
  chunk* take(std::uint32_t granules, std::uint64_t thread, std::uint64_t order) noexcept {
    granules = rounded(granules);
    // Who finds the pool full is told so at once, however large it is.
    if (used_bytes() + granules * granule_size > bytes()) return nullptr;
    std::uint32_t const first = granules == 1    ? take_one()
                                : granules <= 64 ? take_bytes(granules)
                                                 : take_words(granules);
    if (first == 0) return nullptr;
    used_.fetch_add(granules, relaxed);
    if (on_pressed_ != nullptr && pressed()) [[unlikely]]
      on_pressed_(told_);
    raise_high_water(first + granules);
    auto* const taken = new (base_ + std::size_t{first} * granule_size) chunk{};
    taken->granules = granules;
    taken->thread = thread;
    taken->order = order;
    taken->capacity = static_cast<std::uint32_t>(granules * granule_size - sizeof(chunk));
    fence(release);
    taken->magic = chunk::magic_number;
    return taken;
  }

  void give_back(chunk* done) noexcept {
    std::uint32_t first = index_of(done);
    std::uint32_t left = done->granules;
    used_.fetch_sub(done->granules, relaxed);
    done->magic = 0;
    while (left != 0) {
      std::uint32_t const bit = first % 64;
      std::uint32_t const count = left < 64 - bit ? left : 64 - bit;
      std::uint64_t const mask = (count == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1) << bit;
      bitmap_[first / 64].fetch_and(~mask, acq_rel);
      first += count;
      left -= count;
    }
  }

  [[nodiscard]] chunk* at(std::uint32_t granule) const noexcept {
    return static_cast<chunk*>(static_cast<void*>(base_ + std::size_t{granule} * granule_size));
  }
  [[nodiscard]] std::uint32_t index_of(chunk const* which) const noexcept {
    return static_cast<std::uint32_t>(static_cast<std::size_t>(reinterpret_cast<unsigned char const*>(which) - base_) /
                                      granule_size);
  }

  [[nodiscard]] std::size_t bytes() const noexcept { return words_ * 64 * granule_size; }
  [[nodiscard]] std::size_t used_bytes() const noexcept {
    return static_cast<std::size_t>(used_.load(relaxed)) * granule_size;
  }

  /// More than half is in use: time to make room.
  [[nodiscard]] bool pressed() const noexcept { return used_bytes() * 2 > bytes(); }
  /// Less than a sixteenth is left. Also while the pool is being opened.
  [[nodiscard]] bool scarce() const noexcept { return used_.load(relaxed) > scarce_above_.load(relaxed); }
  /// For who makes room before memory is ever scarce: it is not. Until the pool is opened again.
  void never_scarce() noexcept { scarce_above_.store(INT64_MAX, relaxed); }
  /// The most bytes of records that a chunk of this pool can ever hold.
  [[nodiscard]] std::size_t largest_chunk() const noexcept {
    // The first granules hold the header, and chunks begin at multiples of 8: what is left of one word, or all others.
    std::size_t const granules = words_ == 1 ? 64 - 8 : (words_ - 1) * 64;
    return granules * granule_size - sizeof(chunk);
  }
  /// `call(told)` is made by whoever takes a chunk while the pool is pressed; nullptr: by nobody. Not while threads
  /// take.
  void when_pressed(void (*call)(void*) noexcept, void* told) noexcept {
    on_pressed_ = call;
    told_ = told;
  }

  /// Lets the system back the memory just beyond what is in use, so that no span meets a page fault. Back half only.
  SPANWISE_SMALL void populate_ahead() noexcept {
    std::size_t const wanted =
        std::size_t{front().high_water.load(relaxed)} * granule_size + ahead;
    std::size_t const most = wanted < bytes() ? wanted : bytes();
    if (most <= populated_) return;
#if defined(__linux__) && defined(MADV_POPULATE_WRITE)
    ::madvise(base_ + populated_, most - populated_, MADV_POPULATE_WRITE);
#endif
    populated_ = most;
  }

private:
  static constexpr std::size_t ahead = std::size_t{1} << 20;

  static std::uint32_t rounded(std::uint32_t granules) noexcept {
    if (granules == 1) return 1;
    return granules <= 64 ? (granules + 7) / 8 * 8 : (granules + 63) / 64 * 64;
  }

  std::uint32_t take_one() noexcept {
    for (std::size_t i = 0; i < words_; ++i) {
      std::uint64_t word = bitmap_[i].load(relaxed);
      while (word != ~std::uint64_t{0}) {
        auto const bit = static_cast<std::uint32_t>(std::countr_one(word));
        if (bitmap_[i].compare_exchange(word, word | (std::uint64_t{1} << bit), acquire, relaxed))
          return static_cast<std::uint32_t>(i * 64) + bit;
      }
    }
    return 0;
  }

  std::uint32_t take_bytes(std::uint32_t width) noexcept {
    std::uint64_t const run = width == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1;
    for (std::size_t i = 0; i < words_; ++i) {
      std::uint64_t word = bitmap_[i].load(relaxed);
      for (std::uint32_t shift = 0; shift + width <= 64;) {
        if ((word & (run << shift)) != 0) shift += 8;
        else if (bitmap_[i].compare_exchange(word, word | (run << shift), acquire, relaxed))
          return static_cast<std::uint32_t>(i * 64) + shift;
      }
    }
    return 0;
  }

  std::uint32_t take_words(std::uint32_t granules) noexcept {
    std::size_t const count = granules / 64;
    for (std::size_t first = 1; first + count <= words_; ++first) {
      std::size_t got = 0;
      for (std::uint64_t free = 0; got < count; ++got, free = 0)
        if (!bitmap_[first + got].compare_exchange(free, ~std::uint64_t{0}, acquire, relaxed)) break;
      if (got == count) return static_cast<std::uint32_t>(first * 64);
      for (std::size_t i = 0; i < got; ++i) bitmap_[first + i].store(0, release);
    }
    return 0;
  }

  [[nodiscard]] header& front() const noexcept { return *static_cast<header*>(static_cast<void*>(base_)); }

  void raise_high_water(std::uint32_t to) noexcept {
    auto& mark = front().high_water;
    std::uint32_t seen = mark.load(relaxed);
    while (seen < to && !mark.compare_exchange(seen, to, relaxed, relaxed)) {}
  }

  static void* map(std::size_t bytes) noexcept {
#if defined(__linux__) || defined(__APPLE__)
    void* const memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? nullptr : memory;
#else
    return ::operator new(bytes, std::align_val_t{granule_size}, std::nothrow);
#endif
  }

  unsigned char* base_{};
  atomic<std::uint64_t>* bitmap_{};
  std::size_t words_{};
  std::size_t mapped_words_{};
  void (*on_pressed_)(void*) noexcept {};
  void* told_{};
  std::size_t populated_{};
  alignas(64) atomic<std::int64_t> used_{0};
  atomic<std::int64_t> scarce_above_{0}; ///< granules, like those in use; zero at first, so that no file holds it
};

} // namespace spanwise::inline SPANWISE_ABI::detail
