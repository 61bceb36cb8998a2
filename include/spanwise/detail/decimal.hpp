// Reads a floating-point number from text, with a decimal point whatever the locale is.
// By strtod_l, because <charconv> of libc++ 14 reads no floating point.
#pragma once

#include <spanwise/detail/config.hpp>

#include <locale.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI::detail {

/// The number that all of `text` is, plain (`.5`) or with an exponent (`5e-1`); nothing else: no hexadecimal digits, no
/// infinity by name. One too large to be held is infinity.
inline std::optional<double> read_decimal(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789.eE+-") != text.npos) return std::nullopt;
  locale_t const plain = newlocale(LC_ALL_MASK, "C", locale_t{});
  if (plain == locale_t{}) return std::nullopt;
  std::string const copy{text};
  char* end = nullptr;
  double const number = strtod_l(copy.c_str(), &end, plain);
  freelocale(plain);
  return end == copy.c_str() + copy.size() ? std::optional{number} : std::nullopt;
}

} // namespace spanwise::inline SPANWISE_ABI::detail
