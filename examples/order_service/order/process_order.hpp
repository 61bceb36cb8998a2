// The business of the order service. It makes spans and knows nothing of how they leave the process, nor of HTTP: the
// services it needs are functions, which main.cpp fills in.
#pragma once

#include "../common/reply.hpp"

#include <functional>
#include <string>
#include <vector>

namespace shop {

struct order_line {
  std::string sku;
  int quantity{};
};

struct order {
  std::string id;
  std::string customer;
  std::string coupon; ///< empty: none
  std::vector<order_line> lines;
};

/// What is missing in the JSON is empty in the order. Throws nlohmann::json::exception if it is of another type.
[[nodiscard]] order read_order(nlohmann::json const& body);

/// The services that an order passes.
struct backends {
  std::function<reply(order const&)> reserve;                 ///< answers with "cents", the price of all lines
  std::function<reply(std::string const& code)> fetch_coupon; ///< answers with "percent"
};

/// Validates an order, fetches its coupon, reserves its goods. Answers with "cents" and "percent", or with "error".
[[nodiscard]] reply process_order(order const& placed, backends const& others);

} // namespace shop
