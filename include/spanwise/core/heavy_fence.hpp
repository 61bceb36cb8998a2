// One-sided fences: the thread that ends a span pays nothing, the rare one that closes or reclaims pays for both.
// The kernel's membarrier makes all threads of the process order their memory; without it each span pays a fence.
#pragma once

#include <spanwise/detail/atomic.hpp>

#if defined(__linux__)
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace spanwise::inline SPANWISE_ABI::detail {

/// Prepares heavy_fence(); false if the system has none, so that the light side must fence too.
inline bool register_heavy_fence() noexcept {
#if defined(__linux__) && defined(__NR_membarrier) && !defined(SPANWISE_PORTABLE)
  return ::syscall(__NR_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
#else
  return false;
#endif
}

/// Orders this thread's memory against every other thread's compiler_fence(), if registered.
inline void heavy_fence() noexcept {
#if defined(__linux__) && defined(__NR_membarrier) && !defined(SPANWISE_PORTABLE)
  ::syscall(__NR_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
#endif
  fence(seq_cst);
}

} // namespace spanwise::inline SPANWISE_ABI::detail
