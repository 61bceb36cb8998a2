// Writes JSON text straight into a buffer: strings, numbers, ids and bytes as OTLP/JSON wants them. No tree in between.
// Each function takes the place to write at and returns the place behind; a sink hands out room for that.
// Strings of any bytes become valid JSON: escaped where needed, ill-formed UTF-8 as U+FFFD.
#pragma once

#include <spanwise/detail/buffer.hpp>
#include <spanwise/detail/hex.hpp>
#include <spanwise/detail/shortest_double.hpp>
#include <spanwise/detail/utf8.hpp>

#include <bit>
#include <cstring>
#include <span>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI::detail {

/// Copies a literal; its size is known, so this is a store or a few.
template <std::size_t Size> SPANWISE_INLINE char* put(char* at, char const (&literal)[Size]) noexcept {
  std::memcpy(at, literal, Size - 1);
  return at + Size - 1;
}

/// The eight digits of a number below 10^8, the first of them in the lowest byte.
SPANWISE_INLINE std::uint64_t eight_digits(std::uint32_t number) noexcept {
  std::uint64_t const fours = number / 10'000 | std::uint64_t{number % 10'000} << 32;
  std::uint64_t const hundreds = fours * 10'486 >> 20 & 0x7f0000007f;
  std::uint64_t const twos = hundreds | (fours - hundreds * 100) << 16;
  std::uint64_t const tens = twos * 103 >> 10 & 0x000f000f000f000f;
  return (tens | (twos - tens * 10) << 8) + 0x3030303030303030;
}

/// A number in decimal digits, at most 20; writes up to 8 bytes further.
inline char* put_decimal(char* at, std::uint64_t number) noexcept {
  constexpr std::uint32_t step = 100'000'000;
  auto const first = [&](std::uint32_t head) {
    std::uint64_t const digits = eight_digits(head);
    auto const zeros =
        static_cast<unsigned>(std::countr_zero((digits - 0x3030303030303030) | std::uint64_t{1} << 56)) / 8;
    std::uint64_t const shifted = digits >> zeros * 8;
    std::memcpy(at, &shifted, sizeof shifted);
    at += 8 - zeros;
  };
  auto const further = [&](std::uint32_t tail) {
    std::uint64_t const digits = eight_digits(tail);
    std::memcpy(at, &digits, sizeof digits);
    at += 8;
  };
  if (number < step) {
    first(static_cast<std::uint32_t>(number));
    return at;
  }
  std::uint64_t const high = number / step;
  auto const low = static_cast<std::uint32_t>(number % step);
  if (high < step) {
    first(static_cast<std::uint32_t>(high));
  } else {
    first(static_cast<std::uint32_t>(high / step));
    further(static_cast<std::uint32_t>(high % step));
  }
  further(low);
  return at;
}

/// Room that put_decimal and put_integer need.
inline constexpr std::size_t integer_room = 32;

inline char* put_integer(char* at, std::int64_t number) noexcept {
  if (number >= 0) return put_decimal(at, static_cast<std::uint64_t>(number));
  *at = '-';
  return put_decimal(at + 1, 0 - static_cast<std::uint64_t>(number));
}

/// Room that put_double needs.
inline constexpr std::size_t double_room = 48;

/// A positive double in as few digits as read back as the same one, with an exponent where zeros would abound.
SPANWISE_COLD char* put_shortest(char* at, double number) noexcept {
  decimal_number value = shortest_decimal(number);
  for (; value.digits % 10 == 0; value.digits /= 10) ++value.exponent;
  char digits[integer_room];
  auto const count = static_cast<int>(put_decimal(digits, value.digits) - digits);
  int const point = count + value.exponent; // digits before the decimal point
  auto const copy = [&](int from, int to) {
    for (; from < to; ++from) *at++ = from >= 0 && from < count ? digits[from] : '0';
  };
  if (point > -5 && point <= 17) {
    copy(point > 0 ? 0 : -1, point > 0 ? point : 0);
    if (point >= count) return at;
    *at++ = '.';
    copy(point, count);
    return at;
  }
  *at++ = digits[0];
  if (count > 1) *at++ = '.';
  copy(1, count);
  *at++ = 'e';
  *at++ = point > 0 ? '+' : '-';
  return put_decimal(at, static_cast<std::uint64_t>(point > 0 ? point - 1 : 1 - point));
}

/// A double as a JSON number that reads back as the same double, or as one of the strings that stand for the others.
inline char* put_double(char* at, double number) noexcept {
  constexpr std::uint64_t sign = std::uint64_t{1} << 63;
  constexpr std::uint64_t infinity = std::uint64_t{0x7ff} << 52;
  auto const bits = std::bit_cast<std::uint64_t>(number);
  if ((bits & ~sign) >= infinity) {
    if ((bits & ~sign) > infinity) return put(at, "\"NaN\"");
    return (bits & sign) == 0 ? put(at, "\"Infinity\"") : put(at, "\"-Infinity\"");
  }
  // Most doubles are decimal numbers of a few digits. Those that millionths give exactly need no search for the
  // shortest text: both sides of this division are exact, so the text rounds to the same double.
  auto const size = std::bit_cast<double>(bits & ~sign);
  if (size < 9e9) {
    auto const millionths = static_cast<std::uint64_t>(size * 1e6 + 0.5);
    if (static_cast<double>(millionths) / 1e6 == size) {
      if ((bits & sign) != 0) *at++ = '-';
      at = put_decimal(at, millionths / 1'000'000);
      auto const fraction = static_cast<std::uint32_t>(millionths % 1'000'000);
      if (fraction == 0) return at;
      *at++ = '.';
      std::uint64_t const digits = eight_digits(fraction * 100);
      std::memcpy(at, &digits, sizeof digits);
      return at + 8 - static_cast<unsigned>(std::countl_zero(digits - 0x3030303030303030)) / 8;
    }
  }
  if ((bits & sign) != 0) *at++ = '-';
  return put_shortest(at, size);
}

template <class Bytes> SPANWISE_INLINE char* put_hex(char* at, Bytes const& bytes) noexcept {
  write_hex(at, bytes.data(), bytes.size());
  return at + bytes.size() * 2;
}

/// Room in a buffer, asked for before writing.
///
/// When memory runs out, room is given all the same, over what was written before; the buffer says so at the end.
class json_sink {
public:
  /// The most that may be asked for at once.
  static constexpr std::size_t most = 8192;

  explicit json_sink(buffer& out) noexcept : out_{out}, begin_{out.size()} {}

  /// The place to begin at; nullptr if there is no memory at all.
  [[nodiscard]] char* begin() noexcept {
    char* const at = out_.room(most);
    if (at != nullptr) limit_ = out_.data() + out_.capacity();
    return at;
  }

  /// The place to go on at, with room for `size` bytes, which is at most `most`.
  [[nodiscard]] SPANWISE_INLINE char* room(char* at, std::size_t size) noexcept {
    if (static_cast<std::size_t>(limit_ - at) >= size) [[likely]]
      return at;
    return grow(at, size);
  }

  /// Declares all up to `at` written; false if memory had run out, and the buffer then is as it was at begin().
  bool finish(char const* at) noexcept {
    out_.commit(out_.failed() ? out_.data() + begin_ : at);
    return !out_.failed();
  }

  /// A JSON string, quotes included.
  SPANWISE_INLINE char* string(char* at, std::string_view text) noexcept {
    if (text.size() > piece) [[unlikely]]
      return long_string(at, text);
    at = room(at, text.size() * 6 + slack);
    *at++ = '"';
    at = escaped(at, text.data(), text.size());
    *at++ = '"';
    return at;
  }

  /// Bytes as base64 in the standard alphabet with padding, quotes included.
  SPANWISE_SMALL char* base64(char* at, std::span<std::byte const> bytes) noexcept {
    constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    at = room(at, slack);
    *at++ = '"';
    while (!bytes.empty()) {
      std::size_t const count = bytes.size() < piece ? bytes.size() : piece / 3 * 3;
      at = room(at, count * 2 + slack);
      for (std::size_t in = 0; in < count; in += 3) {
        auto const byte = [&](std::size_t i) { return i < count ? static_cast<std::uint32_t>(bytes[i]) : 0U; };
        std::uint32_t const three = byte(in) << 16 | byte(in + 1) << 8 | byte(in + 2);
        *at++ = letters[three >> 18];
        *at++ = letters[three >> 12 & 63];
        *at++ = in + 1 < count ? letters[three >> 6 & 63] : '=';
        *at++ = in + 2 < count ? letters[three & 63] : '=';
      }
      bytes = bytes.subspan(count);
    }
    *at++ = '"';
    return at;
  }

private:
  static constexpr std::size_t piece = 1024;
  static constexpr std::size_t slack = 32; // quotes, and stores of eight bytes where fewer are meant

  SPANWISE_COLD char* grow(char* at, std::size_t size) noexcept {
    out_.commit(at);
    if (char* const more = out_.room(size)) {
      limit_ = out_.data() + out_.capacity();
      return more;
    }
    return out_.data() + begin_;
  }

  SPANWISE_COLD char* long_string(char* at, std::string_view text) noexcept {
    at = room(at, slack);
    *at++ = '"';
    while (!text.empty()) {
      std::size_t const size = truncate_bytes(text, piece).size();
      at = room(at, size * 6 + slack);
      at = escaped_rest(at, text.data(), text.data() + size);
      text.remove_prefix(size);
    }
    at = room(at, slack);
    *at++ = '"';
    return at;
  }

  /// Has its top bit set in the first byte that cannot be copied as it is, and in none before.
  SPANWISE_INLINE static std::uint64_t special(std::uint64_t eight) noexcept {
    constexpr std::uint64_t each = 0x0101010101010101;
    std::uint64_t const quote = (eight ^ each * '"') - each;
    std::uint64_t const backslash = (eight ^ each * '\\') - each;
    std::uint64_t const control = eight - each * 0x20;
    return (quote | backslash | control | eight) & each * 0x80;
  }

  /// The text with everything escaped that has to be; needs room for six times its size and eight bytes.
  SPANWISE_INLINE static char* escaped(char* at, char const* in, std::size_t size) noexcept {
    char const* const end = in + size;
    for (; end - in >= 8; in += 8, at += 8) {
      std::uint64_t eight;
      std::memcpy(&eight, in, sizeof eight);
      std::memcpy(at, &eight, sizeof eight);
      if (special(eight) != 0) [[unlikely]]
        return escaped_rest(at, in, end);
    }
    auto const left = static_cast<std::size_t>(end - in);
    if (left == 0) return at;
    std::uint64_t const last = last_bytes(in, size, left);
    std::memcpy(at, &last, sizeof last);
    if ((special(last) & (~std::uint64_t{0} >> (64 - 8 * left))) != 0) [[unlikely]]
      return escaped_rest(at, in, end);
    return at + left;
  }

  /// The last `left` bytes, fewer than eight, of a text of `size` bytes; what is above them is zero.
  SPANWISE_INLINE static std::uint64_t last_bytes(char const* in, std::size_t size, std::size_t left) noexcept {
    if (size >= 8) {
      std::uint64_t eight;
      std::memcpy(&eight, in + left - 8, sizeof eight);
      return eight >> (64 - 8 * left);
    }
    if (left >= 4) {
      std::uint32_t low;
      std::uint32_t high;
      std::memcpy(&low, in, sizeof low);
      std::memcpy(&high, in + left - 4, sizeof high);
      return low | std::uint64_t{high} << (8 * left - 32);
    }
    auto const byte = [&](std::size_t i) { return std::uint64_t{static_cast<unsigned char>(in[i])} << 8 * i; };
    return byte(0) | byte(left / 2) | byte(left - 1);
  }

  static char* escaped_rest(char* at, char const* in, char const* end) noexcept {
    while (in != end) {
      if (end - in >= 8) {
        std::uint64_t eight;
        std::memcpy(&eight, in, sizeof eight);
        std::memcpy(at, &eight, sizeof eight);
        if (special(eight) == 0) {
          in += 8;
          at += 8;
          continue;
        }
      }
      auto const letter = static_cast<unsigned char>(*in);
      if (letter >= 0x80) {
        character const next = first_character({in, static_cast<std::size_t>(end - in)});
        std::string_view const text = next.well_formed ? std::string_view{in, next.size} : replacement_character;
        for (char const one : text) *at++ = one;
        in += next.size;
        continue;
      }
      ++in;
      if (letter == '"' || letter == '\\') {
        *at++ = '\\';
        *at++ = static_cast<char>(letter);
      } else if (letter >= 0x20) {
        *at++ = static_cast<char>(letter);
      } else {
        at = put_control(at, letter);
      }
    }
    return at;
  }

  SPANWISE_SMALL static char* put_control(char* at, unsigned char letter) noexcept {
    *at++ = '\\';
    switch (letter) {
    case '\b':
      *at++ = 'b';
      return at;
    case '\f':
      *at++ = 'f';
      return at;
    case '\n':
      *at++ = 'n';
      return at;
    case '\r':
      *at++ = 'r';
      return at;
    case '\t':
      *at++ = 't';
      return at;
    default:
      break;
    }
    at = put(at, "u00");
    *at++ = hex_digits[letter >> 4];
    *at++ = hex_digits[letter & 15];
    return at;
  }

  buffer& out_;
  std::size_t begin_;
  char* limit_{};
};

} // namespace spanwise::inline SPANWISE_ABI::detail
