#include "orders.hpp"

#include <nlohmann/json.hpp>

#include <stdexcept>

namespace shop {

std::ifstream open_file(std::string const& path) {
  std::ifstream file{path};
  if (!file) throw std::runtime_error{"cannot read " + path};
  return file;
}

std::vector<expected_order> read_orders(std::string const& path) {
  std::vector<expected_order> orders;
  std::ifstream file = open_file(path);
  for (std::string line; std::getline(file, line);) {
    auto const row = nlohmann::json::parse(line);
    auto const& expect = row.at("expect");
    orders.push_back({row.at("id"), row.at("channel"),
                      row.contains("raw") ? row.at("raw").get<std::string>() : row.at("order").dump(),
                      row.value("after", ""), expect.at("status"), expect.value("error", ""), expect.value("cents", 0L),
                      expect.at("tree"), expect.value("retry_count", -1)});
  }
  return orders;
}

std::map<std::string, std::string> read_trees(std::string const& path) {
  std::map<std::string, std::string> trees;
  std::ifstream file = open_file(path);
  std::string name;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("  ")) trees[name] += line + '\n';
    else name = line;
  }
  return trees;
}

void write_posted(std::string const& path, std::vector<posted_order> const& orders) {
  std::ofstream file{path};
  for (posted_order const& one : orders)
    file << nlohmann::json{{"id", one.id},
                           {"trace_id", one.trace_id},
                           {"status", one.status},
                           {"error", one.error},
                           {"cents", one.cents}}
         << '\n';
}

std::map<std::string, posted_order> read_posted(std::string const& path) {
  std::map<std::string, posted_order> orders;
  std::ifstream file = open_file(path);
  for (std::string line; std::getline(file, line);) {
    auto const row = nlohmann::json::parse(line);
    orders[row.at("id")] = {row.at("id"), row.at("trace_id"), row.at("status"), row.at("error"), row.at("cents")};
  }
  return orders;
}

} // namespace shop
