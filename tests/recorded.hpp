// For tests: a pipeline that keeps finished spans to be looked at. At the end of its scope it checks the accounts: they
// balance, and they agree with what arrived.
#pragma once

#include <spanwise/export/memory.hpp>
#include <spanwise/pipeline/batch.hpp>
#include <spanwise/start.hpp>

#include "catch.hpp"
#include "shown.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace testing {

class recorded {
public:
  /// Each span arrives when it ends.
  explicit recorded(spanwise::options chosen = {})
      : tracing_{spanwise::start("test", spanwise::simple{spanwise::memory{sink_}}, std::move(chosen))} {}
  /// Spans arrive at `settle()`, or when the background thread likes.
  explicit recorded(spanwise::batch_options how, spanwise::options chosen = {})
      : tracing_{spanwise::start("test", spanwise::batch{how, spanwise::memory{sink_}}, std::move(chosen))} {}
  recorded(recorded const&) = delete;
  recorded& operator=(recorded const&) = delete;
  ~recorded() {
    if (stopped_) return;
    settle();
    spanwise::shutdown_result const end = tracing_.shutdown(std::chrono::seconds{10});
    CHECK(end.exported == sink_.size());
    CHECK(end.dropped == tracing_.stats().spans.dropped_total());
    CHECK(end.left == open_);
  }

  /// Sends what has ended, and checks the accounts.
  void settle() {
    CHECK(tracing_.flush(std::chrono::seconds{10}));
    spanwise::pipeline_stats const stats = tracing_.stats();
    CHECK(stats.spans.balanced());
    REQUIRE(stats.branches.size() == 1);
    CHECK(stats.branches[0].exported == sink_.size());
    CHECK(stats.branches[0].total() == stats.spans.settled);
    CHECK(stats.spans.in_flight == static_cast<std::int64_t>(open_));
    CHECK(stats.spans.started == sink_.size() + stats.spans.sampled_out + stats.spans.record_only +
                                     stats.spans.dropped_total() + open_);
  }

  /// As many spans as this stay open.
  void expect_open(std::size_t count) { open_ = count; }
  /// The test has shut it down itself, and checked what came of it.
  void was_stopped() { stopped_ = true; }

  [[nodiscard]] std::vector<spanwise::memory_span> spans() const { return sink_.spans(); }
  [[nodiscard]] std::size_t size() const { return sink_.size(); }
  /// The one span of this name.
  [[nodiscard]] spanwise::memory_span operator[](std::string_view name) const {
    std::vector<spanwise::memory_span> found;
    for (spanwise::memory_span const& each : sink_.spans())
      if (each.name() == name) found.push_back(each);
    INFO("spans named " << std::string{name} << ": " << found.size());
    REQUIRE(found.size() == 1);
    return found.front();
  }
  /// The one span that there is.
  [[nodiscard]] spanwise::memory_span only() const {
    std::vector<spanwise::memory_span> const all = sink_.spans();
    REQUIRE(all.size() == 1);
    return all.front();
  }
  /// The attributes of the one span that there is, shown.
  [[nodiscard]] std::string attributes() const { return shown(only().attributes()); }

  [[nodiscard]] spanwise::provider& tracing() noexcept { return tracing_; }
  [[nodiscard]] spanwise::trace_counts counts() const { return tracing_.stats().spans; }

private:
  spanwise::memory_sink sink_;
  std::size_t open_ = 0;
  bool stopped_ = false;
  spanwise::provider tracing_;
};

} // namespace testing
