// What a span may be told at its start beside name and attributes: kind, parent, start time, links.
#pragma once

#include <spanwise/context/context.hpp>
#include <spanwise/core/attribute.hpp>
#include <spanwise/core/kind.hpp>
#include <spanwise/core/time.hpp>

#include <concepts>
#include <initializer_list>
#include <utility>

namespace spanwise::inline SPANWISE_ABI {

/// Stands for "no parent": `{.parent = spanwise::root}` starts a new trace whatever is current.
struct root_parent {};
inline constexpr root_parent root{};

/// The parent of a span: what is current (the default), a context that was handed over, or none.
class parent_of_span {
public:
  constexpr parent_of_span() noexcept = default;
  constexpr parent_of_span(root_parent) noexcept : is_{place::nowhere} {}
  parent_of_span(context given) noexcept : given_{std::move(given)}, is_{place::given} {}
  template <class Other>
    requires(!std::derived_from<Other, context>)
  constexpr parent_of_span(Other const&) noexcept {
    static_assert(detail::refused<Other>, "spanwise: a parent is a context: what extract() gave, span.context(), "
                                          "spanwise::context{span_context}, or spanwise::root for none");
  }

  [[nodiscard]] constexpr bool root() const noexcept { return is_ == place::nowhere; }
  /// nullptr: the current one.
  [[nodiscard]] constexpr context const* given() const noexcept { return is_ == place::given ? &given_ : nullptr; }
  /// What a child would see of it where nothing is recorded: for a root everything but the span.
  [[nodiscard]] context or_current() const noexcept {
    if (given() != nullptr) return given_;
    return root() ? current_context().with(span_context{}) : current_context();
  }

private:
  enum class place : std::uint8_t { current, given, nowhere };

  context given_{};
  place is_{};
};

/// Another span that this one has to do with, such as the message that a batch contained.
struct link {
  span_context to;
  std::initializer_list<attribute> attributes{};
};

/// Given at the start these are seen by samplers; links and attributes that come later are not.
///
/// Links are named, not copied: write them in the call that starts the span, or keep what they name.
struct span_options {
  span_kind kind = span_kind::internal;
  parent_of_span parent{};
  time_point start{};  ///< zero: now
  std::initializer_list<link> links{};
};

} // namespace spanwise::inline SPANWISE_ABI
