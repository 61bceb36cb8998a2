// A pipeline as it runs: the senders of its exporters, with their accounts, joined by its stages and branches.
// Whatever user code does here, spans are accounted for and nothing escapes.
#pragma once

#include <spanwise/core/counters.hpp>
#include <spanwise/detail/contain.hpp>
#include <spanwise/pipeline/any_exporter.hpp>
#include <spanwise/pipeline/stage.hpp>
#include <spanwise/pipeline/tee.hpp>

#include <optional>
#include <vector>

namespace spanwise::inline SPANWISE_ABI::detail {

/// What a node needs while it is set up: the environment, and the exporter that takes over where one can't be set up.
struct node_setup {
  exporter_setup const& setup;
  any_exporter const& fallback;
  std::optional<live_exporter>& made;

  /// The fallback, set up now; nullptr if there is none, or if it has taken over another branch: it would get each span
  /// twice.
  [[nodiscard]] SPANWISE_SMALL live_exporter* take_over() const noexcept {
    if (fallback.empty() || made) return nullptr;
    bool const good = contain([&] { made.emplace(fallback.make(setup)); });
    if (!good)
      report(severity::error, "fallback", "the fallback exporter threw while it was set up; spans are discarded");
    return good ? &*made : nullptr;
  }
};

/// One exporter and what became of the spans that reached it.
template <class Given> class leaf {
  static_assert(exporter<Given> || described<Given>,
                "spanwise: the last part of a pipeline must be an exporter, one of spanwise's descriptions such as "
                "otlp_http{} or a type of your own with export_result export_spans(span_batch const&, deadline)");

public:
  SPANWISE_SMALL leaf(Given&& given, node_setup const& how) {
    bool const made = contain([&] {
      if constexpr (described<Given> && !exporter<Given>) sender_.emplace(std::move(given), how.setup);
      else sender_.emplace(make_sender(std::move(given), how.setup));
      if constexpr (requires { sender_->usable(); }) usable_ = sender_->usable();
      else usable_ = true;
    });
    if (!made)
      report(severity::error, "exporter set-up",
             "an exporter threw while it was set up; the fallback takes over, if there is one");
    if (!usable_) fallback_ = how.take_over();
  }

  SPANWISE_SMALL export_result run(span_batch const& batch, deadline until) noexcept {
    std::size_t const size = batch.records.size();
    export_result const lost{.failed = size};
    export_result result = lost;
    if (usable_) {
      if (!contain([&] { result = sender_->export_spans(batch, until); }))
        report(severity::error, "exporter threw", "an exporter threw an exception; its spans count as failed");
    } else if (fallback_ != nullptr) {
      result = fallback_->export_spans(batch, until);
    }
    if (result.total() != size) {
      report(severity::error, "exporter count",
             "an exporter accounted for more or fewer spans than it was given; the whole batch counts as failed");
      result = lost;
    }
    add_own(exported_, result.exported);
    add_own(rejected_, result.rejected);
    add_own(failed_, result.failed);
    add_own(filtered_, result.filtered);
    return result;
  }

  void note_filtered(std::uint64_t count) noexcept { add_own(filtered_, count); }
  SPANWISE_SMALL bool flush(deadline until) noexcept {
    if (!usable_) return fallback_ == nullptr || fallback_->flush(until);
    return contain([&] { return flush_sender(*sender_, until); }, false);
  }
  SPANWISE_SMALL void shutdown(deadline until) noexcept {
    if (usable_) contain([&] { shutdown_sender(*sender_, until); });
    else if (fallback_ != nullptr) fallback_->shutdown(until);
  }
  SPANWISE_SMALL void cancel() noexcept {
    if (usable_) contain([&] { cancel_sender(*sender_); });
    else if (fallback_ != nullptr) fallback_->cancel();
  }
  [[nodiscard]] std::uint64_t failed() const noexcept { return failed_.load(relaxed); }
  /// Calls `each` with the accounts of every exporter, in the order in which they are named.
  template <class Each> SPANWISE_SMALL void each_counts(Each const& each) const {
    each(delivery_counts{exported_.load(relaxed), rejected_.load(relaxed), failed_.load(relaxed),
                         filtered_.load(relaxed)});
  }

private:
  std::optional<decltype(make_sender(std::declval<Given>(), std::declval<exporter_setup const&>()))> sender_;
  live_exporter* fallback_{};
  bool usable_ = false;
  atomic<std::uint64_t> exported_{0};
  atomic<std::uint64_t> rejected_{0};
  atomic<std::uint64_t> failed_{0};
  atomic<std::uint64_t> filtered_{0};
};

template <class Part> struct node_of { using type = leaf<Part>; };
template <class Part> using node = typename node_of<Part>::type;

/// The parts of a tuple from `Index` on: stages from left to right, then what the last of them hands on to.
template <std::size_t Index, class Parts, bool Last = Index + 1 == std::tuple_size_v<Parts>> class line {
  using stage_type = std::tuple_element_t<Index, Parts>;
  static_assert(stage<stage_type>,
                "spanwise: each part of a pipeline but the last must be a stage: a type with keep(span_view) or "
                "process(span_batch, next)");

public:
  line(Parts& given, node_setup const& how) : stage_{std::move(std::get<Index>(given))}, next_{given, how} {}

  export_result run(span_batch const& batch, deadline until) noexcept {
    export_result result{};
    auto const hand_on = [&](span_batch const& rest) {
      if (rest.records.empty()) return;
      if (std::size_t const room = batch.records.size() - result.total(); rest.records.size() <= room) {
        result += next_.run(rest, until);
      } else {
        report(severity::error, "stage count",
               "a stage handed on more spans than it was given; the surplus is left out");
        if (room != 0) result += next_.run({rest.resource, rest.scopes, rest.records.first(room)}, until);
      }
    };
    bool const fine = contain([&] {
      if constexpr (processing<stage_type>) {
        stage_.process(batch, hand_on);
      } else {
        kept_.clear();
        for (record const& each : batch.records)
          if (stage_.keep(span_view{each})) kept_.push_back(each);
        hand_on({batch.resource, batch.scopes, kept_});
      }
    });
    if (!fine) {
      report(severity::error, "stage threw",
             "a stage of the pipeline threw an exception; its batch goes on unchanged, unless it had handed on a part");
      if (result.total() == 0) hand_on(batch);
    }
    if (result.total() < batch.records.size()) {
      std::uint64_t const missing = batch.records.size() - result.total();
      result.filtered += missing;
      next_.note_filtered(missing);
    }
    return result;
  }

  void note_filtered(std::uint64_t count) noexcept { next_.note_filtered(count); }
  bool flush(deadline until) noexcept { return next_.flush(until); }
  void shutdown(deadline until) noexcept { next_.shutdown(until); }
  void cancel() noexcept { next_.cancel(); }
  [[nodiscard]] std::uint64_t failed() const noexcept { return next_.failed(); }
  template <class Each> void each_counts(Each const& each) const { next_.each_counts(each); }

private:
  stage_type stage_;
  line<Index + 1, Parts> next_;
  std::vector<record> kept_;
};

template <std::size_t Index, class Parts>
class line<Index, Parts, true> : public node<std::tuple_element_t<Index, Parts>> {
public:
  line(Parts& given, node_setup const& how)
      : node<std::tuple_element_t<Index, Parts>>{std::move(std::get<Index>(given)), how} {}
};

template <class... Parts> class chain_node : public line<0, std::tuple<Parts...>> {
public:
  chain_node(chain<Parts...> given, node_setup const& how) : line<0, std::tuple<Parts...>>{given.parts, how} {}
};
template <class... Parts> struct node_of<chain<Parts...>> { using type = chain_node<Parts...>; };

/// The branches of a tee from `Index` on. The result for all is that of the branch that exported least.
template <std::size_t Index, class Branches, bool Last = Index + 1 == std::tuple_size_v<Branches>> class fork {
public:
  fork(Branches& given, node_setup const& how) : head_{std::move(std::get<Index>(given)), how}, tail_{given, how} {}

  export_result run(span_batch const& batch, deadline until) noexcept {
    export_result const head = head_.run(batch, share(until));
    export_result const tail = tail_.run(batch, until);
    return head.exported <= tail.exported ? head : tail;
  }
  void note_filtered(std::uint64_t count) noexcept {
    head_.note_filtered(count);
    tail_.note_filtered(count);
  }
  bool flush(deadline until) noexcept {
    bool const head = head_.flush(share(until));
    return tail_.flush(until) && head;
  }
  void shutdown(deadline until) noexcept {
    head_.shutdown(share(until));
    tail_.shutdown(until);
  }
  void cancel() noexcept {
    head_.cancel();
    tail_.cancel();
  }
  [[nodiscard]] std::uint64_t failed() const noexcept { return head_.failed() + tail_.failed(); }
  template <class Each> void each_counts(Each const& each) const {
    head_.each_counts(each);
    tail_.each_counts(each);
  }

private:
  /// This branch's part of the time, so that one that uses it up leaves some to those after it.
  static deadline share(deadline until) noexcept {
    constexpr int branches = static_cast<int>(std::tuple_size_v<Branches> - Index);
    auto const now = deadline::now();
    return until == deadline::max() ? until : now + std::max(until - now, duration{}) / branches;
  }

  node<std::tuple_element_t<Index, Branches>> head_;
  fork<Index + 1, Branches> tail_;
};

template <std::size_t Index, class Branches>
class fork<Index, Branches, true> : public node<std::tuple_element_t<Index, Branches>> {
public:
  fork(Branches& given, node_setup const& how)
      : node<std::tuple_element_t<Index, Branches>>{std::move(std::get<Index>(given)), how} {}
};

template <class... Branches> class tee_node : public fork<0, std::tuple<Branches...>> {
public:
  tee_node(tee<Branches...> given, node_setup const& how) : fork<0, std::tuple<Branches...>>{given.branches, how} {}
};
template <class... Branches> struct node_of<tee<Branches...>> { using type = tee_node<Branches...>; };

} // namespace spanwise::inline SPANWISE_ABI::detail
