// The command line of an example program: `gateway --port 8080 --order 127.0.0.1:8081`.
#pragma once

#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

namespace shop {

class arguments {
public:
  arguments(int count, char** words) : words_{words + 1, static_cast<std::size_t>(count - 1)} {}

  [[nodiscard]] bool has(std::string_view name) const { return find(name) != words_.size(); }
  /// What stands behind `name`, or `otherwise`.
  [[nodiscard]] std::string text(std::string_view name, std::string_view otherwise) const {
    std::size_t const at = find(name) + 1;
    return std::string{at < words_.size() ? words_[at] : otherwise};
  }
  [[nodiscard]] int number(std::string_view name, int otherwise) const {
    return std::atoi(text(name, std::to_string(otherwise)).c_str());
  }

private:
  [[nodiscard]] std::size_t find(std::string_view name) const {
    std::size_t at = 0;
    while (at < words_.size() && words_[at] != name) ++at;
    return at;
  }

  std::span<char*> words_;
};

} // namespace shop
