// Keeps threads on one processor each.
#pragma once

#include <pthread.h>
#include <sched.h>

#include <cstddef>
#include <vector>

namespace bench {

/// The processors that this process may use.
inline std::vector<int> processors() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  std::vector<int> found;
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0)
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
      if (CPU_ISSET(static_cast<std::size_t>(cpu), &allowed)) found.push_back(cpu);
  return found;
}

/// The calling thread runs on this processor only, until the guard goes.
class pinned {
public:
  explicit pinned(int cpu) {
    sched_getaffinity(0, sizeof before_, &before_);
    pin(cpu);
  }
  pinned(pinned const&) = delete;
  pinned& operator=(pinned const&) = delete;
  ~pinned() { sched_setaffinity(0, sizeof before_, &before_); }

  /// For good.
  static bool pin(int cpu) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<std::size_t>(cpu), &one);
    return sched_setaffinity(0, sizeof one, &one) == 0;
  }

private:
  cpu_set_t before_;
};

} // namespace bench
