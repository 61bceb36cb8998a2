// What differs between compilers and platforms, told once. All of spanwise's macros stand here and in version.hpp.
// No switch changes a layout: parts built with different flags can be linked together. With SPANWISE_PORTABLE nothing is
// used that only some compilers, processors or kernels have: the way to see what else would run, and at what cost. That
// one is for a whole program: what was compiled without it is as another version, with pipelines of its own.
#pragma once

#include <spanwise/version.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>

static_assert(std::endian::native == std::endian::little, "spanwise: the wire format is written by plain stores, which needs a little-endian machine");

#if defined(_MSC_VER)
#define SPANWISE_INLINE __forceinline
#define SPANWISE_COLD __declspec(noinline) inline
#define SPANWISE_SMALL inline
#define SPANWISE_SHARED
#else
#if defined(__OPTIMIZE__)
#define SPANWISE_INLINE [[gnu::always_inline]] inline
#else // a build for the debugger: half the time to compile, and calls that it can step into
#define SPANWISE_INLINE inline
#endif
#if defined(__clang__) // for which `cold` alone is no reason to make code small
#define SPANWISE_SMALL [[gnu::cold, clang::minsize]] inline
#else
#define SPANWISE_SMALL [[gnu::cold]] inline
#endif
#define SPANWISE_COLD [[gnu::noinline, gnu::cold]] inline
#define SPANWISE_SHARED [[gnu::visibility("default")]]
#endif

// SPANWISE_COLD stands before what a fast function seldom calls: it keeps out of that one's way. SPANWISE_SMALL stands
// before all else that does not run for each span, such as set-up, waiting and what is said of failures: compilers make
// it small instead of fast. A lambda in such a function is none itself, so what is long in one gets a name.

namespace spanwise::inline SPANWISE_ABI::detail {

/// What is declared `template <class = on_use>` needs no parameter: it is a template so that compilers look into it
/// only where it is used. What is none is compiled, with all that it instantiates, wherever its header is included.
struct on_use;

} // namespace spanwise::inline SPANWISE_ABI::detail
