// Keeps exceptions of the standard library and of user code inside spanwise: a call that throws gives a fallback.
// In a build without exceptions the call is made as it is.
#pragma once

#include <spanwise/detail/config.hpp>

#include <type_traits>
#include <utility>

namespace spanwise::inline SPANWISE_ABI::detail {

/// What `function` returns, or `fallback` if it throws.
template <class Function, class Fallback>
auto contain(Function&& function, [[maybe_unused]] Fallback fallback) noexcept -> std::invoke_result_t<Function> {
#if defined(__cpp_exceptions)
  try {
    return std::forward<Function>(function)();
  } catch (...) {
    return std::invoke_result_t<Function>(std::move(fallback));
  }
#else
  return std::forward<Function>(function)();
#endif
}

/// Calls `function`; false if it throws.
template <class Function> bool contain(Function&& function) noexcept {
  return contain([&] { return std::forward<Function>(function)(), true; }, false);
}

} // namespace spanwise::inline SPANWISE_ABI::detail
