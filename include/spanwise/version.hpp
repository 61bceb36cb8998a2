// The version of spanwise, in its one place: the build, the packages and the exported telemetry read it here.
// The inline namespace carries it too, so two versions (or a build with SPANWISE_OFF or SPANWISE_PORTABLE) linked into one process never mix.
#pragma once

// An older standard gives a thousand errors. This is the one to read, and a missing file is what compilers stop at.
#if __cplusplus < 202002L && (!defined(_MSVC_LANG) || _MSVC_LANG < 202002L)
#error "spanwise needs C++20: compile with -std=c++20"
#include <end of compilation>
#endif

#define SPANWISE_VERSION "0.1.0"

#ifdef SPANWISE_OFF
#define SPANWISE_ABI v0_1_0_off
#elif defined(SPANWISE_PORTABLE)
#define SPANWISE_ABI v0_1_0_portable
#else
#define SPANWISE_ABI v0_1_0
#endif
