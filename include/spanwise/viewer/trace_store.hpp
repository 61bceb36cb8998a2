// Keeps what the receiver was sent, by trace, within bounds: when full, the oldest trace goes first, whole.
// Safe for any number of threads. Spans are shared and never change, so reading them needs no lock.
#pragma once

#include <spanwise/viewer/otlp_request.hpp>
#include <spanwise/viewer/received_span.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace spanwise::inline SPANWISE_ABI {

/// How much a trace_store keeps.
struct trace_store_options {
  std::size_t max_spans = 500'000;
  std::size_t max_bytes = std::size_t{512} << 20; ///< of encoded spans and of what holds them, roughly
};

/// What a trace_store has seen since it was made or cleared, and what of it it still holds.
struct store_counts {
  struct service {
    std::uint64_t spans{};
    std::uint64_t errors{};
  };

  std::uint64_t spans{};      ///< distinct spans that were stored
  std::uint64_t duplicates{}; ///< spans that came again, by trace and span id; the first stays
  std::uint64_t evicted{};    ///< stored spans that made room for others, or for which there was none
  std::size_t held_traces{};
  std::size_t held_spans{};
  std::size_t held_bytes{};
  std::map<std::string, service> services{};
};

/// A trace from which nothing has come for a while.
struct finished_trace {
  received_trace trace{};
  bool again{}; ///< it was given before, and more spans have come since
};

/// Received spans, by trace.
class trace_store {
public:
  using milliseconds = std::chrono::milliseconds;

  explicit trace_store(trace_store_options const& options = {}) : options_{options} {}

  /// Stores the spans of one request.
  void add(std::vector<span_group>&& groups) {
    {
      std::lock_guard const lock{mutex_};
      for (span_group& group : groups) {
        std::shared_ptr<span_source const> const source = shared(std::move(group.source));
        for (std::string& message : group.messages)
          add(std::make_shared<received_span const>(source, std::move(message)));
      }
    }
    changed_.notify_all();
  }

  /// The spans of this trace that have arrived so far; nothing if there are none.
  [[nodiscard]] std::optional<received_trace> trace(trace_id id) const {
    std::lock_guard const lock{mutex_};
    return found(id);
  }

  /// All traces, in order of their first arrival.
  [[nodiscard]] std::vector<received_trace> traces() const {
    std::lock_guard const lock{mutex_};
    std::vector<received_trace> all;
    all.reserve(entries_.size());
    for (entry const& one : entries_) all.push_back(one.trace);
    return all;
  }

  [[nodiscard]] store_counts counts() const {
    std::lock_guard const lock{mutex_};
    store_counts counts = counts_;
    counts.held_traces = entries_.size();
    return counts;
  }

  /// How often each span has arrived; 0 for one that never did or is no longer held.
  [[nodiscard]] std::uint64_t arrivals(trace_id trace, span_id id) const {
    std::lock_guard const lock{mutex_};
    auto const at = index_.find(trace);
    if (at == index_.end()) return 0;
    auto const times = at->second->times.find(id);
    return times == at->second->times.end() ? 0 : times->second;
  }

  /// Waits until this many distinct spans have been stored; false if time runs out first.
  bool wait_for_spans(std::uint64_t count, milliseconds timeout) const {
    return wait(timeout, [&] { return counts_.spans >= count; });
  }
  /// Waits until this many traces are held; false if time runs out first.
  bool wait_for_traces(std::size_t count, milliseconds timeout) const {
    return wait(timeout, [&] { return entries_.size() >= count; });
  }
  /// Waits until a trace has at least `spans` spans; gives what there is of it when time runs out.
  [[nodiscard]] std::optional<received_trace> wait_for_trace(trace_id id, std::size_t spans,
                                                             milliseconds timeout) const {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, timeout, [&] {
      auto const at = index_.find(id);
      return at != index_.end() && at->second->trace.spans.size() >= spans;
    });
    return found(id);
  }

  /// Gives each trace once from which nothing has come for a time, oldest first, and again if more comes later.
  ///
  /// `whole` tells whether nothing seems to be missing; then `quiet` is long enough, otherwise `patience` is waited
  /// for.
  template <class Whole>
  [[nodiscard]] std::vector<finished_trace> take_finished(milliseconds quiet, milliseconds patience, Whole whole) {
    std::vector<finished_trace> finished;
    std::lock_guard const lock{mutex_};
    auto const now = std::chrono::steady_clock::now();
    for (entry& one : entries_) {
      if (one.given == one.trace.spans.size() || now - one.last < quiet) continue;
      if (now - one.last < patience && !whole(std::as_const(one.trace))) continue;
      finished.push_back({one.trace, one.given != 0});
      one.given = one.trace.spans.size();
    }
    return finished;
  }

  /// Forgets all spans and all counts.
  void clear() {
    std::lock_guard const lock{mutex_};
    entries_.clear();
    index_.clear();
    sources_.clear();
    counts_ = {};
  }

private:
  struct entry {
    received_trace trace;
    std::unordered_map<span_id, std::uint64_t> times;
    std::size_t bytes{};
    std::size_t given{};
    std::chrono::steady_clock::time_point last;
  };
  static constexpr std::size_t overhead = 200;
  static constexpr std::size_t trace_overhead = 500;
  static constexpr std::size_t most_services = 1000;

  void add(std::shared_ptr<received_span const> arrived) {
    span_view const view = arrived->view();
    if (auto const at = index_.find(view.trace_id()); at != index_.end()) {
      auto const times = at->second->times.find(view.span_id());
      if (times != at->second->times.end()) {
        ++times->second;
        ++counts_.duplicates;
        return;
      }
    }
    std::size_t const size =
        arrived->message().size() + overhead + (index_.contains(view.trace_id()) ? 0 : trace_overhead);
    bool const room = make_room(view.trace_id(), size);
    count(*arrived, view);
    if (!room) {
      ++counts_.evicted;
      return;
    }
    entry& one = entry_of(view.trace_id());
    one.times.emplace(view.span_id(), 1);
    one.bytes += size;
    one.last = std::chrono::steady_clock::now();
    one.trace.spans.push_back(std::move(arrived));
    ++counts_.held_spans;
    counts_.held_bytes += size;
  }

  entry& entry_of(trace_id id) {
    if (auto const at = index_.find(id); at != index_.end()) return *at->second;
    entries_.push_back({{id, {}}, {}, 0, 0, {}});
    index_.emplace(id, std::prev(entries_.end()));
    return entries_.back();
  }

  /// Drops the oldest traces other than `keep` until a span of this size fits; false if that is not enough.
  bool make_room(trace_id keep, std::size_t size) {
    auto oldest = entries_.begin();
    while (counts_.held_spans + 1 > options_.max_spans || counts_.held_bytes + size > options_.max_bytes) {
      if (oldest != entries_.end() && oldest->trace.id == keep) ++oldest;
      if (oldest == entries_.end()) return false;
      counts_.evicted += oldest->trace.spans.size();
      counts_.held_spans -= oldest->trace.spans.size();
      counts_.held_bytes -= oldest->bytes;
      index_.erase(oldest->trace.id);
      oldest = entries_.erase(oldest);
    }
    return true;
  }

  void count(received_span const& arrived, span_view const& view) {
    ++counts_.spans;
    bool const known = counts_.services.size() < most_services || counts_.services.contains(arrived.service());
    store_counts::service& service = counts_.services[known ? arrived.service() : std::string{"(others)"}];
    ++service.spans;
    if (view.status() == status_code::error) ++service.errors;
  }

  /// One object for all spans of a source, however many requests they come in.
  std::shared_ptr<span_source const> shared(span_source&& source) {
    std::size_t const hash = std::hash<std::string>{}(source.resource) * 31 + std::hash<std::string>{}(source.scope);
    auto const [first, last] = sources_.equal_range(hash);
    for (auto at = first; at != last; ++at)
      if (std::shared_ptr<span_source const> present = at->second.lock(); present && *present == source) return present;
    if (sources_.size() >= sweep_at_) {
      std::erase_if(sources_, [](auto const& one) { return one.second.expired(); });
      sweep_at_ = std::max<std::size_t>(1024, 2 * sources_.size());
    }
    auto made = std::make_shared<span_source const>(std::move(source));
    sources_.emplace(hash, made);
    return made;
  }

  std::optional<received_trace> found(trace_id id) const {
    auto const at = index_.find(id);
    if (at == index_.end()) return std::nullopt;
    return at->second->trace;
  }

  template <class Reached> bool wait(milliseconds timeout, Reached reached) const {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, timeout, reached);
  }

  trace_store_options options_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::list<entry> entries_; // oldest first
  std::unordered_map<trace_id, std::list<entry>::iterator> index_;
  std::unordered_multimap<std::size_t, std::weak_ptr<span_source const>> sources_;
  std::size_t sweep_at_ = 1024;
  store_counts counts_;
};

} // namespace spanwise::inline SPANWISE_ABI
