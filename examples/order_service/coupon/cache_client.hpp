// Asks a coupon cache, over a TCP connection of its own, one line for one line.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace shop {

struct cache_node {
  std::string name;
  int port{};
};

struct cache_answer {
  std::string line;             ///< without its end
  char const* problem{nullptr}; ///< why there is none
};

/// Sends `question` and waits for the answer, `patience` at most for each step.
[[nodiscard]] cache_answer ask(cache_node const& node, std::string_view question, std::chrono::milliseconds patience);

} // namespace shop
