// What becomes of tracing when the process forks and when it exits, and how exporters are kept from tracing themselves.
// The first start of a pipeline sees to it; business code never meets this.
#pragma once

#include <spanwise/core/clock.hpp>
#include <spanwise/trace/thread_state.hpp>

#include <pthread.h>

#include <cstdlib>
#include <utility>

namespace spanwise::inline SPANWISE_ABI::detail {

/// Producers that the parent of this process has, and that nobody here will write to; leak detectors find them here.
SPANWISE_SHARED inline constinit producer* producers_of_parent = nullptr;

/// The child of a fork has one thread and none of the pipelines: it starts with a clean slate, and new random numbers.
inline void forget_parent() noexcept {
  default_provider.store(nullptr, relaxed);
  for (provider_core& core : provider_cores) {
    if (provider_core::running(core.epoch.load(relaxed))) core.epoch.fetch_add(1, relaxed);
    core.on_publish = nullptr;
    core.rouse = nullptr;
    core.pool.when_pressed(nullptr, nullptr);
    core.pipeline.store(nullptr, relaxed);
    for (producer* at = core.producers.exchange(nullptr, relaxed); at != nullptr;)
      at = std::exchange(at->next, std::exchange(producers_of_parent, at));
    core.taken.store(false, relaxed);
  }
  store_plain(shared::free_stacks_lock, 0U, relaxed);
  process_clock.forget_publisher();
  if (thread_state* const state = this_thread_state) {
    state->random.seed();
    state->suppressed = 0;
    for (thread_state::lane& each : state->lanes) {
      if (each.writer != nullptr && each.writer->abandoned.load(relaxed)) delete each.writer; // its pipeline is over
      each = {};
    }
  }
}

/// Takes each pipeline that is still there, so that a thread which destroys one just then lets it be. One that another
/// thread is shutting down has stopped taking spans but may not have sent them yet: the process waits for it as well.
inline void shut_down_at_exit() noexcept {
  for (provider_core& core : provider_cores)
    if (void* const pipeline = core.pipeline.exchange(nullptr, acq_rel); pipeline != nullptr) core.at_exit(pipeline);
}

/// Once for the process: what is to happen when it forks and when it ends.
inline void watch_process() noexcept {
  static bool const watched = [] {
    ::pthread_atfork(nullptr, nullptr, [] { forget_parent(); });
    std::atexit([] { shut_down_at_exit(); });
    return true;
  }();
  static_cast<void>(watched);
}

inline void silence_this_thread(bool quiet) noexcept {
  thread_state* const state = this_thread();
  if (state == nullptr) return;
  if (quiet) ++state->suppressed;
  else if (state->suppressed != 0) --state->suppressed; // it is 0 in a child that was forked within
}

} // namespace spanwise::inline SPANWISE_ABI::detail
