// Catch2, version 2 or 3, whichever is installed. Every unit test includes this and nothing of Catch2's own.
// main comes from catch_main.cpp; a test built by hand in one command takes -DTEST_MAIN instead (slower to compile).
#pragma once

#if __has_include(<catch2/catch_all.hpp>)

#include <catch2/catch_approx.hpp>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <catch2/matchers/catch_matchers_all.hpp>
using Catch::Approx;

#else

#ifdef TEST_MAIN
#define CATCH_CONFIG_MAIN
#endif
#include <catch2/catch.hpp>

#endif
