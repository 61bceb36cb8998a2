#include <spanwise/viewer/faults.hpp>

#include "catch.hpp"

#include <thread>

using namespace spanwise;
using namespace std::chrono_literals;

TEST_CASE("faults are met in order, each as often as planned") {
  fault_plan plan;
  CHECK_FALSE(plan.next());
  plan.add({.status = 503, .times = 2});
  plan.add({.status = 429});
  CHECK(plan.next()->status == 503);
  CHECK(plan.next()->status == 503);
  CHECK(plan.next()->status == 429);
  CHECK_FALSE(plan.next());
  CHECK(plan.met() == 3);
}

TEST_CASE("zero times means all requests until the plan is cleared") {
  fault_plan plan;
  plan.add({.manner = fault_manner::close, .times = 0});
  for (int request = 0; request < 5; ++request) CHECK(plan.next()->manner == fault_manner::close);
  plan.clear();
  CHECK_FALSE(plan.next());
}

TEST_CASE("a held request is let go by time, by clearing, and when its client has left", "[threads]") {
  fault_plan plan;
  auto const stays = [] { return false; };
  plan.hold(5ms, stays);
  auto const begin = std::chrono::steady_clock::now();
  plan.hold(fault_plan::forever, [] { return true; });
  std::thread other{[&] {
    std::this_thread::sleep_for(30ms);
    plan.clear();
  }};
  plan.hold(fault_plan::forever, stays);
  CHECK(std::chrono::steady_clock::now() - begin < 10s);
  other.join();
}
