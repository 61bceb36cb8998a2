// Drives the order system, and judges it: posts the orders of a data file, then compares answers, traces and logs with
// what the data says must come of them. It makes no spans itself.
//
//   driver post  --gateway 127.0.0.1:8080 --orders orders.jsonl --posted posted.jsonl [--in-flight 8]
//   driver check --posted posted.jsonl --orders orders.jsonl --trees trees.txt --logs FOLDER [--receiver
//   http://127.0.0.1:4318] driver show  --posted posted.jsonl --receiver http://127.0.0.1:4318 --order A-0001 driver
//   table --receiver http://127.0.0.1:4318

#include "../common/arguments.hpp"
#include "check.hpp"
#include "post.hpp"
#include "terminal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace {

int post(shop::arguments const& given) {
  auto const orders = shop::read_orders(given.text("--orders", "orders.jsonl"));
  auto const posted =
      shop::post_orders(orders, given.text("--gateway", "127.0.0.1:8080"), given.number("--in-flight", 8));
  shop::write_posted(given.text("--posted", "posted.jsonl"), posted);
  return 0;
}

int check(shop::arguments const& given) {
  shop::evidence const evidence{shop::read_orders(given.text("--orders", "orders.jsonl")),
                                shop::read_trees(given.text("--trees", "trees.txt")),
                                shop::read_posted(given.text("--posted", "posted.jsonl"))};
  std::vector<shop::checked> results{check_answers(evidence)};
  if (given.has("--receiver"))
    for (auto& each : check_traces(evidence, shop::receiver_client{given.text("--receiver", "")}))
      results.push_back(each);
  results.push_back(check_logs(evidence, given.text("--logs", ".")));

  shop::terminal const out;
  bool good = true;
  for (shop::checked const& each : results) {
    std::string const mark =
        each.wrong.empty() ? out.green(out.unicode ? "✓" : "ok") : out.red(out.unicode ? "✗" : "!!");
    fmt::print("  {} {:<24}{:>4} of {}\n", mark, each.what, each.asked - std::min(each.asked, each.wrong.size()),
               each.asked);
    for (std::size_t i = 0; i < each.wrong.size() && i < 5; ++i) fmt::print("      {}\n", each.wrong[i]);
    good = good && each.wrong.empty();
  }
  return good ? 0 : 1;
}

int show(shop::arguments const& given) {
  auto const posted = shop::read_posted(given.text("--posted", "posted.jsonl"));
  auto const found = posted.find(given.text("--order", ""));
  if (found == posted.end()) throw std::runtime_error{"this order was not posted"};
  fmt::print("{}", shop::receiver_client{given.text("--receiver", "")}.text("/traces/" + found->second.trace_id));
  return 0;
}

int table(shop::arguments const& given) {
  fmt::print("{}", shop::receiver_client{given.text("--receiver", "http://127.0.0.1:4318")}.text("/operations"));
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  shop::arguments const given{argc, argv};
  std::string const what = argc > 1 ? argv[1] : "";
  try {
    if (what == "post") return post(given);
    if (what == "check") return check(given);
    if (what == "show") return show(given);
    if (what == "table") return table(given);
    fmt::print(stderr, "driver post, check, show or table; the first lines of its main.cpp tell more\n");
  } catch (std::exception const& problem) {
    fmt::print(stderr, "driver: {}\n", problem.what());
  }
  return 2;
}
