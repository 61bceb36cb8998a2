// A share of traces that can be changed while the program runs: by a request to an admin port, by load, by a clock.
#pragma once

#include <spanwise/detail/contain.hpp>
#include <spanwise/detail/counted.hpp>
#include <spanwise/trace/sampling_intent.hpp>
#include <spanwise/trace/trace_id_ratio.hpp>

namespace spanwise::inline SPANWISE_ABI {

/// A handle to a ratio that all its copies share: one goes to `start`, another one sets it later.
///
///     spanwise::adjustable_ratio share{0.1};
///     auto tracing = spanwise::start("shop", exporter, {.sampler = spanwise::parent_based{share}});
///     share.set(0.5);
///
/// As a sampler it is what trace_id_ratio is, and `composite_sampler{share}` is what probability is, except that a root
/// which is kept costs an allocation there. No locks: spans see the ratio before or after `set`. Handles may be used by
/// different threads, and copied; one and the same may be set from several.
class adjustable_ratio {
public:
  explicit adjustable_ratio(double ratio) noexcept {
    double const first = checked(ratio);
    bool const made = detail::contain([&] { shared_ = detail::counted<shared>::make(first); });
    if (!made)
      report(severity::error, "adjustable ratio",
             "there is no memory for an adjustable sampling ratio; it keeps no trace");
  }

  // No moves: a handle that was given away with std::move can still be set.
  adjustable_ratio(adjustable_ratio const&) noexcept = default;
  adjustable_ratio& operator=(adjustable_ratio const&) noexcept = default;
  ~adjustable_ratio() = default;

  /// From now on this share of traces is kept; traces that have begun stay as they are, inside parent_based.
  void set(double ratio) const noexcept {
    if (shared_) shared_->bits.store(std::bit_cast<std::uint64_t>(checked(ratio)), detail::relaxed);
  }
  [[nodiscard]] double ratio() const noexcept {
    return shared_ ? std::bit_cast<double>(shared_->bits.load(detail::relaxed)) : 0;
  }

  [[nodiscard]] sampling_result should_sample(sampling_parameters const& asked) const noexcept {
    return detail::keep_by_id(detail::exact_threshold(ratio()), asked);
  }
  [[nodiscard]] sampling_intent intent(starting_span const&) const noexcept {
    auto const threshold = sampling_threshold::of_ratio(ratio());
    return {.threshold = threshold, .reliable = threshold.has_value()};
  }
  [[nodiscard]] sampler_description description() const noexcept {
    return sampler_description{"AdjustableRatio{"}.append_ratio(ratio()).append("}");
  }

private:
  struct shared {
    explicit shared(double ratio) noexcept : bits{std::bit_cast<std::uint64_t>(ratio)} {}
    detail::atomic<std::uint64_t> bits;
  };

  static double checked(double ratio) noexcept {
    detail::sampling_ratio const given{ratio};
    given.tell();
    return given.value();
  }

  detail::counted<shared> shared_;
};

static_assert(sampler<adjustable_ratio> && composable_sampler<adjustable_ratio>);

} // namespace spanwise::inline SPANWISE_ABI
