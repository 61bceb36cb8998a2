// One thread's side of the hand-over to the back half: the chunk it writes finished spans into, and its accounts.
// Publishing a span is one release store; the back half reads behind it and gives the chunks back.
#pragma once

#include <spanwise/core/chunk_pool.hpp>
#include <spanwise/core/counters.hpp>

namespace spanwise::inline SPANWISE_ABI::detail {

/// May the owner write? Changed by the back half, followed by a heavy fence and a look at `busy`.
enum class gate_state : std::uint32_t { open, closed, reclaimed };

struct alignas(64) producer {
  // What the owning thread touches for each span.
  chunk* current{};
  std::uint32_t used{};
  std::uint32_t capacity{};
  atomic<std::uint32_t> busy{0}; ///< the owner is between enter() and leave()
  atomic<gate_state> gate{gate_state::open};
  thread_counts counts;
  atomic<std::uint32_t> visits{0}; ///< how deep the owner is in user code of the pipeline: samplers, processors

  // What the back half touches.
  alignas(64) atomic<std::uint32_t> head{
      0};                        ///< granule of a chunk begun without one before it; the reader takes it from here
  atomic<bool> abandoned{false}; ///< one of thread and pipeline has let go; the other one frees it
  bool reclaiming{};             ///< the gate was closed to take the last chunk away
  bool touched{};                ///< spans of it were gathered since the last settling
  std::uint32_t scanned{};       ///< bytes of `scanning` that were gathered
  chunk* reading{};              ///< the first chunk not given back
  chunk* scanning{};             ///< the chunk being gathered from
  producer* next{};
  std::int64_t quiet_since{};
  std::uint64_t thread{};
  std::uint64_t chunks{};

  /// Announces a write; false if the back half has closed or reclaimed this producer meanwhile.
  SPANWISE_INLINE bool enter(bool fence_too) noexcept {
    busy.store(1, relaxed);
    compiler_fence();
    if (fence_too) [[unlikely]]
      fence(seq_cst);
    return gate.load(relaxed) == gate_state::open;
  }
  SPANWISE_INLINE void leave() noexcept { busy.store(0, release); }

  /// Room for a record of `size` bytes, between enter() and leave(); nullptr if the pool is empty.
  SPANWISE_INLINE unsigned char* reserve(chunk_pool& pool, std::uint32_t size) noexcept {
    if (capacity - used >= size) [[likely]]
      return current->data() + used;
    return next_chunk(pool, size) ? current->data() + used : nullptr;
  }

  SPANWISE_INLINE void publish(std::uint32_t size) noexcept {
    used += size;
    current->committed.store(used, release);
  }

  /// The owner found its chunk reclaimed: it goes on without one.
  void restart() noexcept {
    current = nullptr;
    used = capacity = 0;
    gate_state seen = gate_state::reclaimed; // a pipeline that closes meanwhile has the last word
    gate.compare_exchange(seen, gate_state::open, relaxed, relaxed);
  }

private:
  SPANWISE_COLD bool next_chunk(chunk_pool& pool, std::uint32_t size) noexcept {
    std::uint32_t const least = static_cast<std::uint32_t>((size + sizeof(chunk) + granule_size - 1) / granule_size);
    // A thread that makes few spans, or where memory is short, gets by with little.
    std::uint32_t const usual = current == nullptr || pool.pressed() ? 1 : granules_per_chunk;
    chunk* taken = pool.take(least > usual ? least : usual, thread, chunks);
    if (taken == nullptr && least < usual) taken = pool.take(least, thread, chunks);
    if (taken == nullptr) return false;
    ++chunks;
    std::uint32_t const granule = pool.index_of(taken);
    if (current != nullptr) current->next.store(granule, release);
    else head.store(granule, release);
    current = taken;
    used = 0;
    capacity = taken->capacity;
    return true;
  }
};

} // namespace spanwise::inline SPANWISE_ABI::detail
