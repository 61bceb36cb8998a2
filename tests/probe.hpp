// For tests: an exporter that keeps the ids of the spans it gets, as a receiver would count them, and does at each call
// what the test wants of it; and the check that no span was lost in silence or came twice.
#pragma once

#include <spanwise/core/span_view.hpp>
#include <spanwise/start.hpp>

#include "catch.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

namespace testing {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

inline std::uint64_t number_of(spanwise::span_id const& id) {
  std::uint64_t number = 0;
  std::memcpy(&number, id.bytes().data(), sizeof number);
  return number;
}

/// What arrived; a handle, of which copies mean the same.
class inbox {
public:
  inbox() : state_{std::make_shared<state>()} {}

  /// Takes a batch in; what a probe does unless told otherwise.
  spanwise::export_result take(spanwise::span_batch const& batch) {
    {
      std::lock_guard const held{state_->guard};
      for (spanwise::record const& each : batch.records) {
        spanwise::span_view const finished{each};
        state_->ids.push_back(number_of(finished.span_id()));
        state_->names.emplace_back(finished.name());
      }
      state_->batches.push_back(batch.records.size());
    }
    state_->grown.notify_all();
    return {.exported = batch.records.size()};
  }

  [[nodiscard]] std::size_t size() const {
    std::lock_guard const held{state_->guard};
    return state_->ids.size();
  }
  [[nodiscard]] std::vector<std::uint64_t> ids() const {
    std::lock_guard const held{state_->guard};
    return state_->ids;
  }
  [[nodiscard]] std::vector<std::string> names() const {
    std::lock_guard const held{state_->guard};
    return state_->names;
  }
  [[nodiscard]] std::vector<std::size_t> batches() const {
    std::lock_guard const held{state_->guard};
    return state_->batches;
  }
  [[nodiscard]] std::size_t doubles() const {
    std::vector<std::uint64_t> all = ids();
    std::sort(all.begin(), all.end());
    return static_cast<std::size_t>(all.end() - std::unique(all.begin(), all.end()));
  }
  bool wait_for(std::size_t count, std::chrono::milliseconds longest = 5s) const {
    std::unique_lock held{state_->guard};
    return state_->grown.wait_for(held, longest, [&] { return state_->ids.size() >= count; });
  }

  struct state {
    std::mutex guard;
    std::condition_variable grown;
    std::vector<std::uint64_t> ids;
    std::vector<std::string> names;
    std::vector<std::size_t> batches;
    std::atomic<int> exports{0};
    std::atomic<int> flushes{0};
    std::atomic<int> shutdowns{0};
    std::atomic<int> cancels{0};
    std::atomic<int> inside{0};
    std::atomic<int> overlaps{0};
    std::atomic<int> alive{0}; ///< probes that put things here
  };
  state* operator->() const noexcept { return state_.get(); }

private:
  std::shared_ptr<state> state_;
};

/// An exporter. It can be moved only, as those of users may be.
class probe {
public:
  using export_call = std::function<spanwise::export_result(spanwise::span_batch const&, spanwise::deadline)>;

  explicit probe(inbox box, export_call on_export = {}) : box_{std::move(box)}, on_export_{std::move(on_export)} {
    ++box_->alive;
  }
  probe(probe&& other) noexcept
      : on_flush{std::move(other.on_flush)}, on_shutdown{std::move(other.on_shutdown)},
        on_cancel{std::move(other.on_cancel)}, box_{other.box_}, on_export_{std::move(other.on_export_)} {
    ++box_->alive;
  }
  probe& operator=(probe&&) = delete;
  ~probe() { --box_->alive; }

  spanwise::export_result export_spans(spanwise::span_batch const& batch, spanwise::deadline until) {
    ++box_->exports;
    alone const here{box_};
    return on_export_ ? on_export_(batch, until) : box_.take(batch);
  }
  bool flush(spanwise::deadline until) {
    ++box_->flushes;
    alone const here{box_};
    return !on_flush || on_flush(until);
  }
  void shutdown(spanwise::deadline until) {
    ++box_->shutdowns;
    alone const here{box_};
    if (on_shutdown) on_shutdown(until);
  }
  void cancel() {
    ++box_->cancels;
    if (on_cancel) on_cancel();
  }

  std::function<bool(spanwise::deadline)> on_flush;
  std::function<void(spanwise::deadline)> on_shutdown;
  std::function<void()> on_cancel;

private:
  /// Counts calls that overlap: there must be none.
  struct alone {
    inbox const& box;
    explicit alone(inbox const& of) : box{of} {
      if (++box->inside != 1) ++box->overlaps;
    }
    alone(alone const&) = delete;
    alone& operator=(alone const&) = delete;
    ~alone() { --box->inside; }
  };

  inbox box_;
  export_call on_export_;
};

/// Something that a probe waits at until the test opens it; a handle.
class gate {
public:
  gate() : state_{std::make_shared<state>()} {}
  void open() {
    {
      std::lock_guard const held{state_->guard};
      state_->is_open = true;
    }
    state_->changed.notify_all();
  }
  /// Waits there; true if it was opened within `longest`.
  bool wait(std::chrono::milliseconds longest = 10s) const {
    std::unique_lock held{state_->guard};
    ++state_->arrived;
    state_->changed.notify_all();
    return state_->changed.wait_for(held, longest, [&] { return state_->is_open; });
  }
  /// Waits until somebody waits there.
  bool wait_for_arrival(std::chrono::milliseconds longest = 5s) const {
    std::unique_lock held{state_->guard};
    return state_->changed.wait_for(held, longest, [&] { return state_->arrived != 0; });
  }

private:
  struct state {
    std::mutex guard;
    std::condition_variable changed;
    bool is_open = false;
    int arrived = 0;
  };
  std::shared_ptr<state> state_;
};

/// How long a call takes.
template <class Call> std::chrono::milliseconds time_of(Call&& call) {
  auto const before = steady::now();
  call();
  return std::chrono::duration_cast<std::chrono::milliseconds>(steady::now() - before);
}

/// One that does not take its first batch, nor any, before the gate is open.
inline probe probe_behind(gate hold, inbox box) {
  return probe{box, [=](spanwise::span_batch const& batch, spanwise::deadline) mutable {
                 hold.wait();
                 return box.take(batch);
               }};
}

inline void make_spans(int count, char const* name = "work") {
  for (int i = 0; i < count; ++i) spanwise::span one{name};
}

/// Calls `work` on `count` threads and waits for them.
template <class Work> void on_threads(int count, Work const& work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back([&work] { work(); });
  for (std::thread& each : threads) each.join();
}

/// The accounts of a pipeline at rest, compared with what the receivers counted, one inbox for each exporter.
inline spanwise::trace_counts check_accounts(spanwise::pipeline_stats const& stats, std::vector<inbox> const& boxes) {
  spanwise::trace_counts const& spans = stats.spans;
  CHECK(spans.balanced());
  CHECK(stats.branches.size() == boxes.size());
  for (std::size_t i = 0; i < stats.branches.size() && i < boxes.size(); ++i) {
    INFO("branch " << i);
    CHECK(stats.branches[i].exported == boxes[i].size());
    CHECK(stats.branches[i].total() == spans.settled);
    CHECK(boxes[i].doubles() == 0);
    CHECK(boxes[i]->overlaps == 0);
  }
  return spans;
}

/// The same after the end, with what the shutdown said.
inline spanwise::trace_counts check_accounts(spanwise::pipeline_stats const& stats, std::vector<inbox> const& boxes,
                                             spanwise::shutdown_result const& end) {
  spanwise::trace_counts const spans = check_accounts(stats, boxes);
  CHECK(end.left == static_cast<std::uint64_t>(spans.in_flight));
  std::size_t least = 0;
  for (std::size_t i = 0; i < boxes.size(); ++i)
    if (boxes[i].size() < boxes[least].size()) least = i;
  if (least >= stats.branches.size()) return spans;
  CHECK(end.exported == boxes[least].size());
  CHECK(end.dropped == spans.dropped_total() + stats.branches[least].failed + stats.branches[least].rejected);
  CHECK(end.exported + end.dropped + end.left + spans.sampled_out + spans.record_only +
            stats.branches[least].filtered ==
        spans.started);
  return spans;
}

/// Those that found no room, when their trace began or when they ended.
inline std::uint64_t crowded_out(spanwise::trace_counts const& spans) {
  return spans.dropped[static_cast<std::size_t>(spanwise::drop_reason::queue_full)] +
         spans.dropped[static_cast<std::size_t>(spanwise::drop_reason::trace_shed)];
}

inline std::uint64_t dropped(spanwise::trace_counts const& spans, spanwise::drop_reason why) {
  return spans.dropped[static_cast<std::size_t>(why)];
}

} // namespace testing
