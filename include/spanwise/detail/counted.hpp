// Ownership shared by counting, without the cost of <memory>: what the back half holds in more than one place.
#pragma once

#include <spanwise/detail/atomic.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace spanwise::inline SPANWISE_ABI::detail {

struct counted_block {
  atomic<std::size_t> holders{1};
  void (*destroy)(counted_block*) noexcept {};
};

template <class Value> struct counted_value : counted_block {
  template <class Make> explicit counted_value(Make&& make) : value(make()) {
    destroy = [](counted_block* block) noexcept { delete static_cast<counted_value*>(block); };
  }
  Value value;
};

/// One of the holders of a value, or of none. Holders may be used by different threads, one of them by one at a time.
template <class Value> class counted {
public:
  constexpr counted() noexcept = default;
  constexpr counted(std::nullptr_t) noexcept {}
  counted(counted const& other) noexcept : counted{other.value_, other.block_} {
    if (block_ != nullptr) block_->holders.fetch_add(1, relaxed);
  }
  counted(counted&& other) noexcept
      : counted{std::exchange(other.value_, nullptr), std::exchange(other.block_, nullptr)} {}
  /// As a holder of its base, of what it is when const, or of void.
  template <class Other>
  requires(!std::is_same_v<Other, Value> && std::is_convertible_v<Other*, Value*>) counted(counted<Other> other)
  noexcept : counted{std::exchange(other.value_, nullptr), std::exchange(other.block_, nullptr)} {}
  counted& operator=(counted other) noexcept {
    std::swap(value_, other.value_);
    std::swap(block_, other.block_);
    return *this;
  }
  ~counted() {
    if (block_ != nullptr && block_->holders.fetch_sub(1, acq_rel) == 1) block_->destroy(block_);
  }

  /// A value made of `arguments`; throws what its constructor does, or std::bad_alloc.
  template <class... Arguments> [[nodiscard]] static counted make(Arguments&&... arguments) {
    using plain = std::remove_const_t<Value>;
    return made_by([&]() -> plain { return plain(std::forward<Arguments>(arguments)...); });
  }
  /// What `make` returns, which need not be movable.
  template <class Make> [[nodiscard]] static counted made_by(Make&& make) {
    auto* const block = new counted_value<std::remove_const_t<Value>>(make);
    return {&block->value, block};
  }

  [[nodiscard]] Value* get() const noexcept { return value_; }
  [[nodiscard]] Value* operator->() const noexcept { return value_; }
  template <class Same = Value> [[nodiscard]] Same& operator*() const noexcept { return *value_; }
  [[nodiscard]] explicit operator bool() const noexcept { return value_ != nullptr; }
  friend bool operator==(counted const& held, std::nullptr_t) noexcept { return held.value_ == nullptr; }

private:
  template <class> friend class counted;
  counted(Value* value, counted_block* block) noexcept : value_{value}, block_{block} {}

  Value* value_{};
  counted_block* block_{};
};

/// The only owner of a value, or of none.
template <class Value> class owned {
public:
  owned() noexcept = default;
  owned(owned&& other) noexcept : value_{std::exchange(other.value_, nullptr)} {}
  owned& operator=(owned&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~owned() { reset(); }

  template <class... Arguments> void make(Arguments&&... arguments) {
    reset();
    value_ = new Value(std::forward<Arguments>(arguments)...);
  }
  void reset() noexcept { delete std::exchange(value_, nullptr); }

  [[nodiscard]] Value* operator->() const noexcept { return value_; }
  [[nodiscard]] Value& operator*() const noexcept { return *value_; }
  [[nodiscard]] explicit operator bool() const noexcept { return value_ != nullptr; }

private:
  Value* value_{};
};

} // namespace spanwise::inline SPANWISE_ABI::detail
