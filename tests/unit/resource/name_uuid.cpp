#include <spanwise/resource/name_uuid.hpp>

#include "catch.hpp"

#include <string>

using namespace spanwise::detail;

namespace {

std::string digest(std::string_view text) {
  std::string out;
  for (std::uint32_t const word : sha1(text))
    for (int shift = 28; shift >= 0; shift -= 4) out += hex_digits[word >> shift & 15];
  return out;
}

} // namespace

TEST_CASE("SHA-1 as FIPS 180-4 has it") {
  CHECK(digest("") == "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  CHECK(digest("abc") == "a9993e364706816aba3e25717850c26c9cd0d89d");
  CHECK(digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  CHECK(digest(std::string(1'000'000, 'a')) == "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
  // Where the padding takes one more block, and where it just does not.
  CHECK(digest(std::string(55, 'x')) == "cef734ba81a024479e09eb5a75b6ddae62e6abf1");
  CHECK(digest(std::string(56, 'x')) == "901305367c259952f4e7af8323f480d59f81335b");
  CHECK(digest(std::string(63, 'x')) == "0ddc4e0cccd9a12850deb5abb0853a4425559fec");
  CHECK(digest(std::string(64, 'x')) == "bb2fa3ee7afb9f54c6dfb5d021f14b1ffe40c163");
  CHECK(digest("\xff\x80") == "2f52fa98aee1519d88a09e5019f4186aa4ba767a");
}

TEST_CASE("an instance's UUID is that of its name in OpenTelemetry's namespace") {
  CHECK(instance_uuid("") == "778f72e5-f77c-594e-9915-b8a66fe1b88d");
  CHECK(instance_uuid("shop/cart-0/cart") == "abd6e315-a891-5d36-87f6-6c2d9d0df676");
  CHECK(instance_uuid("shop/cart-1/cart") == "0eeb02fc-48c6-58a0-bb20-37822a5af6a5");
}
