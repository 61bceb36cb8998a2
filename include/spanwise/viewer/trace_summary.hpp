// What can be said of a trace at a glance, and of all spans of one operation: the rows of the tables and lists.
#pragma once

#include <spanwise/export/text_layout.hpp>
#include <spanwise/viewer/received_span.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace spanwise::inline SPANWISE_ABI {

/// One trace in a line.
struct trace_summary {
  trace_id id{};
  std::string service{};               ///< of the root; of the earliest span while no root has come
  std::string name{};                  ///< of that span
  std::vector<std::string> services{}; ///< in the order in which they begin
  time_point start{};                  ///< the earliest start
  time_point end{};                    ///< the latest end
  std::size_t spans{};
  std::size_t errors{};
  std::size_t roots{};
  std::size_t orphans{}; ///< spans whose parent has not come

  /// One root, and every parent is there. More may still come: nobody can tell from spans alone.
  [[nodiscard]] bool whole() const noexcept { return roots == 1 && orphans == 0; }
  [[nodiscard]] std::int64_t duration_ns() const noexcept {
    return detail::nanoseconds_between(start.unix_ns, end.unix_ns);
  }
};

/// Counts and orders the spans of a trace.
[[nodiscard]] inline trace_summary summarize(received_trace const& trace) {
  trace_summary summary{};
  summary.id = trace.id;
  summary.spans = trace.spans.size();
  std::unordered_set<span_id> present;
  std::vector<std::pair<time_point, received_span const*>> order;
  for (auto const& each : trace.spans) {
    present.insert(each->view().span_id());
    order.emplace_back(each->view().start(), each.get());
  }
  std::stable_sort(order.begin(), order.end(), [](auto const& a, auto const& b) { return a.first < b.first; });
  for (auto const& [start, each] : order) {
    span_view const view = each->view();
    bool const is_root = !view.parent_span_id().valid();
    if (summary.services.empty() || (is_root && summary.roots == 0)) {
      summary.service = each->service();
      summary.name = view.name();
    }
    if (summary.services.empty()) {
      summary.start = start;
      summary.end = view.end();
    }
    summary.end = std::max({summary.end, view.end(), start});
    if (is_root) ++summary.roots;
    else if (!present.contains(view.parent_span_id())) ++summary.orphans;
    if (view.status() == status_code::error) ++summary.errors;
    if (std::find(summary.services.begin(), summary.services.end(), each->service()) == summary.services.end())
      summary.services.push_back(each->service());
  }
  return summary;
}

/// All spans of one name in one service. Times in nanoseconds; percentiles by the nearest rank.
struct operation_summary {
  std::string service{};
  std::string name{};
  std::uint64_t count{};
  std::uint64_t errors{};
  std::int64_t p50_ns{};
  std::int64_t p99_ns{};
  std::int64_t max_ns{};
};

/// The operations of these traces, sorted by service and name.
[[nodiscard]] inline std::vector<operation_summary> operations_of(std::vector<received_trace> const& traces) {
  struct gathered {
    std::vector<std::int64_t> durations;
    std::uint64_t errors{};
  };
  std::map<std::pair<std::string, std::string>, gathered> operations;
  for (received_trace const& trace : traces) {
    for (auto const& each : trace.spans) {
      span_view const view = each->view();
      gathered& one = operations[{each->service(), std::string{view.name()}}];
      std::int64_t const took = detail::nanoseconds_between(view.start().unix_ns, view.end().unix_ns);
      one.durations.push_back(std::max<std::int64_t>(took, 0));
      if (view.status() == status_code::error) ++one.errors;
    }
  }
  std::vector<operation_summary> rows;
  rows.reserve(operations.size());
  for (auto& [key, one] : operations) {
    std::vector<std::int64_t>& durations = one.durations;
    std::sort(durations.begin(), durations.end());
    auto const rank = [&durations](double share) {
      auto const nearest = static_cast<std::size_t>(std::ceil(share * static_cast<double>(durations.size())));
      return durations[std::max<std::size_t>(nearest, 1) - 1];
    };
    rows.push_back({key.first, key.second, durations.size(), one.errors, rank(0.50), rank(0.99), durations.back()});
  }
  return rows;
}

} // namespace spanwise::inline SPANWISE_ABI
