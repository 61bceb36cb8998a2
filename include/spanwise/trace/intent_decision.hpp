// How an intent becomes a decision and a trace state: the one place where consistent probability samplers compare
// thresholds with randomness (OpenTelemetry, Trace SDK, CompositeSampler).
#pragma once

#include <spanwise/trace/sampling_intent.hpp>
#include <spanwise/trace/sampling_ratio.hpp>
#include <spanwise/trace/thread_state.hpp>

namespace spanwise::inline SPANWISE_ABI::detail {

SPANWISE_SHARED inline constinit atomic<bool> told_of_unknown_randomness{false};

/// 56 bits that nobody else has, also on a thread that is being torn down.
[[nodiscard]] inline trace_randomness fresh_randomness() noexcept {
  if (thread_state* const thread = this_thread()) return trace_randomness{thread->random()};
  random_source passing;
  passing.seed();
  return trace_randomness{passing()};
}

/// `from` with `th` set or removed, and with `rv` if there is one to add; nothing if that is `from` itself. Where there
/// is no room for a new `th`, none stays: the old one would be wrong.
[[nodiscard]] inline std::optional<trace_state> with_sampling(trace_state const& from, ot_state const& known,
                                                              std::optional<sampling_threshold> threshold,
                                                              std::optional<trace_randomness> added) noexcept {
  std::optional<std::string_view> const before = known.get("th");
  if (!added && !threshold && !before) return std::nullopt;
  if (!added && threshold && before && *before == threshold->text().view()) return std::nullopt;
  auto const written = [&](std::optional<sampling_threshold> kept) {
    auto const th = kept.value_or(sampling_threshold{}).text();
    auto const rv = added.value_or(trace_randomness{}).hex();
    std::optional<std::string_view> const th_text = kept ? std::optional{th.view()} : std::nullopt;
    if (added) return replace_ot(from, {{"th", th_text}, {"rv", rv.view()}});
    return replace_ot(from, {{"th", th_text}});
  };
  if (auto state = written(threshold)) return state;
  report_long_ot();
  return threshold && before ? written(std::nullopt) : std::nullopt;
}

/// Decides as `intent` says. `keeping_all` is a trace state with nothing but the threshold 0 in it.
[[nodiscard]] inline sampling_result decide_by(sampling_intent const& intent, sampling_parameters const& asked,
                                               trace_state const* keeping_all = nullptr) noexcept {
  span_context const& parent = asked.parent.span();
  bool const root = !parent.valid();
  trace_state const none;
  trace_state const& before = root ? none : parent.state();
  ot_state const known{before};
  std::optional<trace_randomness> const told = known.randomness();
  std::optional<trace_randomness> added;
  if (root && !asked.random_trace_id) added = fresh_randomness();

  bool sampled = intent.threshold.has_value();
  if (sampled && intent.threshold->value() != 0) {
    if (!intent.reliable) sampled = intent.threshold->keeps(fresh_randomness());
    else if (told || added) sampled = intent.threshold->keeps(told ? *told : *added);
    else {
      bool const doubtful = !root && !parent.flags().random() && intent.threshold != known.threshold();
      if (doubtful && !told_of_unknown_randomness.load(relaxed)) [[unlikely]]
        report_once(told_of_unknown_randomness, "unknown randomness",
                    "a caller's trace id does not say that it is random (trace flags, 02), and its trace state has no "
                    "ot=rv; probability samplers take it for random, which keeps another share than was asked for if "
                    "it is not: update the caller's tracing library");
      sampled = intent.threshold->keeps(trace_randomness{asked.trace_id});
    }
  }

  sampling_result result{sampled ? sampling_decision::record_and_sample : sampling_decision::drop};
  if (sampled) result.attributes = intent.attributes;
  auto const threshold = sampled && intent.reliable ? intent.threshold : std::nullopt;
  if (intent.state.change != nullptr) {
    result.state = intent.state.change(intent.state.with, before, sampled);
    if (auto changed = with_sampling(*result.state, ot_state{*result.state}, threshold, added))
      result.state = std::move(*changed);
  } else if (before.empty() && threshold && !added) {
    trace_state const* const ready = intent.alone != nullptr   ? intent.alone
                                     : threshold->value() == 0 ? keeping_all
                                                               : nullptr;
    if (ready != nullptr) result.state = *ready;
    else result.state = with_sampling(before, known, threshold, added);
  } else {
    result.state = with_sampling(before, known, threshold, added);
  }
  return result;
}

/// The trace state of a root that this threshold keeps.
[[nodiscard]] inline trace_state state_of(sampling_threshold threshold) noexcept {
  return replace_ot({}, {{"th", threshold.text().view()}}).value_or(trace_state{});
}

} // namespace spanwise::inline SPANWISE_ABI::detail
