// A thread of spanwise's own beside the host's: it takes none of the host's signals, and starting it cannot throw.
// SIGPIPE is among them, so writing to a connection that the other side closed is only an error code.
#pragma once

#include <spanwise/detail/config.hpp>

#include <pthread.h>
#include <signal.h>

#include <initializer_list>

namespace spanwise::inline SPANWISE_ABI::detail {

/// Must be joined or detached before it is destroyed or started again.
class background_thread {
public:
  background_thread() noexcept = default;
  background_thread(background_thread const&) = delete;
  background_thread& operator=(background_thread const&) = delete;

  /// Calls `(object.*Run)()` on a new thread; false if there can be none. Debuggers show `name`, at most 15 bytes.
  template <auto Run, class Object>
  [[nodiscard]] bool start(Object& object, [[maybe_unused]] char const* name) noexcept {
    sigset_t blocked;
    sigset_t before;
    sigfillset(&blocked);
    // What a fault raises on its own thread has to reach the host's crash handler.
    for (int const fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS}) sigdelset(&blocked, fault);
    pthread_sigmask(SIG_SETMASK, &blocked, &before);
    auto const run = [](void* self) -> void* {
      (static_cast<Object*>(self)->*Run)();
      return nullptr;
    };
    running_ = pthread_create(&thread_, nullptr, run, &object) == 0;
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
#if defined(__linux__)
    if (running_) pthread_setname_np(thread_, name);
#endif
    return running_;
  }

  /// True from start until join or detach.
  [[nodiscard]] bool running() const noexcept {
    return running_;
  }

  void join() noexcept {
    pthread_join(thread_, nullptr);
    running_ = false;
  }
  void detach() noexcept {
    pthread_detach(thread_);
    running_ = false;
  }

private:
  pthread_t thread_{};
  bool running_ = false;
};

} // namespace spanwise::inline SPANWISE_ABI::detail
