// Text as the calls of tracing take it: names, descriptions, event names. A pointer that is null is an empty text, so
// what a C library gives can be handed on as it is.
#pragma once

#include <spanwise/detail/config.hpp>

#include <concepts>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI {

/// Views any text for the length of a call: literals, std::string, std::string_view, `char const*` (null: empty).
class text_view {
public:
  constexpr text_view() noexcept = default;
  SPANWISE_INLINE constexpr text_view(char const* given) noexcept
      : view_{given == nullptr ? std::string_view{} : std::string_view{given}} {}
  template <class Text>
    requires(std::is_convertible_v<Text const&, std::string_view> && !std::is_convertible_v<Text const&, char const*>)
  SPANWISE_INLINE constexpr text_view(Text const& given) noexcept(noexcept(std::string_view{given})) : view_(given) {}

  SPANWISE_INLINE constexpr operator std::string_view() const noexcept { return view_; }
  [[nodiscard]] constexpr std::string_view view() const noexcept { return view_; }

private:
  std::string_view view_{};
};

} // namespace spanwise::inline SPANWISE_ABI
