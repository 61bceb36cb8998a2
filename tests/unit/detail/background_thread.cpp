#include <spanwise/detail/background_thread.hpp>

#include "catch.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace {

struct probe {
  std::atomic<int> calls{};
  bool takes_term = true;
  bool takes_faults = false;
  int write_error = 0;

  void run() noexcept {
    sigset_t blocked;
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    takes_term = sigismember(&blocked, SIGTERM) == 0;
    takes_faults = sigismember(&blocked, SIGSEGV) == 0;
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0) {
      close(ends[1]);
      write_error = write(ends[0], "x", 1) < 0 ? errno : 0;
      close(ends[0]);
    }
    ++calls;
  }
};

} // namespace

TEST_CASE("a background thread takes faults but no other signals, and a broken pipe is only an error") {
  sigset_t before;
  sigset_t after;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  probe object;
  spanwise::detail::background_thread thread;
  CHECK_FALSE(thread.running());
  REQUIRE(thread.start<&probe::run>(object, "probe"));
  CHECK(thread.running());
  thread.join();
  CHECK_FALSE(thread.running());
  CHECK(object.calls == 1);
  CHECK_FALSE(object.takes_term);
  CHECK(object.takes_faults);
  CHECK(object.write_error == EPIPE);
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  CHECK(sigismember(&before, SIGTERM) == sigismember(&after, SIGTERM));
}

TEST_CASE("a background thread can be started again, and detached") {
  probe object;
  spanwise::detail::background_thread thread;
  for (int round = 1; round <= 2; ++round) {
    REQUIRE(thread.start<&probe::run>(object, "a name longer than fits"));
    thread.join();
    CHECK(object.calls == round);
  }
  REQUIRE(thread.start<&probe::run>(object, "detached"));
  thread.detach();
  while (object.calls != 3) usleep(1000);
}
