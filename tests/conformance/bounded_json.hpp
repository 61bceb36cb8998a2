// Reads JSON that somebody sent, which may nest deeper than anybody means: whoever walks that runs out of stack.
#pragma once

#include <nlohmann/json.hpp>

#include <stdexcept>
#include <string>

namespace conformance {

/// The JSON that `text` is; throws where it is none, or nests deeper than this.
inline nlohmann::json parse_bounded(std::string const& text) {
  constexpr int deepest = 2000;
  return nlohmann::json::parse(text, [](int depth, nlohmann::json::parse_event_t, nlohmann::json const&) {
    if (depth > deepest) throw std::runtime_error{"nested deeper than " + std::to_string(deepest) + " levels"};
    return true;
  });
}

} // namespace conformance
