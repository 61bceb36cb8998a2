// Posts orders to the gateway, several at a time, and shows how far it is.
#pragma once

#include "orders.hpp"

#include <string>
#include <vector>

namespace shop {

/// Gives what came of each order, in their order. `in_flight` of them are under way at any time.
[[nodiscard]] std::vector<posted_order> post_orders(std::vector<expected_order> const& orders,
                                                    std::string const& gateway, int in_flight);

} // namespace shop
