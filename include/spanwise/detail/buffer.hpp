// A growing run of bytes that keeps its memory when cleared: what encoders write into and transports send from.
// Allocation failure is remembered instead of thrown; text appended after it is lost, so ask failed() before use.
#pragma once

#include <spanwise/detail/config.hpp>

#include <cstdlib>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

namespace spanwise::inline SPANWISE_ABI::detail {

/// Owns malloc'ed bytes; movable. One thread at a time.
class buffer {
public:
  /// More than this is refused as if memory had run out; no export comes near it.
  static constexpr std::size_t max_size = std::size_t{1} << 30;

  constexpr buffer() noexcept = default;
  buffer(buffer const&) = delete;
  buffer& operator=(buffer const&) = delete;
  buffer(buffer&& other) noexcept
      : data_{std::exchange(other.data_, nullptr)}, size_{std::exchange(other.size_, 0)},
        capacity_{std::exchange(other.capacity_, 0)}, failed_{std::exchange(other.failed_, false)} {}
  buffer& operator=(buffer&& other) noexcept {
    buffer taken{std::move(other)};
    std::swap(data_, taken.data_);
    std::swap(size_, taken.size_);
    std::swap(capacity_, taken.capacity_);
    std::swap(failed_, taken.failed_);
    return *this;
  }
  ~buffer() { std::free(data_); }

  [[nodiscard]] char* data() noexcept { return data_; }
  [[nodiscard]] char const* data() const noexcept { return data_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  /// True once memory ran out; what the buffer holds is then incomplete. clear() forgets it.
  [[nodiscard]] bool failed() const noexcept { return failed_; }

  [[nodiscard]] std::string_view text() const noexcept { return {data_, size_}; }
  [[nodiscard]] std::span<std::byte const> bytes() const noexcept {
    return {reinterpret_cast<std::byte const*>(data_), size_};
  }

  /// Forgets the bytes and keeps the memory for the next use.
  void clear() noexcept {
    size_ = 0;
    failed_ = false;
  }
  /// Forgets that memory ran out, for whoever can live with what was not appended.
  void recover() noexcept { failed_ = false; }
  /// Gives the memory back as well.
  void reset() noexcept { *this = buffer{}; }
  /// Cuts back to `size` bytes, which must not be more than there are.
  void truncate(std::size_t size) noexcept { size_ = size; }

  /// Makes room for `more` bytes behind the end and returns where they go; nullptr when memory ran out.
  [[nodiscard]] char* room(std::size_t more) noexcept {
    if (capacity_ - size_ >= more && data_ != nullptr) [[likely]]
      return data_ + size_;
    return grow(more);
  }
  /// Declares that bytes up to `end`, a place within the room given, are now written.
  void commit(char const* end) noexcept { size_ = static_cast<std::size_t>(end - data_); }

  void append(char const* from, std::size_t count) noexcept {
    char* const to = room(count);
    if (to == nullptr) return;
    if (count != 0) std::memcpy(to, from, count);
    size_ += count;
  }
  void append(std::string_view text) noexcept { append(text.data(), text.size()); }
  void append(std::span<std::byte const> bytes) noexcept {
    append(reinterpret_cast<char const*>(bytes.data()), bytes.size());
  }
  void push(char one) noexcept { append(&one, 1); }

private:
  SPANWISE_COLD char* grow(std::size_t more) noexcept {
    std::size_t const least = size_ + more;
    std::size_t wanted = capacity_ < 512 ? 1024 : capacity_ * 2;
    if (wanted < least) wanted = least + least / 8;
    bool const too_much = more > max_size || least > max_size;
    char* const moved = failed_ || too_much ? nullptr : static_cast<char*>(std::realloc(data_, wanted));
    if (moved == nullptr) {
      failed_ = true;
      return nullptr;
    }
    data_ = moved;
    capacity_ = wanted;
    return data_ + size_;
  }

  char* data_{};
  std::size_t size_{};
  std::size_t capacity_{};
  bool failed_{};
};

} // namespace spanwise::inline SPANWISE_ABI::detail
