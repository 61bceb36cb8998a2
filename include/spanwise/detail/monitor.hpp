// A lock and what to wait for under it, on pthreads: <mutex> and <condition_variable> would bring <chrono> along.
#pragma once

#include <spanwise/detail/config.hpp>

#include <pthread.h>
#include <time.h>

namespace spanwise::inline SPANWISE_ABI::detail {

class mutex {
public:
  constexpr mutex() noexcept = default;
  mutex(mutex const&) = delete;
  mutex& operator=(mutex const&) = delete;
  ~mutex() { pthread_mutex_destroy(&handle_); }

  void lock() noexcept { pthread_mutex_lock(&handle_); }
  void unlock() noexcept { pthread_mutex_unlock(&handle_); }

private:
  friend class condition;
  pthread_mutex_t handle_ = PTHREAD_MUTEX_INITIALIZER;
};

/// Holds a mutex while it lives, but for the time between unlock() and lock().
class locked {
public:
  [[nodiscard]] explicit locked(mutex& guarded) noexcept : mutex_{guarded} { mutex_.lock(); }
  locked(locked const&) = delete;
  locked& operator=(locked const&) = delete;
  ~locked() {
    if (held_) mutex_.unlock();
  }

  void lock() noexcept {
    mutex_.lock();
    held_ = true;
  }
  void unlock() noexcept {
    held_ = false;
    mutex_.unlock();
  }

private:
  friend class condition;
  mutex& mutex_;
  bool held_ = true;
};

/// Wakes threads that wait for a change of what a mutex guards.
class condition {
public:
  SPANWISE_SMALL condition() noexcept {
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
#if !defined(__APPLE__)
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
#endif
    pthread_cond_init(&handle_, &monotonic);
    pthread_condattr_destroy(&monotonic);
  }
  condition(condition const&) = delete;
  condition& operator=(condition const&) = delete;
  ~condition() {
    pthread_cond_destroy(&handle_);
  }

  void notify_one() noexcept {
    pthread_cond_signal(&handle_);
  }
  void notify_all() noexcept {
    pthread_cond_broadcast(&handle_);
  }

  /// Waits for `over`, which is called under the lock.
  template <class Over> void wait(locked& held, Over const& over) noexcept {
    while (!over()) pthread_cond_wait(&handle_, &held.mutex_.handle_);
  }
  /// The same until `until_ns` of the steady clock; what `over` says in the end.
  template <class Over> bool wait_until(locked& held, std::int64_t until_ns, Over const& over) noexcept {
    while (!over())
      if (!wait_once(held, until_ns)) return over();
    return true;
  }

private:
  /// False if time is up.
  SPANWISE_SMALL bool wait_once(locked& held, std::int64_t until_ns) noexcept {
    if (until_ns <= 0) return false;
    timespec until{};
    until.tv_sec = static_cast<time_t>(until_ns / 1'000'000'000);
    until.tv_nsec = static_cast<long>(until_ns % 1'000'000'000);
#if defined(__APPLE__)
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC_RAW, &now); // as steady_ns()
    std::int64_t const left = until_ns - (std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec);
    if (left <= 0) return false;
    until.tv_sec = static_cast<time_t>(left / 1'000'000'000);
    until.tv_nsec = static_cast<long>(left % 1'000'000'000);
    return pthread_cond_timedwait_relative_np(&handle_, &held.mutex_.handle_, &until) == 0;
#else
    return pthread_cond_timedwait(&handle_, &held.mutex_.handle_, &until) == 0;
#endif
  }

  pthread_cond_t handle_;
};

} // namespace spanwise::inline SPANWISE_ABI::detail
