// The orders that the driver posts, with what must come of each: the rows of orders.jsonl, and the shapes of trees.txt.
#pragma once

#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace shop {

struct expected_order {
  std::string id;
  std::string channel;
  std::string body;  ///< what is posted
  std::string after; ///< posted when the order of this id has been answered; empty: at any time
  int status{};
  std::string error; ///< of an order that must fail
  long cents{};      ///< of one that must not
  std::string tree;  ///< a name in trees.txt
  int retries{-1};   ///< what retry.count must be; -1: no coupon is fetched
};

/// What the gateway answered to an order, and how its trace is called.
struct posted_order {
  std::string id;
  std::string trace_id;
  int status{};
  std::string error;
  long cents{};
};

/// Throws std::runtime_error if there is no such file.
[[nodiscard]] std::ifstream open_file(std::string const& path);

[[nodiscard]] std::vector<expected_order> read_orders(std::string const& path);

/// Trees by name, as text: one line a span.
[[nodiscard]] std::map<std::string, std::string> read_trees(std::string const& path);

void write_posted(std::string const& path, std::vector<posted_order> const& orders);
[[nodiscard]] std::map<std::string, posted_order> read_posted(std::string const& path);

} // namespace shop
