// Diagnostics that are put together of pieces: names, numbers, what somebody answered. Back half only.
// A call with the pieces is small where it stands, and most of the library's sentences are never told.
#pragma once

#include <spanwise/core/diagnostics.hpp>
#include <spanwise/detail/contain.hpp>
#include <spanwise/detail/joined.hpp>

#include <initializer_list>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI::detail {

/// As report(), of a sentence in pieces; false if it was not told. Never throws: without memory for it, it is not told.
SPANWISE_COLD bool tell(severity level, std::string_view cause, std::initializer_list<word> pieces) noexcept {
  return contain([&] { return try_report(level, cause, joined(pieces)); }, false);
}

} // namespace spanwise::inline SPANWISE_ABI::detail
