#include "process_order.hpp"

#include "../common/log.hpp"

namespace shop {

namespace {

reply validate(order const& placed) {
  spanwise::span span{"validate-order", {"order.lines", placed.lines.size()}};
  auto const refused = [&span](std::string const& why) {
    span.error(why);
    return refuse(422, why);
  };
  if (placed.customer.empty()) return refused("no customer");
  if (placed.lines.empty()) return refused("nothing ordered");
  for (order_line const& line : placed.lines)
    if (line.quantity < 1 || line.quantity > 99)
      return refused(fmt::format("quantity {} of {}", line.quantity, line.sku));
  return {};
}

} // namespace

order read_order(nlohmann::json const& body) {
  order read{body.value("id", ""), body.value("customer", ""), body.value("coupon", ""), {}};
  for (auto const& line : body.value("lines", nlohmann::json::array()))
    read.lines.push_back({line.value("sku", ""), line.value("quantity", 0)});
  return read;
}

reply process_order(order const& placed, backends const& others) {
  spanwise::span span{"process-order", {"order.id", placed.id}, {"order.customer", placed.customer}};

  if (reply const valid = validate(placed); !span.check(valid)) return valid;

  int percent = 0;
  if (!placed.coupon.empty()) {
    reply const coupon = others.fetch_coupon(placed.coupon);
    if (!span.check(coupon)) return coupon;
    percent = coupon.body.value("percent", 0);
  }

  reply const reserved = others.reserve(placed);
  if (!span.check(reserved)) return reserved;

  long const cents = reserved.body.value("cents", 0L) * (100 - percent) / 100;
  span.set({"order.cents", cents}, {"order.discount_percent", percent});
  return {200, {{"cents", cents}, {"percent", percent}}};
}

} // namespace shop
