#include "fetch_coupon.hpp"

#include "../common/log.hpp"

#include <sstream>
#include <thread>

namespace shop {

namespace {

using namespace std::chrono_literals;

/// Reads "HIT <percent> <last day>" or "MISS".
reply read_answer(std::string const& code, std::string const& line) {
  std::istringstream words{line};
  std::string verdict;
  std::string last_day;
  int percent{};
  words >> verdict >> percent >> last_day;
  if (verdict != "HIT") return refuse(404, "unknown coupon: " + code);
  if (last_day < utc_now("%F")) return refuse(410, "expired coupon: " + code);
  return {200, {{"percent", percent}}};
}

} // namespace

reply fetch_coupon(std::string const& code, cache_node const& primary, cache_node const& standby) {
  spanwise::span span{"cache.fetch_coupon", spanwise::span_kind::client, {"coupon.code", code}};

  int retries = 0;
  for (cache_node const* node : {&primary, &primary, &standby}) {
    cache_answer answer = ask(*node, "GET " + code, 400ms);
    if (answer.line == "BUSY" || answer.line == "COLD") answer.problem = answer.line == "BUSY" ? "busy" : "cold";
    if (answer.problem == nullptr) {
      span.set({"retry.count", retries}, {"cache.node", node->name});
      log("coupon {}: {} says {} after {} retries", code, node->name, answer.line, retries);
      return read_answer(code, answer.line);
    }
    span.event("no answer", {"cache.node", node->name}, {"reason", answer.problem});
    if (node == &standby) break;
    ++retries;
    std::this_thread::sleep_for(5ms * retries);
  }
  span.set("retry.count", retries);
  span.error("no cache has an answer");
  log("coupon {}: no cache has an answer after {} retries", code, retries);
  return refuse(503, "coupons cannot be read now");
}

} // namespace shop
