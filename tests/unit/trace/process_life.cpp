#include <spanwise/trace/process_life.hpp>

#include "catch.hpp"

using namespace spanwise::detail;

TEST_CASE("a thread is silent as long as it was silenced more often than let speak, never less than not at all") {
  thread_state* const mine = this_thread();
  REQUIRE(mine != nullptr);
  CHECK(mine->suppressed == 0);
  silence_this_thread(true);
  silence_this_thread(true);
  silence_this_thread(false);
  CHECK(mine->suppressed == 1);
  silence_this_thread(false);
  silence_this_thread(false); // as after a fork within
  CHECK(mine->suppressed == 0);
}

TEST_CASE("a forked child has no pipeline, new random numbers, and keeps the producers of its parent within reach") {
  thread_state* const mine = this_thread();
  REQUIRE(mine != nullptr);
  provider_core& core = provider_cores[3];
  core.epoch.fetch_add(1, relaxed);
  core.taken.store(true, relaxed);
  core.producers.store(new producer{}, relaxed);
  default_provider.store(&core, relaxed);
  mine->suppressed = 1;
  random_source before = mine->random;
  forget_parent();
  CHECK(default_provider.load(relaxed) == nullptr);
  CHECK_FALSE(provider_core::running(core.epoch.load(relaxed)));
  CHECK_FALSE(core.taken.load(relaxed));
  CHECK(core.producers.load(relaxed) == nullptr);
  CHECK(producers_of_parent != nullptr);
  CHECK(mine->suppressed == 0);
  CHECK(mine->random() != before());
}

TEST_CASE("at the exit each pipeline is ended once, by whoever takes it first, also one that another thread is stopping") {
  static int ended = 0;
  provider_core& core = provider_cores[2];
  core.at_exit = [](void* at) noexcept { *static_cast<int*>(at) += 1; };
  shut_down_at_exit();
  CHECK(ended == 0);
  core.pipeline.store(&ended, relaxed);
  CHECK_FALSE(provider_core::running(core.epoch.load(relaxed)));
  shut_down_at_exit();
  shut_down_at_exit();
  CHECK(ended == 1);
}
