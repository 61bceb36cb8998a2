// The system's words for an error number, from any thread; <system_error> has them too, and costs more to include.
#pragma once

#include <spanwise/detail/config.hpp>

#include <string.h>

#include <string>

namespace spanwise::inline SPANWISE_ABI::detail {

// strerror_r gives a number on most systems, and with glibc the text, which need not be in the buffer.
inline char const* text_of_error(int failed, char const* buffer) noexcept {
  return failed == 0 ? buffer : "";
}
inline char const* text_of_error(char const* text, char const*) noexcept {
  return text;
}

SPANWISE_COLD std::string error_text(int error) {
  char buffer[128] = "";
  return text_of_error(strerror_r(error, buffer, sizeof buffer), buffer);
}

} // namespace spanwise::inline SPANWISE_ABI::detail
