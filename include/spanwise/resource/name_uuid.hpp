// UUIDs made of names (RFC 9562, version 5), by which a service instance is known again when it starts anew.
#pragma once

#include <spanwise/detail/uuid.hpp>

#include <array>
#include <bit>
#include <cstring>
#include <string>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI::detail {

/// One step of SHA-1 (FIPS 180-4): 64 bytes into the state. It serves RFC 9562, not security.
SPANWISE_SMALL void sha1_block(std::array<std::uint32_t, 5>& state, unsigned char const* block) noexcept {
  std::uint32_t words[80];
  for (std::size_t i = 0; i < 16; ++i)
    words[i] = std::uint32_t{block[4 * i]} << 24 | std::uint32_t{block[4 * i + 1]} << 16 |
               std::uint32_t{block[4 * i + 2]} << 8 | block[4 * i + 3];
  for (std::size_t i = 16; i < 80; ++i)
    words[i] = std::rotl(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
  auto [a, b, c, d, e] = state;
  for (std::size_t i = 0; i < 80; ++i) {
    std::uint32_t const mixed = i < 20   ? ((b & c) | (~b & d)) + 0x5a827999
                                : i < 40 ? (b ^ c ^ d) + 0x6ed9eba1
                                : i < 60 ? ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc
                                         : (b ^ c ^ d) + 0xca62c1d6;
    std::uint32_t const next = std::rotl(a, 5) + mixed + e + words[i];
    e = d;
    d = c;
    c = std::rotl(b, 30);
    b = a;
    a = next;
  }
  state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d, state[4] + e};
}

SPANWISE_SMALL std::array<std::uint32_t, 5> sha1(std::string_view text) {
  std::array<std::uint32_t, 5> state{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  std::string padded{text};
  padded += '\x80';
  padded.resize((padded.size() + 8 + 63) / 64 * 64 - 8);
  for (int shift = 56; shift >= 0; shift -= 8)
    padded += static_cast<char>(static_cast<unsigned char>(std::uint64_t{text.size()} * 8 >> shift));
  for (std::size_t at = 0; at < padded.size(); at += 64)
    sha1_block(state, reinterpret_cast<unsigned char const*>(padded.data()) + at);
  return state;
}

/// The UUID that `name` has among service instances: the same wherever and whenever it is made.
///
/// In OpenTelemetry's namespace for service.instance.id, 4d63009a-8d0f-11ee-aad7-4c796ed8e320.
SPANWISE_SMALL std::string instance_uuid(std::string_view name) {
  std::string text{"\x4d\x63\x00\x9a\x8d\x0f\x11\xee\xaa\xd7\x4c\x79\x6e\xd8\xe3\x20", 16};
  text += name;
  auto const words = sha1(text);
  return uuid_text(std::uint64_t{words[0]} << 32 | words[1], std::uint64_t{words[2]} << 32 | words[3], 5);
}

} // namespace spanwise::inline SPANWISE_ABI::detail
