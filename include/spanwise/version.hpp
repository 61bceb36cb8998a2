// The version of spanwise, in its one place: the build, the packages and the exported telemetry read it here.
// The inline namespace carries it too, so two versions (or a build with SPANWISE_OFF) linked into one process never mix.
#pragma once

#define SPANWISE_VERSION "0.1.0"

#ifdef SPANWISE_OFF
#define SPANWISE_ABI v0_1_0_off
#else
#define SPANWISE_ABI v0_1_0
#endif
