// Listens to what the library tells while it lives. One at a time: what is heard is kept in one place for all, since
// the library remembers each listener that it has had.
#pragma once

#include <spanwise/spanwise.hpp>

#include <string>
#include <vector>

namespace conformance {

class diagnostics_heard {
public:
  diagnostics_heard() {
    sentences.clear();
    spanwise::set_diagnostic_handler([](spanwise::severity level, std::string_view sentence, void*) {
      if (level <= spanwise::severity::warning) sentences.emplace_back(sentence);
    });
  }
  ~diagnostics_heard() { spanwise::set_diagnostic_handler(nullptr); }
  diagnostics_heard(diagnostics_heard const&) = delete;
  diagnostics_heard& operator=(diagnostics_heard const&) = delete;

  /// A warning or error that holds this text was told.
  [[nodiscard]] bool any_with(std::string_view text) const {
    for (std::string const& each : sentences)
      if (each.find(text) != each.npos) return true;
    return false;
  }

private:
  static inline std::vector<std::string> sentences;
};

} // namespace conformance
