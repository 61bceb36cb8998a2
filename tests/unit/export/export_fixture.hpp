// For tests of exporters: a batch of finished spans to send, and how long a call took.
#pragma once

#include <spanwise/pipeline/exporter.hpp>

#include "wire_writer.hpp"

#include <chrono>
#include <string>

struct sample_spans {
  explicit sample_spans(std::size_t count, std::string const& name = "work") {
    for (std::size_t number = 0; number < count; ++number)
      store.add(testing::span_message("0123456789abcdef0123456789abcdef", "0123456789abcdef", "", name, 1, 2));
  }
  operator spanwise::span_batch() const { return {resource, scopes(), store.records()}; }

  /// Scopes live as long as the process.
  static spanwise::scope_list const& scopes() {
    static spanwise::scope_list list;
    list.find_or_add(1, "tests", "1.0", "");
    return list;
  }

  spanwise::resource resource;
  testing::record_store store;
};

inline spanwise::deadline in(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

class stopwatch {
public:
  [[nodiscard]] auto passed() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun_);
  }

private:
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};
