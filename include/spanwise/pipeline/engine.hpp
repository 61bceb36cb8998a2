// A running pipeline: takes finished spans out of the threads' chunks, sends them through the nodes, keeps the
// accounts, and stops when told to, within the time it is given.
#pragma once

#include <spanwise/core/clock.hpp>
#include <spanwise/detail/background_thread.hpp>
#include <spanwise/detail/buffer.hpp>
#include <spanwise/detail/counted.hpp>
#include <spanwise/detail/monitor.hpp>
#include <spanwise/pipeline/accounts.hpp>
#include <spanwise/pipeline/batch_settings.hpp>
#include <spanwise/pipeline/collector.hpp>
#include <spanwise/pipeline/default_pipeline.hpp>
#include <spanwise/pipeline/drop_report.hpp>
#include <spanwise/pipeline/misuse_report.hpp>
#include <spanwise/pipeline/node.hpp>
#include <spanwise/pipeline/repair_text.hpp>

#include <unistd.h>

#include <utility>

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

/// The part of an engine that is the same whatever is exported where. Shared by the handle and the thread: the one that
/// is still there last takes it down.
class engine_base {
public:
  SPANWISE_SMALL engine_base(provider_core& core, spanwise::resource&& resource, batch_settings const& settings)
      : core_{core}, collector_{core, std::min<std::size_t>(settings.batch_size, 4096)}, resource_{std::move(resource)},
        settings_{settings}, owner_{::getpid()} {}
  engine_base(engine_base const&) = delete;

  [[nodiscard]] bool in_owner() const noexcept { return owner_ == ::getpid(); }
  [[nodiscard]] spanwise::resource const& about() const noexcept { return resource_; }

protected:
  [[nodiscard]] SPANWISE_SMALL deadline export_deadline() const noexcept {
    return settings_.export_timeout.ns == 0 ? deadline::max() : deadline::in(settings_.export_timeout);
  }
  provider_core& core_;
  collector collector_;
  finishing finish_records_;
  spanwise::resource resource_;
  batch_settings settings_;
  pid_t owner_;
};

/// Who calls the exporters: a thread of the pipeline's own, for batches, or each thread that ends a span, one at a
/// time.
enum class exporting : std::uint8_t { on_own_thread, in_turns };

/// A pipeline whose exporters are `Node`.
template <class Node, exporting Where> class engine : public engine_base {
public:
  template <class Parts>
  SPANWISE_SMALL engine(provider_core& core, spanwise::resource&& about, batch_settings const& settings, Parts& parts,
                        node_setup const& how)
      : engine_base{core, std::move(about), settings}, node_{parts, how} {}

  SPANWISE_SMALL ~engine() {
    if (!in_owner() || stuck_) return; // the memory may still be looked at: it is left to the process
    collector_.let_go();
    core_.sampler = nullptr;
    core_.hooks.store(nullptr, relaxed);
    core_.taken.store(false, release);
  }

  /// Begins to run; false if there can be no thread. The thread holds on to `alive`, which keeps this object.
  SPANWISE_SMALL bool run(counted<void> alive) noexcept {
    core_.engine = this;
    if constexpr (Where == exporting::in_turns) {
      core_.pool.never_scarce();
      core_.on_publish = [](provider_core& core) noexcept { static_cast<engine*>(core.engine)->export_at_once(); };
      return true;
    } else {
      core_.rouse = [](void* engine_at) noexcept { static_cast<engine*>(engine_at)->rouse(); };
      core_.rouse_at = static_cast<std::int64_t>(settings_.batch_size);
      core_.pool.when_pressed(core_.rouse, this);
      keep_alive_ = std::move(alive);
      if (thread_.template start<&engine::work>(*this, "spanwise")) return true;
      keep_alive_ = nullptr;
      return false;
    }
  }

  /// Exports what was ended before the call; false if that took longer than `until`, or an exporter failed.
  SPANWISE_SMALL bool flush(deadline until) noexcept {
    if (!in_owner() || called_from_inside()) return false;
    locked held{mutex_};
    if constexpr (Where == exporting::in_turns) return flush_now(held, until);
    if (finished_) return true;
    std::uint64_t const mine = ++flush_wanted_;
    flush_until_ = std::max(flush_until_, until);
    wake_.notify_all();
    return done_.wait_until(held, until.steady_ns(), [&] { return flush_done_ >= mine || finished_; }) &&
           flush_failed_ < mine;
  }

  /// Lets no more spans in, exports what there is, and returns by `until`.
  SPANWISE_SMALL shutdown_result shutdown(deadline until) noexcept {
    if (!in_owner()) return {};
    if (called_from_inside()) return result();
    locked held{mutex_};
    if (stopping_)
      return done_.wait_until(held, until.steady_ns(), [&] { return reported_; }) ? last_result_ : result();
    stopping_ = true;
    stop_asked_.store(true, release);
    stop_at_ = until;
    core_.epoch.fetch_add(1, seq_cst);
    leave_default(core_);
    if constexpr (Where == exporting::on_own_thread) wait_for_thread(held, until);
    else finish_now(held, until);
    last_result_ = result();
    reported_ = true;
    done_.notify_all();
    return last_result_;
  }

  /// True on the thread that is exporting just now.
  [[nodiscard]] bool exporting_here() const noexcept { return exporting_thread_.load(relaxed) == pthread_self(); }

  /// True if a thread was caught inside while the pipeline stopped: then nothing of it may be freed.
  [[nodiscard]] SPANWISE_SMALL bool stuck() noexcept {
    locked const held{mutex_};
    return stuck_;
  }

  [[nodiscard]] SPANWISE_SMALL shutdown_result result() noexcept {
    locked const held{accounts_};
    trace_counts const spans = collector_.counts();
    delivery_counts least{.exported = UINT64_MAX};
    node_.each_counts([&](delivery_counts const& one) {
      if (one.exported < least.exported) least = one;
    });
    return sum_up(spans, least);
  }

  [[nodiscard]] SPANWISE_SMALL pipeline_stats stats() noexcept {
    if (!in_owner()) return {};
    locked const held{accounts_};
    pipeline_stats all{collector_.counts(), {}};
    contain([&] { node_.each_counts([&](delivery_counts const& one) { all.branches.push_back(one); }); });
    return all;
  }

private:
  /// True, with a diagnostic, on the thread that is exporting: it can't wait for what it has to do itself.
  [[nodiscard]] SPANWISE_SMALL bool called_from_inside() const noexcept {
    if (!exporting_here()) return false;
    tell_called_from_inside();
    return true;
  }

  /// Waits until `over`. A little before the end it cuts the running export short, which can then still say what became
  /// of its spans.
  template <class Over>
  SPANWISE_SMALL bool wait_or_cancel(locked& held, condition& change, deadline until, Over over) noexcept {
    duration const left = until - deadline::now();
    duration const grace = std::min(left / 4, milliseconds(50));
    if (change.wait_until(held, (until - grace).steady_ns(), over)) return true;
    cancelled_.store(true, release);
    held.unlock();
    node_.cancel();
    held.lock();
    return change.wait_until(held, until.steady_ns(), over);
  }

  SPANWISE_SMALL void wait_for_thread(locked& held, deadline until) noexcept {
    wake_.notify_all();
    if (wait_or_cancel(held, done_, until, [&] { return finished_; })) {
      held.unlock();
      thread_.join();
      held.lock();
    } else {
      thread_.detach();
    }
  }

  /// Ends a nap early, from any thread that makes spans. One that comes just as the nap begins is lost, but naps are
  /// short.
  void rouse() noexcept {
    if (!roused_.exchange(true, relaxed)) wake_.notify_one();
  }

  SPANWISE_SMALL void work() noexcept {
    counted<void> const alive = std::move(keep_alive_);
    exporting_thread_.store(pthread_self(), relaxed);
    core_.silence(true);
    locked held{mutex_};
    duration nap = shortest_nap;
    deadline waiting_since = deadline::max();
    deadline calibrated{};
    while (!stopping_) {
      duration const delay = std::max(settings_.delay, milliseconds(1));
      wake_.wait_until(held, deadline::in(std::min(nap, delay)).steady_ns(),
                       [&] { return stopping_ || flush_wanted_ != flush_done_ || roused_.load(relaxed); });
      bool const roused = roused_.exchange(false, relaxed);
      if (stopping_) break;
      bool const flushing = flush_wanted_ != flush_done_;
      std::uint64_t const flush_number = flush_wanted_;
      deadline const flush_until = std::exchange(flush_until_, deadline{});
      held.unlock();

      deadline const now = deadline::now();
      std::size_t const before = collector_.waiting();
      std::size_t found = look();
      if (found != 0 && waiting_since == deadline::max()) waiting_since = now;
      nap = found != before ? shortest_nap : std::min(duration{nap.ns * 2}, longest_nap);
      if (roused) nap = milliseconds(1); // the span that filled the batch may be on its way still
      // Large spans fill the memory before they fill a batch.
      bool const due = found != 0 && (core_.pool.pressed() || now - waiting_since >= settings_.delay);
      bool flushed = true;
      if (flushing || due || found >= settings_.batch_size) {
        // What was there when it began fits into the memory for waiting spans: no more rounds than that.
        std::size_t rounds = core_.pool.bytes() / (least_record * settings_.batch_size) + 1;
        std::uint64_t const failed_before = node_.failed();
        while (found != 0 && rounds-- != 0 && !stop_asked_.load(acquire) &&
               (flushing || due || found >= settings_.batch_size)) {
          send(export_deadline()); // a flush that is in a hurry waits no longer, but costs no span its time
          found = look();
        }
        waiting_since = collector_.waiting() == 0 ? deadline::max() : deadline::now();
        nap = std::min(nap, shortest_nap);
        if (flushing) flushed = node_.flush(flush_until) && node_.failed() == failed_before;
      }
      if (now - calibrated >= (process_clock.ticks_tsc() ? milliseconds(1000) : milliseconds(50))) {
        process_clock.calibrate();
        calibrated = now;
      }
      {
        locked const accounts{accounts_};
        collector_.maintain();
      }
      tell_misuse();
      if (now - told_drops_ >= seconds(1)) tell_drops(now);

      held.lock();
      if (flushing) {
        flush_done_ = flush_number;
        if (!flushed) flush_failed_ = flush_number;
        done_.notify_all();
      }
    }
    finish(held);
    exporting_thread_.store(pthread_t{}, relaxed);
    done_.notify_all();
  }

  /// Gathers into the batch that is waiting; its size.
  SPANWISE_SMALL std::size_t look() noexcept {
    contain([&] { collector_.gather(settings_.batch_size); });
    return collector_.waiting();
  }

  /// On the thread that exports: what was dropped since it was last told.
  SPANWISE_SMALL void tell_drops(deadline now) noexcept {
    told_drops_ = now;
    std::size_t const one = std::min<std::size_t>(record::max_size, core_.pool.largest_chunk());
    drops_.tell(collector_.counts(), {core_.pool.bytes(), core_.most_spans, one});
  }

  /// Sends the waiting batch.
  SPANWISE_SMALL void send(deadline until) noexcept {
    std::span<record> const batch = collector_.gathered();
    if (batch.empty()) return;
    finish_records_(batch);
    node_.run({resource_, core_.scopes, batch}, until);
    locked const accounts{accounts_};
    collector_.settle();
  }

  /// The last batches, until nothing is left or time is up. The mutex is held when it begins and when it ends.
  SPANWISE_SMALL void finish(locked& held) noexcept {
    deadline const until = stop_at_;
    held.unlock();
    core_.silence(true);
    bool const all_out = collector_.close(until);
    while (!cancelled_.load(acquire) && deadline::now() < until && look() != 0)
      send(std::min(until, export_deadline()));
    node_.flush(until);
    node_.shutdown(until);
    tell_misuse();
    tell_drops(deadline::now());
    core_.silence(false);
    held.lock();
    stuck_ = !all_out;
    finished_ = true;
    if (!all_out) return; // a thread is inside and may still use these
    core_.on_publish = nullptr;
    core_.rouse = nullptr;
    core_.pool.when_pressed(nullptr, nullptr);
  }

  // For pipelines without a thread: whoever ends a span exports, one after another. No lock is held meanwhile, so that
  // flush and shutdown can give up waiting.

  [[nodiscard]] bool may_turn() const noexcept { return !exporting_ || stopping_; }
  void begin_turn() noexcept {
    exporting_ = true;
    exporting_thread_.store(pthread_self(), relaxed);
  }
  void end_turn() noexcept {
    exporting_ = false;
    exporting_thread_.store(pthread_t{}, relaxed);
    turn_.notify_one();
  }

  /// Called by a thread that ended a span. One that an exporter ends is found by the loop that called the exporter.
  void export_at_once() noexcept {
    if (exporting_thread_.load(relaxed) == pthread_self()) return;
    locked held{mutex_};
    turn_.wait(held, [&] { return may_turn(); });
    if (stopping_) return;
    begin_turn();
    held.unlock();
    drain_now();
    held.lock();
    end_turn();
  }

  bool flush_now(locked& held, deadline until) noexcept {
    if (stopping_) return finished_;
    if (!turn_.wait_until(held, until.steady_ns(), [&] { return may_turn(); }) || stopping_) return false;
    begin_turn();
    held.unlock();
    std::uint64_t const failed_before = node_.failed();
    drain_now();
    core_.silence(true);
    bool const good = node_.flush(until) && node_.failed() == failed_before;
    core_.silence(false);
    held.lock();
    end_turn();
    return good;
  }

  void finish_now(locked& held, deadline until) noexcept {
    turn_.notify_all();
    if (!wait_or_cancel(held, turn_, until, [&] { return !exporting_; })) {
      stuck_ = true; // a thread is inside the exporter and may come back at any time
      return;
    }
    begin_turn();
    finish(held);
    end_turn();
  }

  void drain_now() noexcept {
    core_.silence(true);
    while (!stop_asked_.load(acquire) && look() != 0) send(export_deadline());
    deadline const now = deadline::now();
    bool const told_long_ago = now - told_drops_ > seconds(1);
    if (told_long_ago || core_.pool.pressed()) {
      locked const accounts{accounts_};
      collector_.maintain();
    }
    if (told_long_ago) {
      process_clock.calibrate();
      tell_drops(now);
    }
    tell_misuse();
    core_.silence(false);
  }

  static constexpr duration shortest_nap = milliseconds(10);
  static constexpr std::size_t least_record = head_at::root_size;
  static constexpr duration longest_nap = milliseconds(50);

  Node node_;
  mutex mutex_;
  mutex accounts_;
  condition wake_;
  condition done_;
  condition turn_;
  std::uint64_t flush_wanted_ = 0;
  std::uint64_t flush_done_ = 0;
  std::uint64_t flush_failed_ = 0; ///< the last one that failed
  deadline flush_until_{};
  bool exporting_ = false; ///< a thread has its turn
  bool stopping_ = false;
  bool finished_ = false;
  bool stuck_ = false;
  bool reported_ = false;
  shutdown_result last_result_{};
  atomic<bool> stop_asked_{false};
  atomic<bool> cancelled_{false};
  atomic<bool> roused_{false};
  atomic<pthread_t> exporting_thread_{pthread_t{}};
  deadline told_drops_{};
  drop_report drops_;
  background_thread thread_;
  counted<void> keep_alive_;
  deadline stop_at_{};
};

} // namespace detail

} // namespace spanwise::inline SPANWISE_ABI
