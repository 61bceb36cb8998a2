// So many traces a second and no more: for a service whose load varies more than what may be spent on telemetry.
#pragma once

#include <spanwise/core/diagnostics.hpp>
#include <spanwise/trace/sampling_intent.hpp>
#include <spanwise/trace/token_bucket.hpp>

namespace spanwise::inline SPANWISE_ABI {

/// Keeps up to `traces_a_second` of the spans that begin here: roots, and those whose parent is in another process.
///
/// After a rest up to `burst` are kept at once; by default those of one second, at least one. Spans with a parent in
/// this process follow that. Bare it asks no caller: inside parent_based, `root` limits what begins here, and
/// `remote_sampled` what callers sampled. Also composable, inside parent_threshold; what it keeps has no `ot=th`, since
/// nobody knows what share it is. No lock; each copy counts for itself.
class rate_limiting {
public:
  explicit rate_limiting(double traces_a_second) noexcept : rate_limiting{traces_a_second, traces_a_second} {}
  rate_limiting(double traces_a_second, double burst) noexcept
      : rate_{traces_a_second > 0 ? traces_a_second : 0}, bucket_{rate_ > 0 ? rate_ : 1, burst > 1 ? burst : 1} {
    if (!(traces_a_second > 0))
      report(severity::warning, "rate limit",
             "a rate limit that is not above 0 keeps no trace; give the number of traces a second, such as 10");
  }

  [[nodiscard]] sampling_result should_sample(sampling_parameters const& asked) const noexcept {
    return {keeps(asked.parent) ? sampling_decision::record_and_sample : sampling_decision::drop};
  }
  [[nodiscard]] std::optional<sampling_decision> fixed(parent_case which) const noexcept {
    if (which == parent_case::local_sampled) return sampling_decision::record_and_sample;
    if (which == parent_case::local_unsampled || rate_ == 0) return sampling_decision::drop;
    return std::nullopt;
  }
  [[nodiscard]] sampling_intent intent(starting_span const& asked) const noexcept {
    if (!keeps(asked.parent)) return {};
    return {.threshold = sampling_threshold{}};
  }
  [[nodiscard]] sampler_description description() const noexcept {
    return sampler_description{"RateLimiting{"}.append_ratio(rate_).append("}");
  }

private:
  [[nodiscard]] bool keeps(context const& parent) const noexcept {
    span_context const& above = parent.span();
    if (above.valid() && !above.remote()) return above.sampled();
    return rate_ > 0 && bucket_.take(detail::steady_ns());
  }

  double rate_;
  mutable detail::token_bucket bucket_;
};

static_assert(sampler<rate_limiting> && composable_sampler<rate_limiting>);

} // namespace spanwise::inline SPANWISE_ABI
