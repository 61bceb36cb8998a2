#include <spanwise/core/wire.hpp>

#include <spanwise/core/wire_reader.hpp>

#include "catch.hpp"
#include "random_text.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace detail = spanwise::detail;

namespace {

std::string varint(std::uint64_t value) {
  unsigned char out[detail::max_varint_size];
  unsigned char const* const end = detail::put_varint(out, value);
  return {reinterpret_cast<char const*>(out), static_cast<std::size_t>(end - out)};
}

} // namespace

TEST_CASE("varints as the encoding guide shows them, at the borders of each length") {
  CHECK(varint(0) == std::string(1, '\0'));
  CHECK(varint(1) == "\x01");
  CHECK(varint(150) == "\x96\x01");
  CHECK(varint(~std::uint64_t{0}) == "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
  for (unsigned bits = 0; bits < 64; ++bits)
    for (std::uint64_t const value : {(std::uint64_t{1} << bits) - 1, std::uint64_t{1} << bits}) {
      std::string const text = varint(value);
      REQUIRE(text.size() == detail::varint_size(value));
      auto const* at = reinterpret_cast<std::byte const*>(text.data());
      std::uint64_t back = 0;
      REQUIRE(detail::read_varint(at, at + text.size(), back));
      REQUIRE(back == value);
    }
}

TEST_CASE("varints of three bytes, whatever they hold") {
  for (std::uint32_t const value : {0U, 1U, 127U, 128U, 16383U, 16384U, (1U << 21) - 1}) {
    unsigned char out[3];
    CHECK(detail::put_varint_3(out, value) == out + 3);
    auto const* at = reinterpret_cast<std::byte const*>(out);
    std::uint64_t back = 0;
    CHECK(detail::read_varint(at, at + 3, back));
    CHECK(back == value);
    CHECK(at == reinterpret_cast<std::byte const*>(out) + 3);
  }
}

TEST_CASE("copies of every length write what they should and nothing beside it") {
  testing::random_text random;
  for (std::size_t size = 0; size < 100; ++size) {
    std::string const text = random.of("abcdef", size, size);
    std::vector<unsigned char> out(size + 2, 0xee);
    unsigned char* const end = detail::put_bytes(out.data() + 1, text.data(), size);
    REQUIRE(end == out.data() + 1 + size);
    REQUIRE(std::string(out.begin() + 1, out.end() - 1) == text);
    REQUIRE(out.front() == 0xee);
    REQUIRE(out.back() == 0xee);
  }
  CHECK(detail::put_bytes(nullptr, nullptr, 0) == nullptr);
}

TEST_CASE("words are stored and loaded at any address") {
  unsigned char out[17]{};
  detail::store(out + 1, std::uint64_t{0x0102030405060708});
  CHECK(out[1] == 8);
  CHECK(out[8] == 1);
  CHECK(detail::load<std::uint64_t>(out + 1) == 0x0102030405060708);
  detail::store(out + 3, 1.5);
  CHECK(detail::load<double>(out + 3) == 1.5);
}
