// Compares what came of the orders with what must have come of them: answers, traces, and the logs of the services.
#pragma once

#include "orders.hpp"
#include "traces.hpp"

#include <map>
#include <string>
#include <vector>

namespace shop {

/// How many orders one thing was asked of, and what was wrong with those that failed.
struct checked {
  std::string what;
  std::size_t asked{};
  std::vector<std::string> wrong;
};

struct evidence {
  std::vector<expected_order> orders;
  std::map<std::string, std::string> trees;
  std::map<std::string, posted_order> posted;
};

/// Status, price and error of each answer.
[[nodiscard]] checked check_answers(evidence const& given);

/// One trace an order, and nothing but that; its tree; its retry.count and channel.
[[nodiscard]] std::vector<checked> check_traces(evidence const& given, receiver_client const& receiver);

/// That the log of each service an order passed, and of no other, has its trace id.
[[nodiscard]] checked check_logs(evidence const& given, std::string const& folder);

} // namespace shop
