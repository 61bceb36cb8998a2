// A sampler of any type, held by value: what a pipeline asks. Whatever the held one does, nothing gets out of here but
// an answer that can be used.
#pragma once

#include <spanwise/core/diagnostics.hpp>
#include <spanwise/detail/contain.hpp>
#include <spanwise/trace/sampling.hpp>

#include <new>
#include <utility>

namespace spanwise::inline SPANWISE_ABI {

/// Any sampler, held by value; what `start` takes. Empty: parent-based with always-on for roots, or what
/// OTEL_TRACES_SAMPLER says.
class any_sampler {
public:
  constexpr any_sampler() noexcept = default;

  template <class Sampler> any_sampler(Sampler given) noexcept {
    static_assert(
        sampler<Sampler>,
        "spanwise: a sampler has should_sample(sampling_parameters const&), which gives a sampling_result, and "
        "description(); what is composable alone, such as a parent_threshold, goes into "
        "spanwise::composite_sampler{...}");
    if constexpr (sampler<Sampler>) hold(std::move(given));
  }
  any_sampler(any_sampler&& other) noexcept { swap(other); }
  any_sampler& operator=(any_sampler&& other) noexcept {
    swap(other);
    return *this;
  }
  ~any_sampler() {
    if (object_ != nullptr) destroy_(object_);
  }

  [[nodiscard]] bool empty() const noexcept { return object_ == nullptr; }
  [[nodiscard]] sampling_result should_sample(sampling_parameters const& asked) const noexcept {
    if (object_ != nullptr) return ask_(object_, asked);
    span_context const& parent = asked.parent.span();
    return {!parent.valid() || parent.sampled() ? sampling_decision::record_and_sample : sampling_decision::drop};
  }
  [[nodiscard]] std::optional<sampling_decision> fixed(parent_case which) const noexcept {
    return fixed_[static_cast<std::size_t>(which)];
  }
  /// As the sampler says now; it may change. Empty if there is none, or if it throws.
  [[nodiscard]] sampler_description description() const noexcept {
    return empty() ? sampler_description{""} : describe_(object_);
  }

private:
  template <class Sampler> void hold(Sampler&& given) noexcept {
    bool const made = detail::contain([&] { object_ = new (std::nothrow) Sampler(std::move(given)); });
    if (!made || object_ == nullptr) return tell_not_held(made);
    ask_ = [](void const* object, sampling_parameters const& asked) noexcept {
      return contained<Sampler>(object, asked);
    };
    describe_ = [](void const* object) noexcept {
      return detail::contain([&] { return sampler_description{static_cast<Sampler const*>(object)->description()}; },
                             "");
    };
    destroy_ = [](void* object) noexcept { delete static_cast<Sampler*>(object); };
    if constexpr (requires(Sampler const& s) { s.fixed(parent_case{}); })
      for (std::size_t i = 0; i < parent_cases; ++i) {
        std::optional<sampling_decision> known;
        auto const ask = [&] { known = static_cast<Sampler const*>(object_)->fixed(static_cast<parent_case>(i)); };
        if (detail::contain(ask) && known && *known <= sampling_decision::record_and_sample) fixed_[i] = known;
      }
  }

  SPANWISE_SMALL static void tell_not_held(bool made) noexcept {
    report(severity::error, "sampler set-up",
           made
               ? "there is no memory for the sampler that was given; spans follow their parents, and roots are kept"
               : "the sampler that was given threw while it was moved; spans follow their parents, and roots are kept");
  }
  SPANWISE_COLD static void tell_thrown() noexcept {
    report(severity::error, "sampler",
           "a sampler threw an exception; the span that it was asked about is not recorded");
  }

  template <class Sampler>
  static sampling_result contained(void const* object, sampling_parameters const& asked) noexcept {
#if defined(__cpp_exceptions)
    try {
      return static_cast<Sampler const*>(object)->should_sample(asked);
    } catch (...) {
      tell_thrown();
      return {sampling_decision::drop};
    }
#else
    return static_cast<Sampler const*>(object)->should_sample(asked);
#endif
  }

  void swap(any_sampler& other) noexcept {
    std::swap(object_, other.object_);
    std::swap(ask_, other.ask_);
    std::swap(describe_, other.describe_);
    std::swap(destroy_, other.destroy_);
    for (std::size_t i = 0; i < parent_cases; ++i) std::swap(fixed_[i], other.fixed_[i]);
  }

  void* object_{};
  sampling_result (*ask_)(void const*, sampling_parameters const&) noexcept {};
  sampler_description (*describe_)(void const*) noexcept {};
  void (*destroy_)(void*) noexcept {};
  std::optional<sampling_decision> fixed_[parent_cases]{};
};

} // namespace spanwise::inline SPANWISE_ABI
