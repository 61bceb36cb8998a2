#include <spanwise/detail/uuid.hpp>

#include "catch.hpp"

#include <set>

using spanwise::detail::random_uuid;
using spanwise::detail::uuid_text;

TEST_CASE("a UUID has version and variant in their places, and all other bits as given") {
  CHECK(uuid_text(0, 0, 4) == "00000000-0000-4000-8000-000000000000");
  CHECK(uuid_text(~std::uint64_t{0}, ~std::uint64_t{0}, 5) == "ffffffff-ffff-5fff-bfff-ffffffffffff");
  CHECK(uuid_text(0x0123456789abcdef, 0x3edcba9876543210, 4) == "01234567-89ab-4def-bedc-ba9876543210");
}

TEST_CASE("random UUIDs differ in every digit that is free") {
  std::set<std::string> all;
  std::set<char> digits[36];
  for (int i = 0; i < 1000; ++i) {
    std::string const text = random_uuid();
    REQUIRE(text.size() == 36);
    for (std::size_t at = 0; at < 36; ++at) digits[at].insert(text[at]);
    all.insert(text);
  }
  CHECK(all.size() == 1000);
  for (std::size_t at = 0; at < 36; ++at) {
    CAPTURE(at);
    bool const dash = at == 8 || at == 13 || at == 18 || at == 23;
    CHECK(digits[at].size() == (dash || at == 14 ? 1U : at == 19 ? 4U : 16U));
  }
}
