#include <spanwise/core/duration.hpp>
#include <spanwise/detail/monitor.hpp>

#include "catch.hpp"

#include <chrono>
#include <thread>

using namespace spanwise::detail;
using namespace std::chrono_literals;
using spanwise::deadline;

TEST_CASE("a condition wakes who waits, and time ends the wait", "[threads]") {
  mutex guard;
  condition changed;
  int value = 0;
  std::thread other{[&] {
    locked const held{guard};
    value = 1;
    changed.notify_all();
  }};
  {
    locked held{guard};
    CHECK(changed.wait_until(held, deadline::in(10s).steady_ns(), [&] { return value == 1; }));
    deadline const before = deadline::now();
    CHECK_FALSE(changed.wait_until(held, deadline::in(20ms).steady_ns(), [&] { return value == 2; }));
    CHECK(deadline::now() >= before + 20ms);
    CHECK_FALSE(changed.wait_until(held, 0, [&] { return value == 2; }));
    CHECK(changed.wait_until(held, 0, [&] { return value == 1; }));
    held.unlock();
    held.lock();
  }
  other.join();
}
