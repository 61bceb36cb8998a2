// The growing piece of memory into which a span writes itself as protobuf: first inside the span, then, if that is
// full, one block from the heap, counted against a bound for the whole process. It never throws.
#pragma once

#include <spanwise/core/wire.hpp>
#include <spanwise/detail/atomic.hpp>

#include <new>

namespace spanwise::inline SPANWISE_ABI::detail {

/// What all spans of the process together may hold beyond the memory inside them.
inline constexpr std::int64_t most_overflow_bytes = std::int64_t{64} << 20;
SPANWISE_SHARED inline constinit atomic<std::int64_t> overflow_bytes{0};

/// Where to write. The memory it begins with is its owner's, and lies wherever that is best.
class tape {
public:
  tape() noexcept {}
  tape(tape const&) = delete;
  tape& operator=(tape const&) = delete;

  /// Empties it; it may grow to `most` bytes, at least to the `size` that it is given.
  SPANWISE_INLINE void open(unsigned char* memory, std::size_t size, std::uint32_t most) noexcept {
    data_ = cursor_ = memory;
    end_ = memory + size;
    most_ = most;
    on_heap_ = false;
  }

  /// For who writes nothing: there is nothing to release.
  SPANWISE_INLINE void open_none() noexcept { on_heap_ = false; }
  [[nodiscard]] SPANWISE_INLINE bool on_heap() const noexcept { return on_heap_; }

  /// Gives back what it took from the heap, as the last call: a tape has no destructor.
  SPANWISE_INLINE void release() noexcept {
    if (on_heap_) [[unlikely]]
      free_block();
  }

  /// Room for `size` more bytes at cursor(); false, with nothing changed, if they can't be had.
  [[nodiscard]] SPANWISE_INLINE bool reserve(std::size_t size) noexcept {
    if (has(size)) [[likely]]
      return true;
    return grow(size);
  }
  /// True if there is room for `size` more bytes without growing.
  [[nodiscard]] SPANWISE_INLINE bool has(std::size_t size) const noexcept {
    return static_cast<std::size_t>(end_ - cursor_) >= size;
  }

  [[nodiscard]] SPANWISE_INLINE unsigned char* cursor() const noexcept { return cursor_; }
  SPANWISE_INLINE void advance_to(unsigned char* cursor) noexcept { cursor_ = cursor; }
  [[nodiscard]] SPANWISE_INLINE unsigned char* data() const noexcept { return data_; }
  [[nodiscard]] SPANWISE_INLINE std::size_t size() const noexcept { return static_cast<std::size_t>(cursor_ - data_); }
  /// The bytes that may still be asked for.
  [[nodiscard]] std::size_t left() const noexcept { return most_ > size() ? most_ - size() : 0; }
  /// The bytes that can still be had, and reserved.
  [[nodiscard]] std::size_t room() noexcept {
    std::size_t const left = this->left();
    return reserve(left) ? left : static_cast<std::size_t>(end_ - cursor_);
  }

  /// Takes bytes [from, to) out of what was written.
  void erase(unsigned char* from, unsigned char* to) noexcept {
    std::memmove(from, to, static_cast<std::size_t>(cursor_ - to));
    cursor_ -= to - from;
  }

private:
  SPANWISE_COLD bool grow(std::size_t size) noexcept {
    std::size_t const used = this->size();
    if (used + size > most_) return false;
    std::size_t capacity = static_cast<std::size_t>(end_ - data_);
    while (capacity < used + size) capacity *= 2;
    if (capacity > most_) capacity = most_;
    auto const charge = static_cast<std::int64_t>(capacity);
    if (overflow_bytes.fetch_add(charge, relaxed) + charge > most_overflow_bytes) {
      overflow_bytes.fetch_sub(charge, relaxed);
      return false;
    }
    auto* const block = static_cast<unsigned char*>(::operator new(capacity, std::nothrow));
    if (block == nullptr) {
      overflow_bytes.fetch_sub(charge, relaxed);
      return false;
    }
    std::memcpy(block, data_, used);
    release();
    data_ = block;
    cursor_ = block + used;
    end_ = block + capacity;
    on_heap_ = true;
    return true;
  }

  SPANWISE_COLD void free_block() noexcept {
    overflow_bytes.fetch_sub(end_ - data_, relaxed);
    ::operator delete(data_);
    on_heap_ = false;
  }

  unsigned char* data_;
  unsigned char* cursor_;
  unsigned char* end_;
  std::uint32_t most_;
  bool on_heap_;
};

/// A tape together with the memory it begins with.
class inline_tape : public tape {
public:
  static constexpr std::size_t inline_size = 472;

  explicit inline_tape(std::uint32_t most) noexcept { open(memory_, inline_size, most); }
  ~inline_tape() { release(); }

private:
  unsigned char memory_[inline_size];
};

} // namespace spanwise::inline SPANWISE_ABI::detail
