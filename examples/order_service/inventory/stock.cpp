#include "stock.hpp"

#include "../common/log.hpp"

namespace shop {

stock::stock(nlohmann::json const& goods) {
  for (auto const& each : goods) goods_[each.at("sku")] = {each.at("cents"), each.at("count")};
}

reply stock::reserve(std::string_view order_id, std::vector<reserved_line> const& lines) {
  spanwise::span span{"reserve-inventory", {"order.id", order_id}, {"inventory.lines", lines.size()}};
  reply const taken = take(lines);
  if (span.check(taken)) log("order {}: reserved {} lines", order_id, lines.size());
  else log("order {}: {}", order_id, taken.error());
  return taken;
}

reply stock::take(std::vector<reserved_line> const& lines) {
  std::lock_guard const lock{mutex_};
  auto left = goods_; // what remains if everything can be had
  long cents = 0;
  for (reserved_line const& line : lines) {
    auto const found = left.find(line.sku);
    if (found == left.end()) return refuse(404, "unknown item: " + line.sku);
    good& wanted = found->second;
    if (wanted.count < line.quantity) {
      spanwise::current_span().event("sold out", {"item.sku", line.sku}, {"item.wanted", line.quantity},
                                     {"item.left", wanted.count});
      return refuse(409, "out of stock: " + line.sku);
    }
    wanted.count -= line.quantity;
    cents += wanted.cents * line.quantity;
  }
  goods_ = std::move(left);
  return {200, {{"cents", cents}}};
}

} // namespace shop
