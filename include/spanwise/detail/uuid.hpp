// UUIDs (RFC 9562) as text.
#pragma once

#include <spanwise/detail/hex.hpp>
#include <spanwise/detail/random.hpp>

#include <string>

namespace spanwise::inline SPANWISE_ABI::detail {

/// A UUID of these bits, but for those that its version and the variant take.
SPANWISE_SMALL std::string uuid_text(std::uint64_t high, std::uint64_t low, unsigned version) {
  std::uint64_t const words[]{(high & ~(std::uint64_t{0xf} << 12)) | std::uint64_t{version} << 12,
                              (low & ~(std::uint64_t{3} << 62)) | std::uint64_t{2} << 62};
  std::string text;
  for (int digit = 0; digit < 32; ++digit) {
    if (digit == 8 || digit == 12 || digit == 16 || digit == 20) text += '-';
    text += hex_digits[words[digit / 16] >> (60 - digit % 16 * 4) & 15];
  }
  return text;
}

/// A random UUID, version 4.
SPANWISE_SMALL std::string random_uuid() {
  random_source random;
  random.seed();
  std::uint64_t const high = random();
  return uuid_text(high, random(), 4);
}

} // namespace spanwise::inline SPANWISE_ABI::detail
