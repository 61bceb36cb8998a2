// A share of all traces, chosen by trace id. For the entry of a service, inside parent_based.
#pragma once

#include <spanwise/core/sampling_threshold.hpp>
#include <spanwise/trace/sampling.hpp>
#include <spanwise/trace/sampling_ratio.hpp>

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

SPANWISE_SHARED inline constinit atomic<bool> told_of_ratio_below_parent{false};

/// Keeps by trace id, and warns once where a parent has decided already.
[[nodiscard]] inline sampling_result keep_by_id(std::uint64_t threshold, sampling_parameters const& asked) noexcept {
  if (asked.parent.span().valid() && !told_of_ratio_below_parent.load(relaxed)) [[unlikely]]
    report_once(
        told_of_ratio_below_parent, "ratio below parent",
        "a trace id ratio decides anew for a span that has a parent, and services that compute it otherwise tear "
        "such traces apart; write spanwise::parent_based{spanwise::trace_id_ratio{...}}, or use "
        "spanwise::probability, which says in the trace state (ot=th) what it did");
  bool const kept = trace_randomness{asked.trace_id}.value() >= threshold;
  return {kept ? sampling_decision::record_and_sample : sampling_decision::drop};
}

/// From which randomness on a ratio keeps; 2^56, which no trace has, for 0 and what is below 2^-56.
[[nodiscard]] constexpr std::uint64_t exact_threshold(double ratio) noexcept {
  auto const threshold = sampling_threshold::exactly(ratio);
  return threshold ? threshold->value() : sampling_threshold::whole;
}

} // namespace detail

/// Sends this share of the traces, chosen by trace id, so that all services that use a ratio agree. Ignores the parent.
///
/// A trace is kept if the last 56 bits of its id are at least 2^56 times (1 - ratio): what a lower ratio keeps, a
/// higher one keeps too. Ratios outside [0, 1] are clamped, NaN counts as 0; a diagnostic says so, of a constant when a
/// pipeline takes it. Below 2^-56 nothing is kept.
class trace_id_ratio {
public:
  constexpr explicit trace_id_ratio(double ratio) noexcept
      : ratio_{ratio}, threshold_{detail::exact_threshold(ratio_.value())} {
    if (!std::is_constant_evaluated()) ratio_.tell();
  }

  [[nodiscard]] sampling_result should_sample(sampling_parameters const& asked) const noexcept {
    return detail::keep_by_id(threshold_, asked);
  }
  [[nodiscard]] std::optional<sampling_decision> fixed(parent_case) const noexcept {
    ratio_.tell(); // a constant could not when it was made
    if (threshold_ == 0) return sampling_decision::record_and_sample;
    if (threshold_ == sampling_threshold::whole) return sampling_decision::drop;
    return std::nullopt;
  }
  [[nodiscard]] sampler_description description() const noexcept {
    return sampler_description{"TraceIdRatioBased{"}.append_ratio(ratio_.value()).append("}");
  }
  [[nodiscard]] constexpr double ratio() const noexcept { return ratio_.value(); }

private:
  detail::sampling_ratio ratio_;
  std::uint64_t threshold_;
};

static_assert(sampler<trace_id_ratio>);

} // namespace spanwise::inline SPANWISE_ABI
