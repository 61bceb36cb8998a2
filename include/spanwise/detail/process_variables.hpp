// All environment variables of this process at once, which getenv gives one by one.
#pragma once

#include <spanwise/detail/config.hpp>

#include <unistd.h>

#if defined(__APPLE__)
extern "C" char*** _NSGetEnviron(); // where libraries have no `environ`
#endif

namespace spanwise::inline SPANWISE_ABI::detail {

/// `NAME=value` each, a null pointer behind the last; null if there are none. Good until a variable is changed.
inline char const* const* process_variables() noexcept {
#if defined(__APPLE__)
  return *_NSGetEnviron();
#else
  return ::environ;
#endif
}

} // namespace spanwise::inline SPANWISE_ABI::detail
