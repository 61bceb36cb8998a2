// The shortest decimal number that reads back as a given double (Schubfach, Raffaello Giulietti 2020).
// std::to_chars does the same, but brings 120 KiB of tables into a program; here the powers of ten are made from a few.
#pragma once

#include <spanwise/detail/config.hpp>

#include <bit>

namespace spanwise::inline SPANWISE_ABI::detail {

/// `digits` times ten to the power of `exponent`.
struct decimal_number {
  std::uint64_t digits;
  int exponent;
};

__extension__ using uint128 = unsigned __int128;

/// Of 10^power the leading 128 bits: exact, or too large by less than four units of the last one. From -292 to 324.
SPANWISE_SMALL constexpr uint128 leading_bits_of_power(int power) noexcept {
  constexpr int step = 27;
  constexpr std::uint64_t table[][2]{
      {0xff77b1fcbebcdc4f, 0x25e8e89c13bb0f7b}, {0xce5d73ff402d98e3, 0xfb0a3d212dc81290},
      {0xa6b34ad8c9dfc06f, 0xf42faa48c0ea481f}, {0x86a8d39ef77164bc, 0xae5dff9c02033198},
      {0xd98ddaee19068c76, 0x3badd624dd9b0958}, {0xafbd2350644eeacf, 0xe5d1929ef90898fb},
      {0x8df5efabc5979c8f, 0xca8d3ffa1ef463c2}, {0xe55990879ddcaabd, 0xcc420a6a101d0516},
      {0xb94470938fa89bce, 0xf808e40e8d5b3e6a}, {0x95a8637627989aad, 0xdde7001379a44aa9},
      {0xf1c90080baf72cb1, 0x5324c68b12dd6339}, {0xc350000000000000, 0x0000000000000000},
      {0x9dc5ada82b70b59d, 0xf020000000000000}, {0xfee50b7025c36a08, 0x02f236d04753d5b5},
      {0xcde6fd5e09abcf26, 0xed4c0226b55e6f87}, {0xa6539930bf6bff45, 0x84db8346b786151d},
      {0x865b86925b9bc5c2, 0x0b8a2392ba45a9b3}, {0xd910f7ff28069da4, 0x1b2ba1518094da05},
      {0xaf58416654a6babb, 0x387ac8d1970027b3}, {0x8da471a9de737e24, 0x5ceaecfed289e5d3},
      {0xe4d5e82392a40515, 0x0fabaf3feaa5334b}, {0xb8da1662e7b00a17, 0x3d6a751f3b936244},
      {0x95527a5202df0ccb, 0x0f37801e0c43ebc9}};
  auto const at = static_cast<unsigned>(power + 292);
  std::uint64_t const* const entry = table[at / step];
  unsigned further = at % step;
  if (further == 0) return uint128{entry[0]} << 64 | entry[1];
  std::uint64_t five = 1;
  for (; further != 0; --further) five *= 5;
  uint128 const low = uint128{entry[1]} * five;
  uint128 const high = uint128{entry[0]} * five + static_cast<std::uint64_t>(low >> 64);
  // The product has as many bits more than 128 as the power of five has, or one less.
  auto const surplus = std::bit_width(static_cast<std::uint64_t>(high >> 64));
  return (high << (64 - surplus) | static_cast<std::uint64_t>(low) >> surplus) + 1;
}

/// Of a positive, finite double: its shortest decimal number; of several such the nearest.
SPANWISE_SMALL decimal_number shortest_decimal(double number) noexcept {
  constexpr std::uint64_t hidden = std::uint64_t{1} << 52;
  auto const bits = std::bit_cast<std::uint64_t>(number);
  std::uint64_t const fraction = bits & (hidden - 1);
  auto const biased = static_cast<int>(bits >> 52);
  std::uint64_t const c = biased != 0 ? fraction | hidden : fraction;
  int const q = (biased != 0 ? biased : 1) - 1075;

  bool const lower_is_closer = fraction == 0 && biased > 1;
  int const k = (q * 1262611 - (lower_is_closer ? 524031 : 0)) >> 22;
  int const shift = q + (-k * 1741647 >> 19) + 1;
  uint128 const power = leading_bits_of_power(-k);
  // The upper part of a product, its last bit set if anything of weight is lost below.
  auto const scaled = [&](std::uint64_t quarters) {
    std::uint64_t const factor = quarters << shift;
    uint128 const low = uint128{static_cast<std::uint64_t>(power)} * factor;
    uint128 const high = uint128{static_cast<std::uint64_t>(power >> 64)} * factor;
    uint128 const sum = high + static_cast<std::uint64_t>(low >> 64);
    return static_cast<std::uint64_t>(sum >> 64) | (static_cast<std::uint64_t>(sum) > 1 ? 1U : 0U);
  };
  std::uint64_t const open = c & 1; // bounds belong to the number if it is even
  std::uint64_t const lower = scaled(4 * c - 2 + (lower_is_closer ? 1 : 0)) + open;
  std::uint64_t const exact = scaled(4 * c);
  std::uint64_t const upper = scaled(4 * c + 2) - open;

  std::uint64_t const whole = exact / 4;
  if (std::uint64_t const tens = whole / 10; tens != 0) {
    bool const down = lower <= 40 * tens;
    bool const up = 40 * tens + 40 <= upper;
    if (down != up) return {tens + (up ? 1 : 0), k + 1};
  }
  bool const down = lower <= 4 * whole;
  bool const up = 4 * whole + 4 <= upper;
  std::uint64_t const middle = 4 * whole + 2;
  bool const nearer = exact > middle || (exact == middle && (whole & 1) != 0);
  return {whole + ((down != up ? up : nearer) ? 1 : 0), k};
}

} // namespace spanwise::inline SPANWISE_ABI::detail
