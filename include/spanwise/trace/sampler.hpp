// Samplers decide, when a span starts, whether it is recorded and sent. They are plain values with one function;
// what a sampler knows without looking at the span is worked out once, so that the common cases cost a table look-up.
#pragma once

#include <spanwise/context/context.hpp>
#include <spanwise/core/attribute.hpp>
#include <spanwise/core/diagnostics.hpp>
#include <spanwise/core/kind.hpp>
#include <spanwise/core/provider_core.hpp>
#include <spanwise/core/span_view.hpp>

#include <concepts>
#include <new>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace spanwise::inline SPANWISE_ABI {

enum class sampling_decision : std::uint8_t { drop, record_only, record_and_sample };

/// What a sampler is told of a span that is about to start; views, valid during the call.
struct sampling_parameters {
  context const& parent; ///< parent.span() is not valid for a root
  spanwise::trace_id trace_id;
  std::string_view name;
  span_kind kind;
  attribute_range attributes;
  view_range<link_view> links;
};

/// What a sampler answers. `attributes` are added to the span; what they view must live as long as the sampler.
struct sampling_result {
  sampling_decision decision{};
  std::span<attribute const> attributes{};
  std::optional<trace_state> state{}; ///< becomes the span's trace state; none leaves it the parent's
};

/// A short text that needs no allocation, such as what a sampler says of itself.
class sampler_description {
public:
  constexpr sampler_description(char const* text) noexcept { append(text); }
  constexpr sampler_description& append(std::string_view more) noexcept {
    for (char const letter : more)
      if (size_ < sizeof text_) text_[size_++] = letter;
    return *this;
  }
  /// A ratio in [0, 1] with as many decimals as tell it from its neighbours, 20 at most.
  constexpr sampler_description& append_ratio(double ratio) noexcept {
    if (ratio >= 1) return append("1");
    append("0.");
    double left = ratio;
    int decimals = 0;
    do {
      left *= 10;
      auto digit = static_cast<int>(left);
      left -= digit;
      if (left > 0.999'999'9 && digit < 9) {
        ++digit;
        left = 0;
      }
      if (left < 0.000'000'1 && digit != 0) left = 0;
      char const text = static_cast<char>('0' + digit);
      append({&text, 1});
    } while (left > 0 && ++decimals < 20);
    return *this;
  }
  [[nodiscard]] constexpr std::string_view view() const noexcept { return {text_, size_}; }

private:
  char text_[160]{};
  std::size_t size_{};
};

/// A type that decides about spans. It is called on the threads that start spans, at the same time, so it must be
/// thread-safe; one that throws drops the span.
///
///     struct only_checkouts {
///       spanwise::sampling_result should_sample(spanwise::sampling_parameters const& asked) const {
///         return {asked.name == "checkout" ? spanwise::sampling_decision::record_and_sample
///                                         : spanwise::sampling_decision::drop};
///       }
///       spanwise::sampler_description description() const { return "OnlyCheckouts"; }
///     };
template <class Candidate>
concept sampler = requires(Candidate const& candidate, sampling_parameters const& asked) {
  { candidate.should_sample(asked) } -> std::same_as<sampling_result>;
  { candidate.description() } -> std::convertible_to<sampler_description>;
};

/// Records and sends each span.
struct always_on {
  [[nodiscard]] sampling_result should_sample(sampling_parameters const&) const noexcept {
    return {sampling_decision::record_and_sample};
  }
  [[nodiscard]] std::optional<sampling_decision> fixed(parent_case) const noexcept {
    return sampling_decision::record_and_sample;
  }
  [[nodiscard]] sampler_description description() const noexcept { return "AlwaysOnSampler"; }
};

/// Records nothing; contexts are still passed on.
struct always_off {
  [[nodiscard]] sampling_result should_sample(sampling_parameters const&) const noexcept {
    return {sampling_decision::drop};
  }
  [[nodiscard]] std::optional<sampling_decision> fixed(parent_case) const noexcept { return sampling_decision::drop; }
  [[nodiscard]] sampler_description description() const noexcept { return "AlwaysOffSampler"; }
};

/// Sends this share of the traces, chosen by trace id, so that all services that use a ratio agree. Ignores the parent.
///
/// A trace is kept if the last 56 bits of its id are at least 2^56 times (1 - ratio): what a lower ratio keeps, a higher
/// one keeps too. Ratios outside [0, 1] are clamped, NaN counts as 0; a diagnostic says so, of a constant when a pipeline
/// takes it.
class trace_id_ratio {
public:
  constexpr explicit trace_id_ratio(double ratio) noexcept
      : ratio_{ratio >= 1 ? 1 : ratio > 0 ? ratio : 0}, threshold_{threshold_of(ratio_)},
        fault_{ratio > 1 ? fault::above : ratio < 0 ? fault::below : ratio == ratio_ ? fault::none : fault::no_number} {
    if (!std::is_constant_evaluated()) tell();
  }

  [[nodiscard]] sampling_result should_sample(sampling_parameters const& asked) const noexcept {
    std::uint64_t randomness = 0;
    for (std::uint8_t const byte : asked.trace_id.bytes().subspan<9>()) randomness = randomness << 8 | byte;
    return {randomness >= threshold_ ? sampling_decision::record_and_sample : sampling_decision::drop};
  }
  [[nodiscard]] std::optional<sampling_decision> fixed(parent_case) const noexcept {
    tell(); // a constant could not when it was made
    if (threshold_ == 0) return sampling_decision::record_and_sample;
    if (threshold_ == whole) return sampling_decision::drop;
    return std::nullopt;
  }
  [[nodiscard]] sampler_description description() const noexcept {
    return sampler_description{"TraceIdRatioBased{"}.append_ratio(ratio_).append("}");
  }
  [[nodiscard]] constexpr double ratio() const noexcept { return ratio_; }

private:
  enum class fault : std::uint8_t { none, below, above, no_number };

  static constexpr std::uint64_t whole = std::uint64_t{1} << 56;

  static constexpr std::uint64_t threshold_of(double ratio) noexcept {
    auto const kept = static_cast<std::uint64_t>(ratio * static_cast<double>(whole) + 0.5);
    return whole - kept;
  }

  void tell() const noexcept {
    if (fault_ == fault::none) return;
    report(severity::warning, "sampling ratio",
           fault_ == fault::above   ? "a sampling ratio above 1 counts as 1: every trace is kept; give a share such as 0.1"
           : fault_ == fault::below ? "a sampling ratio below 0 counts as 0: no trace is kept"
                                    : "a sampling ratio that is not a number counts as 0: no trace is kept");
  }

  double ratio_;
  std::uint64_t threshold_;
  fault fault_;
};

/// Follows the parent's decision, and asks `root` where there is no parent. Each of the four answers can be replaced.
template <class Root, class RemoteSampled = always_on, class RemoteUnsampled = always_off, class LocalSampled = always_on,
          class LocalUnsampled = always_off>
struct parent_based {
  Root root;
  RemoteSampled remote_sampled{};
  RemoteUnsampled remote_unsampled{};
  LocalSampled local_sampled{};
  LocalUnsampled local_unsampled{};

  [[nodiscard]] sampling_result should_sample(sampling_parameters const& asked) const {
    span_context const& parent = asked.parent.span();
    if (!parent.valid()) return root.should_sample(asked);
    if (parent.remote()) return parent.sampled() ? remote_sampled.should_sample(asked) : remote_unsampled.should_sample(asked);
    return parent.sampled() ? local_sampled.should_sample(asked) : local_unsampled.should_sample(asked);
  }
  [[nodiscard]] std::optional<sampling_decision> fixed(parent_case which) const noexcept {
    switch (which) {
    case parent_case::none: return fixed_of(root, which);
    case parent_case::remote_sampled: return fixed_of(remote_sampled, which);
    case parent_case::remote_unsampled: return fixed_of(remote_unsampled, which);
    case parent_case::local_sampled: return fixed_of(local_sampled, which);
    case parent_case::local_unsampled: return fixed_of(local_unsampled, which);
    }
    return std::nullopt;
  }
  [[nodiscard]] sampler_description description() const {
    sampler_description text{"ParentBased{root:"};
    text.append(sampler_description{root.description()}.view());
    text.append(",remoteParentSampled:").append(sampler_description{remote_sampled.description()}.view());
    text.append(",remoteParentNotSampled:").append(sampler_description{remote_unsampled.description()}.view());
    text.append(",localParentSampled:").append(sampler_description{local_sampled.description()}.view());
    text.append(",localParentNotSampled:").append(sampler_description{local_unsampled.description()}.view());
    return text.append("}");
  }

  template <class Sampler>
  [[nodiscard]] static std::optional<sampling_decision> fixed_of(Sampler const& from, parent_case which) noexcept {
    if constexpr (requires { from.fixed(which); }) return from.fixed(which);
    else return std::nullopt;
  }
};
template <class Root> parent_based(Root) -> parent_based<Root>;
template <class Root, class A> parent_based(Root, A) -> parent_based<Root, A>;
template <class Root, class A, class B> parent_based(Root, A, B) -> parent_based<Root, A, B>;
template <class Root, class A, class B, class C> parent_based(Root, A, B, C) -> parent_based<Root, A, B, C>;
template <class Root, class A, class B, class C, class D> parent_based(Root, A, B, C, D) -> parent_based<Root, A, B, C, D>;

static_assert(sampler<always_on> && sampler<always_off> && sampler<trace_id_ratio> && sampler<parent_based<trace_id_ratio>>);

/// Any sampler, held by value; what `start` takes. Empty: parent-based with always-on for roots, or what
/// OTEL_TRACES_SAMPLER says.
class any_sampler {
public:
  constexpr any_sampler() noexcept = default;

  template <class Sampler> any_sampler(Sampler given) noexcept {
    static_assert(sampler<Sampler>, "spanwise: a sampler has should_sample(sampling_parameters const&), which gives a "
                                    "sampling_result, and description()");
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
  [[nodiscard]] sampling_result should_sample(sampling_parameters const& asked) const noexcept { return ask_(object_, asked); }
  [[nodiscard]] std::optional<sampling_decision> fixed(parent_case which) const noexcept {
    return fixed_[static_cast<std::size_t>(which)];
  }
  [[nodiscard]] sampler_description description() const { return empty() ? sampler_description{""} : describe_(object_); }

private:
  template <class Sampler> void hold(Sampler&& given) noexcept {
    object_ = new (std::nothrow) Sampler(std::move(given));
    if (object_ == nullptr) return;
    ask_ = [](void const* object, sampling_parameters const& asked) noexcept {
      return contained<Sampler>(object, asked);
    };
    describe_ = [](void const* object) {
      return sampler_description{static_cast<Sampler const*>(object)->description()};
    };
    destroy_ = [](void* object) noexcept { delete static_cast<Sampler*>(object); };
    for (std::size_t i = 0; i < parent_cases; ++i)
      if constexpr (requires(Sampler const& s) { s.fixed(parent_case{}); })
        fixed_[i] = static_cast<Sampler const*>(object_)->fixed(static_cast<parent_case>(i));
  }

  template <class Sampler> static sampling_result contained(void const* object, sampling_parameters const& asked) noexcept {
#if defined(__cpp_exceptions)
    try {
      return static_cast<Sampler const*>(object)->should_sample(asked);
    } catch (...) {
      report(severity::error, "sampler", "a sampler threw an exception; the span that it was asked about is not recorded");
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
  sampler_description (*describe_)(void const*) {};
  void (*destroy_)(void*) noexcept {};
  std::optional<sampling_decision> fixed_[parent_cases]{};
};

} // namespace spanwise::inline SPANWISE_ABI
