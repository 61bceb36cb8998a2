// Counts what each thread allocates, by any means: the program's malloc counts, and hands on to the C library's.
#pragma once

#include <cstdint>

namespace bench {

struct allocation_count {
  std::uint64_t blocks{};
  std::uint64_t bytes{};
  std::int64_t held{}; ///< bytes not yet freed, with the allocator's rounding; freed elsewhere counts there
};

/// Of the calling thread, since it began. All 0 where the C library is not glibc.
[[nodiscard]] allocation_count allocations_here() noexcept;

} // namespace bench
