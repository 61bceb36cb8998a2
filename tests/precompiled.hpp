// What most unit tests include and what does not change with spanwise: the harness compiles it once for a build.
// No test may rely on it: built with Meson alone, each has what it includes itself.
#ifndef SPANWISE_TESTS_PRECOMPILED_HPP
#define SPANWISE_TESTS_PRECOMPILED_HPP

#include "catch.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#endif
