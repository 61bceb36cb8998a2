#include "allocations.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdlib>

namespace {

constinit thread_local bench::allocation_count mine{};

} // namespace

bench::allocation_count bench::allocations_here() noexcept {
  return mine;
}

#if defined(__GLIBC__)

#include <malloc.h>

extern "C" {
void* __libc_malloc(std::size_t size) noexcept;
void* __libc_calloc(std::size_t count, std::size_t size) noexcept;
void* __libc_realloc(void* memory, std::size_t size) noexcept;
void* __libc_memalign(std::size_t alignment, std::size_t size) noexcept;
void __libc_free(void* memory) noexcept;
}

namespace {

void* counted(void* memory) noexcept {
  if (memory == nullptr) return nullptr;
  std::size_t const size = malloc_usable_size(memory);
  ++mine.blocks;
  mine.bytes += size;
  mine.held += static_cast<std::int64_t>(size);
  return memory;
}

void uncount(void* memory) noexcept {
  if (memory != nullptr) mine.held -= static_cast<std::int64_t>(malloc_usable_size(memory));
}

} // namespace

extern "C" {
void* malloc(std::size_t size) noexcept {
  return counted(__libc_malloc(size));
}
void* calloc(std::size_t count, std::size_t size) noexcept {
  return counted(__libc_calloc(count, size));
}
void* realloc(void* memory, std::size_t size) noexcept {
  uncount(memory);
  return counted(__libc_realloc(memory, size));
}
void* memalign(std::size_t alignment, std::size_t size) noexcept {
  return counted(__libc_memalign(alignment, size));
}
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  return memalign(alignment, size);
}
int posix_memalign(void** memory, std::size_t alignment, std::size_t size) noexcept {
  *memory = memalign(alignment, size);
  return *memory == nullptr ? ENOMEM : 0;
}
void free(void* memory) noexcept {
  uncount(memory);
  __libc_free(memory);
}
}

#endif
