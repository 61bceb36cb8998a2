// For tests: runs a function in a forked child and says how that ended. Such tests are not for TSan, which does not
// know threads that a child of fork starts.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <thread>

namespace testing {

/// Under a sanitizer a child can't rely on memory being there if other threads took some when it was forked.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif
#else
inline constexpr bool sanitized = false;
#endif

/// How a child ended.
struct child_end {
  int code = -1;  ///< what it exited with; -1 if it did not
  int signal = 0; ///< what killed it
  bool hung = false;
};

/// A child that runs `work` and then ends with what that returns, without anything of the parent's being torn down.
class child_process {
public:
  template <class Work> explicit child_process(Work const& work) {
    std::fflush(nullptr);
    if (sanitized)
      std::this_thread::sleep_for(std::chrono::milliseconds{50}); // until new threads are through their start
    pid_ = ::fork();
    if (pid_ == 0) ::_exit(work());
  }
  child_process(child_process const&) = delete;
  child_process& operator=(child_process const&) = delete;
  ~child_process() {
    if (pid_ > 0 && !waited_) end(std::chrono::milliseconds{0});
  }

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

  /// Waits for it; after `longest` it is killed.
  child_end end(std::chrono::milliseconds longest = std::chrono::seconds{20}) {
    child_end result;
    int status = 0;
    auto const until = std::chrono::steady_clock::now() + longest;
    pid_t ended = 0;
    while ((ended = ::waitpid(pid_, &status, WNOHANG)) == 0 && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    if (ended == 0) {
      result.hung = true;
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, &status, 0);
    }
    waited_ = true;
    if (WIFEXITED(status)) result.code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
    return result;
  }

private:
  pid_t pid_ = -1;
  bool waited_ = false;
};

/// Counts what does not hold in a child, where the test framework is of no use.
class verdict {
public:
  void expect(bool good, char const* what) {
    if (good) return;
    ++bad_;
    std::fprintf(stderr, "does not hold in the child: %s\n", what);
  }
  [[nodiscard]] int code() const noexcept { return bad_; }

private:
  int bad_ = 0;
};

} // namespace testing
