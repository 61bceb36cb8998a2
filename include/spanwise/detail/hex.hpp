// Lower-case hexadecimal text, as ids have it on the wire: written and read many digits at a time in one register.
// Reading takes no upper case and no blanks, because W3C Trace Context calls those malformed.
#pragma once

#include <spanwise/detail/config.hpp>

#include <cstring>

namespace spanwise::inline SPANWISE_ABI::detail {

inline constexpr char hex_digits[] = "0123456789abcdef";

/// Eight digits for four bytes; the first byte of each lies lowest.
SPANWISE_INLINE std::uint64_t hex_of_4(std::uint32_t bytes) noexcept {
  std::uint64_t wide = bytes;
  wide = (wide | wide << 16) & 0x0000ffff0000ffff;
  wide = (wide | wide << 8) & 0x00ff00ff00ff00ff;
  std::uint64_t const nibbles = (wide >> 4 & 0x000f000f000f000f) | (wide & 0x000f000f000f000f) << 8;
  std::uint64_t const letters = (nibbles + 0x0606060606060606) >> 4 & 0x0101010101010101;
  return nibbles + 0x3030303030303030 + letters * ('a' - '0' - 10);
}

/// The four bytes of eight digits. What is no digit sets bits in `wrong`, which the caller tests once at the end.
SPANWISE_INLINE std::uint32_t bytes_of_8(std::uint64_t digits, std::uint64_t& wrong) noexcept {
  constexpr std::uint64_t each = 0x0101010101010101;
  constexpr std::uint64_t tops = each * 0x80;
  // Adding 0x80 - c raises the top bit of each byte that is at least c. Bytes above 0x7f carry, but are wrong anyway.
  std::uint64_t const decimal = (digits + each * (0x80 - '0')) & ~(digits + each * (0x80 - '9' - 1));
  std::uint64_t const letter = (digits + each * (0x80 - 'a')) & ~(digits + each * (0x80 - 'f' - 1)) & tops;
  wrong |= (digits | ~(decimal | letter)) & tops;
  std::uint64_t const nibbles = (digits & each * 0x0f) + (letter >> 7) * 9;
  std::uint64_t bytes = (nibbles << 4 | nibbles >> 8) & 0x00ff00ff00ff00ff;
  bytes = (bytes | bytes >> 8) & 0x0000ffff0000ffff;
  return static_cast<std::uint32_t>(bytes | bytes >> 16);
}

#if defined(__GNUC__) && !defined(SPANWISE_PORTABLE)
using bytes_16 [[gnu::vector_size(16)]] = signed char;

/// Sixteen digits from sixteen numbers below 16.
SPANWISE_INLINE bytes_16 digits_of_16(bytes_16 nibbles) noexcept {
  return nibbles + '0' + ((nibbles > 9) & ('a' - '0' - 10));
}

/// The numbers of sixteen digits. What is no digit clears bits in `right`.
SPANWISE_INLINE bytes_16 nibbles_of_16(char const* digits, bytes_16& right) noexcept {
  bytes_16 text;
  std::memcpy(&text, digits, sizeof text);
  bytes_16 const letter = (text >= 'a') & (text <= 'f');
  right &= letter | ((text >= '0') & (text <= '9'));
  return (text & 15) + (letter & 9);
}

/// Reads sixteen bytes from 32 digits; false if one of them is no digit.
SPANWISE_INLINE bool bytes_of_32(unsigned char* out, char const* digits) noexcept {
  using numbers_8 [[gnu::vector_size(16)]] = unsigned short;
  bytes_16 right = bytes_16{} - 1;
  auto const first = reinterpret_cast<numbers_8>(nibbles_of_16(digits, right));
  auto const second = reinterpret_cast<numbers_8>(nibbles_of_16(digits + 16, right));
  auto const low = reinterpret_cast<bytes_16>(first << 4 | first >> 8);
  auto const high = reinterpret_cast<bytes_16>(second << 4 | second >> 8);
  bytes_16 const bytes = __builtin_shufflevector(low, high, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  std::memcpy(out, &bytes, sizeof bytes);
  std::uint64_t halves[2];
  std::memcpy(halves, &right, sizeof halves);
  return (halves[0] & halves[1]) == ~std::uint64_t{0};
}
#endif

/// Writes 2 * `size` digits to `out`, without a final zero.
SPANWISE_INLINE void write_hex(char* out, unsigned char const* in, std::size_t size) noexcept {
#if defined(__GNUC__) && !defined(SPANWISE_PORTABLE)
  for (; size >= 16; size -= 16, in += 16, out += 32) {
    bytes_16 bytes;
    std::memcpy(&bytes, in, sizeof bytes);
    bytes_16 const high = bytes >> 4 & 15;
    bytes_16 const low = bytes & 15;
    bytes_16 const first =
        digits_of_16(__builtin_shufflevector(high, low, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
    bytes_16 const second =
        digits_of_16(__builtin_shufflevector(high, low, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31));
    std::memcpy(out, &first, sizeof first);
    std::memcpy(out + 16, &second, sizeof second);
  }
#endif
  for (; size >= 4; size -= 4, in += 4, out += 8) {
    std::uint32_t bytes;
    std::memcpy(&bytes, in, sizeof bytes);
    std::uint64_t const digits = hex_of_4(bytes);
    std::memcpy(out, &digits, sizeof digits);
  }
  for (; size > 0; --size, ++in) {
    *out++ = hex_digits[*in >> 4];
    *out++ = hex_digits[*in & 15];
  }
}

/// Reads `size` bytes from 2 * `size` lower-case digits; false, with `out` unspecified, if one of them is no digit.
[[nodiscard]] SPANWISE_INLINE bool read_hex(unsigned char* out, char const* in, std::size_t size) noexcept {
  std::uint64_t wrong = 0;
#if defined(__GNUC__) && !defined(SPANWISE_PORTABLE)
  for (; size >= 16; size -= 16, in += 32, out += 16) wrong |= bytes_of_32(out, in) ? 0U : 1U;
#endif
  for (; size >= 8; size -= 8, in += 16, out += 8) {
    std::uint64_t digits[2];
    std::memcpy(digits, in, sizeof digits);
    // One store: an id that is read back at once as one number does not wait for two.
    std::uint64_t const low = bytes_of_8(digits[0], wrong);
    std::uint64_t const bytes = low | std::uint64_t{bytes_of_8(digits[1], wrong)} << 32;
    std::memcpy(out, &bytes, sizeof bytes);
  }
  for (; size > 0; --size, in += 2, ++out) {
    std::uint16_t digits;
    std::memcpy(&digits, in, sizeof digits);
    *out = static_cast<unsigned char>(bytes_of_8(0x3030303030300000 | digits, wrong));
  }
  return wrong == 0;
}

} // namespace spanwise::inline SPANWISE_ABI::detail
