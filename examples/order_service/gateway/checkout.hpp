// The business of the gateway: it takes orders from the shop's channels and hands them to the order service.
#pragma once

#include "../common/reply.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace shop {

/// Hands an order on, as it came, to the order service. The span of this request gets the attribute `channel`.
[[nodiscard]] reply checkout(std::string_view channel, std::string const& order,
                             std::function<reply(std::string const& order)> const& place);

} // namespace shop
