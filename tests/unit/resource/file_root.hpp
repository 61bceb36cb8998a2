// For tests: a folder that stands for the root of a file system, gone at the end of the scope.
#pragma once

#include <spanwise/core/resource.hpp>

#include "catch.hpp"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace testing {

class file_root {
public:
  file_root(std::initializer_list<std::pair<std::string_view, std::string_view>> files = {}) {
    std::string made = (std::filesystem::temp_directory_path() / "spanwise-XXXXXX").string();
    REQUIRE(::mkdtemp(made.data()) != nullptr);
    path_ = made;
    for (auto const& [path, text] : files) add(path, text);
  }
  ~file_root() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  file_root(file_root const&) = delete;
  file_root& operator=(file_root const&) = delete;

  void add(std::string_view path, std::string_view text) const {
    std::filesystem::path const whole = at(path);
    std::filesystem::create_directories(whole.parent_path());
    std::ofstream{whole, std::ios::binary} << text;
  }
  [[nodiscard]] std::string at(std::string_view path) const { return path_ + std::string{path}; }
  [[nodiscard]] std::string const& path() const { return path_; }

private:
  std::string path_;
};

/// The texts of a resource by their keys; what is no text counts as an empty one.
inline std::map<std::string, std::string> texts_of(spanwise::resource const& from) {
  std::map<std::string, std::string> found;
  for (auto const& each : from.attributes()) {
    INFO(each.key);
    CHECK(found.emplace(each.key, each.value.as_string()).second); // no key twice
  }
  return found;
}

} // namespace testing
