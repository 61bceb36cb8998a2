#include "checkout.hpp"

#include "../common/log.hpp"

namespace shop {

reply checkout(std::string_view channel, std::string const& order,
               std::function<reply(std::string const& order)> const& place) {
  spanwise::current_span().set("channel", channel.empty() ? "none" : channel);

  reply const placed = place(order);
  log("checkout by {}: {}", channel, placed.has_value() ? "placed" : placed.error());
  return placed;
}

} // namespace shop
