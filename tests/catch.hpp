// Catch2, version 2 or 3, whichever is installed. Every unit test includes this and nothing of Catch2's own.
// With SPANWISE_PLAIN_CHECKS a failed CHECK names its expression, not the values in it, and compiles in less time.
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

#if defined(SPANWISE_PLAIN_CHECKS)

#undef CHECK
#undef CHECK_FALSE
#undef REQUIRE
#undef REQUIRE_FALSE

namespace testing {

[[gnu::noinline]] inline void judge(bool good, bool required, char const* check, char const* file, int line) {
  if (good) return;
  FAIL_CHECK(check << " failed at " << file << ":" << line);
  if (required) FAIL("the test case cannot go on");
}

} // namespace testing

#define CHECK(...) ::testing::judge(static_cast<bool>(__VA_ARGS__), false, "CHECK(" #__VA_ARGS__ ")", __FILE__, __LINE__)
#define CHECK_FALSE(...) ::testing::judge(!static_cast<bool>(__VA_ARGS__), false, "CHECK_FALSE(" #__VA_ARGS__ ")", __FILE__, __LINE__)
#define REQUIRE(...) ::testing::judge(static_cast<bool>(__VA_ARGS__), true, "REQUIRE(" #__VA_ARGS__ ")", __FILE__, __LINE__)
#define REQUIRE_FALSE(...) ::testing::judge(!static_cast<bool>(__VA_ARGS__), true, "REQUIRE_FALSE(" #__VA_ARGS__ ")", __FILE__, __LINE__)

#endif
