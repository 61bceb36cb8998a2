// What a sampler is asked and what it answers: the types that each sampler has to do with, and the concept of one.
#pragma once

#include <spanwise/context/context.hpp>
#include <spanwise/core/attribute.hpp>
#include <spanwise/core/kind.hpp>
#include <spanwise/core/provider_core.hpp>
#include <spanwise/core/span_view.hpp>
#include <spanwise/trace/sampler_description.hpp>

#include <concepts>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

namespace spanwise::inline SPANWISE_ABI {

enum class sampling_decision : std::uint8_t { drop, record_only, record_and_sample };

/// What is known of a span that is about to start, but for its trace id; views, valid during the call.
struct starting_span {
  context const& parent; ///< parent.span() is not valid for a root
  std::string_view name;
  span_kind kind;
  attribute_range attributes;
  view_range<link_view> links;
};

/// What a sampler is told of a span that is about to start; views, valid during the call.
struct sampling_parameters {
  context const& parent; ///< parent.span() is not valid for a root
  spanwise::trace_id trace_id;
  std::string_view name;
  span_kind kind;
  attribute_range attributes;
  view_range<link_view> links;
  bool random_trace_id = true; ///< the last seven bytes of the trace id are known to be random

  [[nodiscard]] starting_span span() const noexcept { return {parent, name, kind, attributes, links}; }
};

/// The attributes that a sampler adds to a span, in groups that lie apart; what they view must live as long as the
/// sampler.
class sampling_attributes {
public:
  static constexpr std::size_t max_groups = 4;

  constexpr sampling_attributes() noexcept = default;
  /// One group.
  template <std::convertible_to<std::span<attribute const>> Group>
  constexpr sampling_attributes(Group&& group) noexcept : sampling_attributes{std::span<attribute const>{group}, 0} {
    static_assert(std::is_lvalue_reference_v<Group> || std::ranges::enable_borrowed_range<std::remove_cv_t<Group>>,
                  "spanwise: a sampler's attributes are looked at after it has answered: let them be a member of it, or "
                  "static, and no temporary");
  }

  /// Adds a group behind the others; false if there are four already.
  constexpr bool add(std::span<attribute const> group) noexcept {
    if (group.empty()) return true;
    if (count_ == max_groups) return false;
    groups_[count_++] = group;
    return true;
  }
  [[nodiscard]] constexpr bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] constexpr std::span<std::span<attribute const> const> groups() const noexcept {
    return {groups_, count_};
  }

private:
  constexpr sampling_attributes(std::span<attribute const> group, int) noexcept { add(group); }

  std::span<attribute const> groups_[max_groups]{};
  std::size_t count_{};
};

/// What a sampler answers. `attributes` are added to the span and win over its own.
struct sampling_result {
  sampling_decision decision{};
  sampling_attributes attributes{};
  std::optional<trace_state> state{}; ///< becomes the span's trace state; none leaves it the parent's
};

/// A type that decides about spans. It is called on the threads that start spans, at the same time, so it must be
/// thread-safe; one that throws drops the span.
///
/// A member `std::optional<sampling_decision> fixed(parent_case) const noexcept` may tell what is known without looking
/// at the span, if neither attributes nor trace state go with it: such spans start without asking.
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

namespace detail {

/// What is known of a sampler's answer beforehand.
template <class Sampler>
[[nodiscard]] constexpr std::optional<sampling_decision> fixed_of(Sampler const& from, parent_case which) noexcept {
  if constexpr (requires { from.fixed(which); }) return from.fixed(which);
  else return std::nullopt;
}

} // namespace detail

} // namespace spanwise::inline SPANWISE_ABI
