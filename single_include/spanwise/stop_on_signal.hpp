// spanwise/stop_on_signal.hpp, a part of spanwise beside the single header. Made by tools/single_header.py from include/: change that, not this.
#pragma once

#include <spanwise/spanwise.hpp>

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <functional>
#include <unistd.h>

// spanwise/stop_on_signal.hpp
//
// Ends a service in good order when it is told to: SIGINT and SIGTERM become a call on a thread, where everything is
// allowed, instead of a signal handler, where almost nothing is.

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

SPANWISE_SHARED inline constinit atomic<int> signal_pipe{-1};
SPANWISE_SHARED inline constinit atomic<pid_t> signal_owner{0};

/// Only passes the number on: write is one of the few calls that a handler may make.
inline void pass_signal(int number) {
  int const saved = errno;
  auto const byte = static_cast<unsigned char>(number);
  int const pipe = signal_pipe.load(acquire);
  if (pipe >= 0 && signal_owner.load(relaxed) == ::getpid()) {
    static_cast<void>(!::write(pipe, &byte, 1));
  } else { // a forked child, whose parent the pipe would tell, or nobody is there any more
    std::signal(number, SIG_DFL);
    ::raise(number);
  }
  errno = saved;
}

} // namespace detail

/// While it lives, the first SIGINT or SIGTERM shuts tracing down and ends the process as the signal would have;
/// with a function, calls that instead, so that main can leave its loop: `stop_on_signal stop{[&] { server.stop(); }};`
///
/// A second signal ends the process at once. The function runs on a thread of its own. One at a time in a process.
class stop_on_signal {
public:
  [[nodiscard]] explicit stop_on_signal(provider& tracing)
      : stop_on_signal{[&tracing] { detail::tell_end(tracing.shutdown()); }, true} {}
  /// Where tracing is off at compile time there is nothing to send: signals stay as they are.
  [[nodiscard]] explicit stop_on_signal(no_provider const&) noexcept : end_process_{false} {}
  [[nodiscard]] explicit stop_on_signal(std::function<void()> then) : stop_on_signal{std::move(then), false} {}
  stop_on_signal(stop_on_signal const&) = delete;
  stop_on_signal& operator=(stop_on_signal const&) = delete;

  ~stop_on_signal() {
    bool const mine = owner_ == ::getpid(); // in a forked child there is no thread, and the pipe is the parent's
    if (thread_.running()) {
      for (std::size_t i = 0; i < 2; ++i) ::sigaction(numbers[i], &before_[i], nullptr);
      if (detail::signal_owner.load(detail::relaxed) == owner_) detail::signal_pipe.store(-1, detail::release);
      unsigned char const leave = 0;
      if (mine) static_cast<void>(!::write(pipe_[1], &leave, 1));
      if (mine) thread_.join();
    }
    for (int const end : pipe_)
      if (end >= 0) ::close(end);
  }

  /// The signal that came; 0 if none did.
  [[nodiscard]] int signal() const noexcept { return came_.load(detail::acquire); }

private:
  static constexpr int numbers[]{SIGINT, SIGTERM};

  stop_on_signal(std::function<void()> then, bool end_process) : then_{std::move(then)}, end_process_{end_process} {
    if (::pipe(pipe_) != 0) return;
    for (int const end : pipe_) ::fcntl(end, F_SETFD, FD_CLOEXEC);
    if (!thread_.start<&stop_on_signal::watch>(*this, "spanwise-stop")) return;
    detail::signal_owner.store(owner_, detail::relaxed);
    detail::signal_pipe.store(pipe_[1], detail::release);
    struct sigaction action {};
    action.sa_handler = &detail::pass_signal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (std::size_t i = 0; i < 2; ++i) ::sigaction(numbers[i], &action, &before_[i]);
  }

  void watch() noexcept {
    unsigned char number = 0;
    while (::read(pipe_[0], &number, 1) < 0 && errno == EINTR) {}
    if (number == 0) return;
    for (int const each : numbers) std::signal(each, SIG_DFL); // a second signal does not wait
    came_.store(number, detail::release);
    detail::contain([&] { then_(); });
    if (!end_process_) return;
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, number);
    ::pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
    ::kill(::getpid(), number);
    ::_exit(128 + number); // the first process of a container outlives signals that it does not handle
  }

  std::function<void()> then_;
  bool end_process_;
  int pipe_[2]{-1, -1};
  pid_t owner_ = ::getpid();
  struct sigaction before_[2]{};
  detail::atomic<int> came_{0};
  detail::background_thread thread_;
};

} // namespace spanwise::inline SPANWISE_ABI
