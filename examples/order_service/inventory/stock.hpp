// The business of the inventory service: goods with a price and a count that goes down, and orders that get all of what
// they ask for or nothing.
#pragma once

#include "../common/reply.hpp"

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace shop {

struct reserved_line {
  std::string sku;
  int quantity{};
};

class stock {
public:
  /// Reads an array of {"sku", "cents", "count"}. Throws nlohmann::json::exception if it is anything else.
  explicit stock(nlohmann::json const& goods);

  /// Takes all lines out of the stock and answers with "cents", what they cost; or takes none and says why not.
  [[nodiscard]] reply reserve(std::string_view order_id, std::vector<reserved_line> const& lines);

  [[nodiscard]] std::size_t size() const { return goods_.size(); }

private:
  struct good {
    long cents{};
    int count{};
  };

  reply take(std::vector<reserved_line> const& lines);

  std::mutex mutex_;
  std::map<std::string, good, std::less<>> goods_;
};

} // namespace shop
