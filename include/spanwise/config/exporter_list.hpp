// Exporters that are known only when the program runs, as many as a configuration file names: a tee whose branches are
// not types.
#pragma once

#include <spanwise/pipeline/any_exporter.hpp>
#include <spanwise/pipeline/node.hpp>

#include <deque>
#include <utility>
#include <vector>

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

/// One exporter of the list.
struct listed_exporter {
  any_exporter exporter;
};

/// Sends each span to all of these, one after another; with none, all spans count as filtered.
struct exporter_list {
  std::vector<listed_exporter> all;
};

} // namespace detail

template <class Client> struct sender<detail::listed_exporter, Client> {
  sender(detail::listed_exporter given, exporter_setup const& setup) : live_{given.exporter.make(setup)} {}

  export_result export_spans(span_batch const& batch, deadline until) noexcept {
    return live_.export_spans(batch, until);
  }
  bool flush(deadline until) noexcept { return live_.flush(until); }
  void shutdown(deadline until) noexcept { live_.shutdown(until); }
  void cancel() noexcept { live_.cancel(); }
  [[nodiscard]] bool usable() const noexcept { return live_.usable(); }

private:
  detail::live_exporter live_;
};

namespace detail {

/// As the node of a tee: each branch keeps its own accounts, the result for all is that of the one that exported least,
/// and time is shared so that one that hangs leaves some to those after it.
class exporter_list_node {
public:
  exporter_list_node(exporter_list given, node_setup const& how) {
    for (listed_exporter& one : given.all) branches_.emplace_back(std::move(one), how);
  }

  export_result run(span_batch const& batch, deadline until) noexcept {
    std::optional<export_result> least;
    each(until, [&](auto& branch, deadline share) {
      export_result const result = branch.run(batch, share);
      if (!least || result.exported < least->exported) least = result;
    });
    if (least) return *least;
    add_own(filtered_, batch.records.size());
    return {.filtered = batch.records.size()};
  }

  void note_filtered(std::uint64_t count) noexcept {
    if (branches_.empty()) add_own(filtered_, count);
    for (auto& branch : branches_) branch.note_filtered(count);
  }
  bool flush(deadline until) noexcept {
    bool good = true;
    each(until, [&](auto& branch, deadline share) { good = branch.flush(share) && good; });
    return good;
  }
  void shutdown(deadline until) noexcept {
    each(until, [](auto& branch, deadline share) { branch.shutdown(share); });
  }
  void cancel() noexcept {
    for (auto& branch : branches_) branch.cancel();
  }
  [[nodiscard]] std::uint64_t failed() const noexcept {
    std::uint64_t sum = 0;
    for (auto const& branch : branches_) sum += branch.failed();
    return sum;
  }
  template <class Each> void each_counts(Each const& each) const {
    if (branches_.empty()) each(delivery_counts{.filtered = filtered_.load(relaxed)});
    for (auto const& branch : branches_) branch.each_counts(each);
  }

private:
  template <class Visit> void each(deadline until, Visit const& visit) noexcept {
    auto left = static_cast<std::int64_t>(branches_.size());
    for (auto& branch : branches_) {
      auto const now = deadline::now();
      auto const share = std::max(until - now, duration{}) / left--;
      visit(branch, until == deadline::max() || left == 0 ? until : now + share);
    }
  }

  std::deque<leaf<listed_exporter>> branches_; // they stay where they are
  atomic<std::uint64_t> filtered_{0};
};
template <> struct node_of<exporter_list> {
  using type = exporter_list_node;
};

} // namespace detail

} // namespace spanwise::inline SPANWISE_ABI
