// For tests: collects the diagnostics of a scope. Setting a handler lets every cause speak again.
#pragma once

#include <spanwise/core/diagnostics.hpp>

#include <mutex>
#include <string>
#include <vector>

class diagnostics_log {
public:
  diagnostics_log() {
    spanwise::set_diagnostic_handler(
        [](spanwise::severity, std::string_view sentence, void* self) noexcept {
          auto& log = *static_cast<diagnostics_log*>(self);
          std::lock_guard const lock{log.mutex_};
          log.lines_.emplace_back(sentence);
        },
        this);
  }
  ~diagnostics_log() { spanwise::set_diagnostic_handler(nullptr); }
  diagnostics_log(diagnostics_log const&) = delete;
  diagnostics_log& operator=(diagnostics_log const&) = delete;

  [[nodiscard]] std::vector<std::string> lines() const {
    std::lock_guard const lock{mutex_};
    return lines_;
  }

private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};
