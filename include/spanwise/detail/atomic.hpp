// Atomic variables over the compiler's own builtins, because <atomic> costs each translation unit a quarter of a second.
// Same meaning as std::atomic; only the operations that spanwise uses.
#pragma once

#include <spanwise/detail/config.hpp>

#if defined(_MSC_VER)
#include <atomic>
#endif

namespace spanwise::inline SPANWISE_ABI::detail {

#if defined(_MSC_VER)

using memory_order = std::memory_order;
inline constexpr memory_order relaxed = std::memory_order_relaxed;
inline constexpr memory_order acquire = std::memory_order_acquire;
inline constexpr memory_order release = std::memory_order_release;
inline constexpr memory_order acq_rel = std::memory_order_acq_rel;
inline constexpr memory_order seq_cst = std::memory_order_seq_cst;

template <class Value> class atomic : public std::atomic<Value> {
public:
  using std::atomic<Value>::atomic;
  bool compare_exchange(Value& expected, Value desired, memory_order success, memory_order failure) noexcept {
    return this->compare_exchange_strong(expected, desired, success, failure);
  }
};

inline void fence(memory_order order) noexcept { std::atomic_thread_fence(order); }
inline void compiler_fence() noexcept { std::atomic_signal_fence(std::memory_order_seq_cst); }

/// Atomic access to a plain variable, for memory whose layout must not depend on a class of ours.
template <class Value> Value load_plain(Value const& from, memory_order order) noexcept {
  return std::atomic_ref<Value>{const_cast<Value&>(from)}.load(order);
}
template <class Value> void store_plain(Value& to, Value value, memory_order order) noexcept {
  std::atomic_ref<Value>{to}.store(value, order);
}
template <class Value>
bool compare_exchange_plain(Value& at, Value& expected, Value desired, memory_order success,
                            memory_order failure) noexcept {
  return std::atomic_ref<Value>{at}.compare_exchange_strong(expected, desired, success, failure);
}

#else

enum memory_order : int {
  relaxed = __ATOMIC_RELAXED,
  acquire = __ATOMIC_ACQUIRE,
  release = __ATOMIC_RELEASE,
  acq_rel = __ATOMIC_ACQ_REL,
  seq_cst = __ATOMIC_SEQ_CST
};

template <class Value> class atomic {
public:
  constexpr atomic() noexcept = default;
  constexpr atomic(Value value) noexcept : value_{value} {}
  atomic(atomic const&) = delete;
  atomic& operator=(atomic const&) = delete;

  SPANWISE_INLINE Value load(memory_order order) const noexcept {
    Value result;
    __atomic_load(&value_, &result, order);
    return result;
  }
  SPANWISE_INLINE void store(Value value, memory_order order) noexcept { __atomic_store(&value_, &value, order); }
  SPANWISE_INLINE Value exchange(Value value, memory_order order) noexcept {
    Value result;
    __atomic_exchange(&value_, &value, &result, order);
    return result;
  }
  SPANWISE_INLINE bool compare_exchange(Value& expected, Value desired, memory_order success,
                                        memory_order failure) noexcept {
    return __atomic_compare_exchange(&value_, &expected, &desired, false, success, failure);
  }
  SPANWISE_INLINE Value fetch_add(Value amount, memory_order order) noexcept {
    return __atomic_fetch_add(&value_, amount, order);
  }
  SPANWISE_INLINE Value fetch_sub(Value amount, memory_order order) noexcept {
    return __atomic_fetch_sub(&value_, amount, order);
  }
  SPANWISE_INLINE Value fetch_or(Value bits, memory_order order) noexcept {
    return __atomic_fetch_or(&value_, bits, order);
  }
  SPANWISE_INLINE Value fetch_and(Value bits, memory_order order) noexcept {
    return __atomic_fetch_and(&value_, bits, order);
  }

private:
  Value value_{};
};

#if defined(__SANITIZE_THREAD__) // which does not know fences, and says so; what they order is atomic everywhere
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wtsan"
#endif
SPANWISE_INLINE void fence(memory_order order) noexcept { __atomic_thread_fence(order); }
#if defined(__SANITIZE_THREAD__)
#pragma GCC diagnostic pop
#endif
SPANWISE_INLINE void compiler_fence() noexcept { __atomic_signal_fence(__ATOMIC_SEQ_CST); }

/// Atomic access to a plain variable, for memory whose layout must not depend on a class of ours.
template <class Value> SPANWISE_INLINE Value load_plain(Value const& from, memory_order order) noexcept {
  Value result;
  __atomic_load(&from, &result, order);
  return result;
}
template <class Value> SPANWISE_INLINE void store_plain(Value& to, Value value, memory_order order) noexcept {
  __atomic_store(&to, &value, order);
}
template <class Value>
SPANWISE_INLINE bool compare_exchange_plain(Value& at, Value& expected, Value desired, memory_order success,
                                            memory_order failure) noexcept {
  return __atomic_compare_exchange(&at, &expected, &desired, false, success, failure);
}

#endif

/// Adds to a counter that only the calling thread writes: a plain add, which other threads may read.
template <class Value> SPANWISE_INLINE void add_own(atomic<Value>& counter, Value amount) noexcept {
  counter.store(static_cast<Value>(counter.load(relaxed) + amount), relaxed);
}

} // namespace spanwise::inline SPANWISE_ABI::detail
