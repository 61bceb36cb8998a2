// Listens to what the library tells while it lives.
#pragma once

#include <spanwise/spanwise.hpp>

#include <string>
#include <vector>

namespace conformance {

class diagnostics_heard {
public:
  diagnostics_heard() {
    spanwise::set_diagnostic_handler(
        [](spanwise::severity level, std::string_view sentence, void* self) noexcept {
          if (level <= spanwise::severity::warning) static_cast<diagnostics_heard*>(self)->sentences_.emplace_back(sentence);
        },
        this);
  }
  ~diagnostics_heard() { spanwise::set_diagnostic_handler(nullptr); }
  diagnostics_heard(diagnostics_heard const&) = delete;
  diagnostics_heard& operator=(diagnostics_heard const&) = delete;

  /// A warning or error that holds this text was told.
  [[nodiscard]] bool any_with(std::string_view text) const {
    for (std::string const& each : sentences_)
      if (each.find(text) != each.npos) return true;
    return false;
  }

private:
  std::vector<std::string> sentences_;
};

} // namespace conformance
