// Tracing off for all of this program: its signals are handled as before, there is only nothing to send.
#define SPANWISE_OFF
#include <spanwise/export/memory.hpp>
#include <spanwise/stop_on_signal.hpp>

#include "catch.hpp"
#include "child_process.hpp"

#include <atomic>
#include <csignal>

TEST_CASE("where tracing is off, a signal ends the process as if nobody had handled it", "[fork]") {
  testing::child_process child{[]() -> int {
    std::signal(SIGTERM, SIG_DFL); // the test runner handles it
    auto tracing = spanwise::start("test", spanwise::batch{spanwise::memory{}});
    spanwise::stop_on_signal const stop{tracing};
    if (stop.signal() != 0) return 1;
    ::raise(SIGTERM);
    return 2;
  }};
  CHECK(child.end().signal == SIGTERM);
}

TEST_CASE("where tracing is off, a function is still called", "[threads]") {
  std::atomic<bool> called{false};
  spanwise::stop_on_signal const stop{[&] { called = true; }};
  ::raise(SIGTERM);
  while (!called) std::this_thread::sleep_for(std::chrono::milliseconds{1});
  CHECK(stop.signal() == SIGTERM);
}
