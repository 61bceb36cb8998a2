// What most unit tests include and what does not change with spanwise: the harness lets clang compile it once for a build.
// No test may rely on it; by g++ each compiles with what it includes itself.
#pragma once

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
