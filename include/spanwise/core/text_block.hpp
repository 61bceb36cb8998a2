// Text that several owners share and nobody changes: a handle of one pointer to a counted block. The trace state and
// the baggage of a context live in such blocks, so handing a context on costs one addition at most.
#pragma once

#include <spanwise/detail/atomic.hpp>

#include <cstring>
#include <new>
#include <string_view>
#include <utility>

namespace spanwise::inline SPANWISE_ABI::detail {

/// What stands before the bytes of a block.
struct text_header {
  atomic<std::uint32_t> owners{1};
  std::uint32_t size{};
};
static_assert(sizeof(text_header) == 8);

/// A share in an immutable block of bytes; empty ones own nothing. Copies may be used by several threads at once.
class shared_text {
public:
  static constexpr std::size_t max_size = 1U << 30;

  constexpr shared_text() noexcept = default;
  constexpr shared_text(shared_text&& other) noexcept : block_{std::exchange(other.block_, nullptr)} {}
  SPANWISE_INLINE shared_text(shared_text const& other) noexcept : block_{other.block_} {
    if (block_ != nullptr) [[unlikely]]
      block_->owners.fetch_add(1, relaxed);
  }
  shared_text& operator=(shared_text const& other) noexcept { return *this = shared_text{other}; }
  SPANWISE_INLINE shared_text& operator=(shared_text&& other) noexcept {
    text_header* const before = std::exchange(block_, std::exchange(other.block_, nullptr));
    if (before != nullptr) [[unlikely]]
      leave(before);
    return *this;
  }
  SPANWISE_INLINE ~shared_text() {
    if (block_ != nullptr) [[unlikely]]
      leave(block_);
  }

  /// A block that holds a copy of `text`; empty if `text` is, or if there is no memory.
  [[nodiscard]] static shared_text make(std::string_view text) noexcept;

  [[nodiscard]] bool empty() const noexcept { return block_ == nullptr; }
  [[nodiscard]] std::string_view view() const noexcept {
    return block_ == nullptr ? std::string_view{} : std::string_view{bytes_of(block_), block_->size};
  }

  /// The block as a plain pointer, for storage that holds no C++ objects. `raw` lends it, `release` hands over this
  /// share, `adopt` takes one over, `share` makes one more of a block that somebody else keeps. nullptr stands for
  /// empty.
  [[nodiscard]] void* raw() const noexcept { return block_; }
  [[nodiscard]] void* release() noexcept { return std::exchange(block_, nullptr); }
  [[nodiscard]] static shared_text adopt(void* block) noexcept {
    shared_text result;
    result.block_ = static_cast<text_header*>(block);
    return result;
  }
  [[nodiscard]] static shared_text share(void* block) noexcept {
    if (block != nullptr) static_cast<text_header*>(block)->owners.fetch_add(1, relaxed);
    return adopt(block);
  }

private:
  friend class text_builder;

  static char* bytes_of(text_header* block) noexcept { return reinterpret_cast<char*>(block + 1); }

  SPANWISE_COLD static void leave(text_header* block) noexcept {
    // Release: my reads are over. Acquire, for the last one: so are everybody's, before the memory goes.
    if (block->owners.fetch_sub(1, acq_rel) == 1) ::operator delete(static_cast<void*>(block));
  }

  text_header* block_{};
};

/// Collects the bytes of a block. Room is reserved first, in one allocation if the first guess holds.
class text_builder {
public:
  text_builder() noexcept = default;
  text_builder(text_builder const&) = delete;
  text_builder& operator=(text_builder const&) = delete;

  /// Makes room for `more` bytes behind those that are there; false, and nothing changes, if there is none to be had.
  [[nodiscard]] bool reserve(std::size_t more) noexcept {
    if (fits(more)) return true;
    if (more > shared_text::max_size - size_) return false;
    std::size_t const capacity = size_ + more;
    void* const memory = ::operator new(sizeof(text_header) + capacity, std::nothrow);
    if (memory == nullptr) return false;
    shared_text fresh;
    fresh.block_ = ::new (memory) text_header;
    if (size_ != 0) std::memcpy(shared_text::bytes_of(fresh.block_), data(), size_);
    text_ = std::move(fresh);
    capacity_ = capacity;
    return true;
  }

  [[nodiscard]] bool fits(std::size_t more) const noexcept { return more <= capacity_ - size_; }

  /// Appends `count` bytes that fit, for the caller to write.
  [[nodiscard]] char* extend(std::size_t count) noexcept {
    size_ += count;
    return data() + size_ - count;
  }

  /// Appends within the room reserved; what does not fit is not appended.
  void append(std::string_view bytes) noexcept {
    if (bytes.empty() || !fits(bytes.size())) return;
    std::memcpy(data() + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
  }
  void append(char byte) noexcept {
    if (fits(1)) data()[size_++] = byte;
  }

  /// Takes `count` bytes at `position` out; those behind move up.
  void erase(std::size_t position, std::size_t count) noexcept {
    char* const to = data();
    if (to == nullptr) return;
    std::memmove(to + position, to + position + count, size_ - position - count);
    size_ -= count;
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] char* data() noexcept { return capacity_ == 0 ? nullptr : shared_text::bytes_of(text_.block_); }
  [[nodiscard]] std::string_view view() noexcept { return {data(), size_}; }
  void resize_down(std::size_t size) noexcept { size_ = size < size_ ? size : size_; }

  /// The finished block; the builder is empty afterwards.
  [[nodiscard]] shared_text take() noexcept {
    if (size_ == 0) return {};
    text_.block_->size = static_cast<std::uint32_t>(size_);
    size_ = capacity_ = 0;
    return std::move(text_);
  }

private:
  shared_text text_;
  std::size_t size_{};
  std::size_t capacity_{};
};

inline shared_text shared_text::make(std::string_view text) noexcept {
  text_builder builder;
  if (!builder.reserve(text.size())) return {};
  builder.append(text);
  return builder.take();
}

} // namespace spanwise::inline SPANWISE_ABI::detail
