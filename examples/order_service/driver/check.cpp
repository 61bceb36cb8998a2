#include "check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace shop {

namespace {

std::string attribute_of(std::vector<seen_span> const& spans, std::string const& span_name, std::string const& key) {
  for (seen_span const& each : spans)
    if (each.name == span_name)
      if (auto const found = each.attributes.find(key); found != each.attributes.end()) return found->second;
  return "none";
}

/// Trace ids by service, from the lines of its log.
std::map<std::string, std::set<std::string>> read_logs(std::string const& folder) {
  std::map<std::string, std::set<std::string>> logged;
  for (std::string const service : {"gateway", "order", "inventory", "coupon"}) {
    std::set<std::string>& ids = logged[service];
    std::ifstream log = open_file(folder + '/' + service + ".log");
    for (std::string line; std::getline(log, line);)
      if (auto const at = line.find("trace_id="); at != line.npos) ids.insert(line.substr(at + 9, 32));
  }
  return logged;
}

} // namespace

checked check_answers(evidence const& given) {
  checked result{"answers", 0, {}};
  for (expected_order const& order : given.orders) {
    ++result.asked;
    auto const found = given.posted.find(order.id);
    posted_order const got = found == given.posted.end() ? posted_order{} : found->second;
    if (got.status != order.status || got.error != order.error || got.cents != order.cents)
      result.wrong.push_back(fmt::format("{}: expected {} {}{}, got {} {}{}", order.id, order.status, order.cents,
                                         order.error, got.status, got.cents, got.error));
  }
  return result;
}

std::vector<checked> check_traces(evidence const& given, receiver_client const& receiver) {
  checked one{"one trace an order", 0, {}}, tree{"its tree", 0, {}}, retries{"retry.count", 0, {}},
      channel{"channel", 0, {}};
  std::size_t expected_spans = 0;
  for (expected_order const& order : given.orders) {
    std::string const& shape = given.trees.at(order.tree);
    expected_spans += static_cast<std::size_t>(std::count(shape.begin(), shape.end(), '\n'));
  }
  if (!receiver.wait(expected_spans, given.orders.size(), 15))
    one.wrong.push_back(fmt::format("{} spans have not all arrived", expected_spans));

  auto const arrived = receiver.traces();
  if (arrived.size() != given.orders.size())
    one.wrong.push_back(fmt::format("{} traces for {} orders", arrived.size(), given.orders.size()));

  for (expected_order const& order : given.orders) {
    ++one.asked;
    auto const posted = given.posted.find(order.id);
    auto const spans =
        posted == given.posted.end() ? std::vector<seen_span>{} : receiver.trace(posted->second.trace_id);
    if (spans.empty()) {
      one.wrong.push_back(order.id + ": no trace");
      continue;
    }
    for (seen_span const& each : spans)
      if (each.attributes.contains("order.id") && each.attributes.at("order.id") != order.id)
        one.wrong.push_back(fmt::format("{}: its trace has a span of {}", order.id, each.attributes.at("order.id")));

    ++tree.asked;
    if (std::string const seen = tree_of(spans); seen != given.trees.at(order.tree))
      tree.wrong.push_back(
          fmt::format("{}: expected {}\n{}got\n{}", order.id, order.tree, given.trees.at(order.tree), seen));
    ++channel.asked;
    if (std::string const seen = attribute_of(spans, "POST /checkout", "channel"); seen != order.channel)
      channel.wrong.push_back(fmt::format("{}: expected {}, got {}", order.id, order.channel, seen));
    if (order.retries < 0) continue;
    ++retries.asked;
    if (std::string const seen = attribute_of(spans, "cache.fetch_coupon", "retry.count");
        seen != std::to_string(order.retries))
      retries.wrong.push_back(fmt::format("{}: expected {}, got {}", order.id, order.retries, seen));
  }
  return {one, tree, retries, channel};
}

checked check_logs(evidence const& given, std::string const& folder) {
  checked result{"trace id in every log", 0, {}};
  auto const logged = read_logs(folder);
  for (expected_order const& order : given.orders) {
    ++result.asked;
    auto const posted = given.posted.find(order.id);
    std::string const trace_id = posted == given.posted.end() ? "" : posted->second.trace_id;
    for (auto const& [service, ids] : logged) {
      bool const passed = given.trees.at(order.tree).find(' ' + service + ": ") != std::string::npos;
      if (ids.contains(trace_id) != passed)
        result.wrong.push_back(
            fmt::format("{}: trace {} {} the log of {}", order.id, trace_id, passed ? "is not in" : "is in", service));
    }
  }
  return result;
}

} // namespace shop
