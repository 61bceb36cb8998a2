// Walks the records of a batch scope by scope, as OTLP groups them, without sorting or copying them.
#pragma once

#include <spanwise/core/record.hpp>
#include <spanwise/core/scope.hpp>

#include <span>

namespace spanwise::inline SPANWISE_ABI::detail {

/// Calls `group(scope, each_record)` once for each scope that occurs, in the order in which they first do; there
/// `each_record(function)` calls `function(record)` for each record of that scope.
template <class Group> void each_scope(std::span<record const> records, Group&& group) {
  bool done[scope_list::capacity + 1]{};
  // What is no scope's number stands for the unnamed scope; all such records are one group.
  auto const scope_of = [](record const& each) noexcept -> std::size_t {
    return each.scope < scope_list::capacity ? each.scope : scope_list::capacity;
  };
  for (std::size_t begin = 0; begin < records.size(); ++begin) {
    std::size_t const scope = scope_of(records[begin]);
    if (done[scope]) continue;
    done[scope] = true;
    group(scope, [&](auto&& function) {
      for (record const& each : records.subspan(begin))
        if (scope_of(each) == scope) function(each);
    });
  }
}

} // namespace spanwise::inline SPANWISE_ABI::detail
