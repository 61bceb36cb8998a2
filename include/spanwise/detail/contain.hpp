// Keeps exceptions of the standard library and of user code inside spanwise: a call that throws gives a fallback.
// In a build without exceptions the call is made as it is.
#pragma once

#include <spanwise/detail/config.hpp>

namespace spanwise::inline SPANWISE_ABI::detail {

/// What `function` returns, or `fallback` if it throws.
template <class Function, class Fallback>
auto contain(Function&& function, [[maybe_unused]] Fallback fallback) noexcept -> decltype(function()) {
#if defined(__cpp_exceptions)
  try {
    return function();
  } catch (...) {
    return decltype(function())(static_cast<Fallback&&>(fallback));
  }
#else
  return function();
#endif
}

/// Calls `function`; false if it throws.
template <class Function> bool contain(Function&& function) noexcept {
#if defined(__cpp_exceptions)
  try {
    function();
  } catch (...) {
    return false;
  }
#else
  function();
#endif
  return true;
}

} // namespace spanwise::inline SPANWISE_ABI::detail
