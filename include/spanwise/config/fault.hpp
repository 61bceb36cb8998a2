// What is wrong in a configuration file, and where. All faults of a file are gathered before any is told, so that one
// look mends them all.
#pragma once

#include <spanwise/core/environment.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace spanwise::inline SPANWISE_ABI {

/// One fault of a configuration file.
struct config_fault {
  std::string file;
  std::uint32_t line = 0;   ///< from 1; 0 where the file as a whole is meant
  std::uint32_t column = 0; ///< from 1
  std::string path;         ///< such as `tracer_provider.processors[0].batch`; empty for the whole file
  std::string problem;      ///< what is wrong and how to mend it, to follow the path in a sentence

  /// `config.yaml:12:25: tracer_provider.sampler is empty; ...`
  [[nodiscard]] SPANWISE_SMALL std::string text() const {
    std::string all = file;
    if (line != 0) all += detail::joined({":", line, ":", column});
    all += ": ";
    if (!path.empty()) all += detail::joined({path, " "});
    return all += problem;
  }
};

/// Faults in the order in which they were found; what exceeds `most` is only counted.
class config_faults {
public:
  static constexpr std::size_t most = 50;

  SPANWISE_COLD void add(config_fault one) {
    if (++count_ <= most) held_.push_back(std::move(one));
  }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  /// How many there are, also of those that are not held.
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] auto begin() const noexcept { return held_.begin(); }
  [[nodiscard]] auto end() const noexcept { return held_.end(); }

private:
  std::vector<config_fault> held_;
  std::size_t count_ = 0;
};

} // namespace spanwise::inline SPANWISE_ABI
