#include <spanwise/detail/hex.hpp>

#include "catch.hpp"
#include "random_text.hpp"

#include <cstdio>

using namespace spanwise::detail;

namespace {

std::string written(std::string_view bytes) {
  std::string text(2 * bytes.size() + 1, '#');
  write_hex(text.data(), reinterpret_cast<unsigned char const*>(bytes.data()), bytes.size());
  REQUIRE(text.back() == '#');
  text.pop_back();
  return text;
}

bool readable(std::string_view text) {
  std::string out(text.size() / 2, '#');
  return read_hex(reinterpret_cast<unsigned char*>(out.data()), text.data(), out.size());
}

} // namespace

TEST_CASE("every byte is written as two lower-case digits, at every place") {
  for (unsigned byte = 0; byte < 256; ++byte) {
    char expected[3];
    std::snprintf(expected, sizeof expected, "%02x", byte);
    for (std::size_t size : {1U, 2U, 4U, 8U, 16U, 24U, 37U}) {
      std::string all;
      for (std::size_t i = 0; i < size; ++i) all += expected;
      REQUIRE(written(std::string(size, static_cast<char>(byte))) == all);
    }
  }
}

TEST_CASE("what was written is read back") {
  testing::random_text random;
  for (int round = 0; round < testing::random_rounds; ++round) {
    std::string const bytes = random.bytes(40);
    std::string const text = written(bytes);
    std::string back(bytes.size(), '#');
    REQUIRE(read_hex(reinterpret_cast<unsigned char*>(back.data()), text.data(), back.size()));
    REQUIRE(back == bytes);
  }
}

TEST_CASE("only the digits 0-9 and a-f are read, whatever the place") {
  std::string_view const digits = "0123456789abcdef";
  for (std::size_t size : {2U, 8U, 16U, 32U, 34U})
    for (std::size_t place = 0; place < size; ++place)
      for (unsigned byte = 0; byte < 256; ++byte) {
        std::string text(size, '7');
        text[place] = static_cast<char>(byte);
        REQUIRE(readable(text) == (digits.find(static_cast<char>(byte)) != digits.npos));
      }
}

TEST_CASE("a carry out of one wrong byte hides no other and spoils no verdict") {
  testing::random_text random;
  std::string_view const digits = "0123456789abcdef";
  for (int round = 0; round < testing::random_rounds; ++round) {
    std::string text = random.of(digits, 32, 32);
    for (std::size_t changes = random.below(4); changes > 0; --changes) text[random.below(32)] = random.byte();
    REQUIRE(readable(text) == (text.find_first_not_of(digits) == text.npos));
  }
}
