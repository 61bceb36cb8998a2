#include <spanwise/core/ids.hpp>

#include "catch.hpp"
#include "random_text.hpp"

#include <string>
#include <type_traits>
#include <unordered_set>

using namespace spanwise;

static_assert(sizeof(trace_id) == 16 && std::is_trivially_copyable_v<trace_id>);
static_assert(sizeof(span_id) == 8 && std::is_trivially_copyable_v<span_id>);
static_assert(sizeof(trace_flags) == 1);
static_assert(!trace_id{}.valid() && !span_id{}.valid());

TEST_CASE("an id is valid if one byte of it is not zero") {
  for (std::size_t i = 0; i < 16; ++i) {
    std::uint8_t bytes[16]{};
    bytes[i] = 1;
    CHECK(trace_id::from_bytes(bytes).valid());
  }
  for (std::size_t i = 0; i < 8; ++i) {
    std::uint8_t bytes[8]{};
    bytes[i] = 0x80;
    CHECK(span_id::from_bytes(bytes).valid());
  }
  CHECK(!trace_id::from_hex("00000000000000000000000000000000")->valid());
  CHECK(trace_id::from_hex("00000000000000000000000000000001")->valid());
  CHECK(!span_id::from_hex("0000000000000000")->valid());
}

TEST_CASE("ids are read as lower-case text and as bytes") {
  auto const trace = trace_id::from_hex("3f9a1c5be27d4d0b8c6e0a47d15f2b93");
  REQUIRE(trace);
  CHECK(trace->hex() == "3f9a1c5be27d4d0b8c6e0a47d15f2b93");
  CHECK(trace->bytes().size() == 16);
  CHECK(trace->bytes()[0] == 0x3f);
  CHECK(trace->bytes()[15] == 0x93);
  auto const span = span_id::from_hex("5ad3e7f1096b2c48");
  REQUIRE(span);
  CHECK(std::string{span->hex().c_str()} == "5ad3e7f1096b2c48");
  CHECK(span->hex().size() == 16);
}

TEST_CASE("text of the wrong length, case or alphabet gives no id") {
  for (std::string_view const text :
       {"", "3f9a1c5be27d4d0b8c6e0a47d15f2b9", "3f9a1c5be27d4d0b8c6e0a47d15f2b930", "3F9A1C5BE27D4D0B8C6E0A47D15F2B93",
        "3f9a1c5be27d4d0b8c6e0a47d15f2b9g", " f9a1c5be27d4d0b8c6e0a47d15f2b93", "0x9a1c5be27d4d0b8c6e0a47d15f2b93"})
    CHECK(!trace_id::from_hex(text));
  for (std::string_view const text :
       {"", "5ad3e7f1096b2c4", "5ad3e7f1096b2c480", "5AD3E7F1096B2C48", "5ad3e7f1 96b2c48"})
    CHECK(!span_id::from_hex(text));
}

TEST_CASE("ids compare as their texts do, and serve as keys") {
  testing::random_text random;
  std::unordered_set<trace_id> traces;
  std::unordered_set<span_id> spans;
  for (int round = 0; round < 2000; ++round) {
    std::string const first = random.of("0123456789abcdef", 32, 32);
    std::string second = first;
    second[random.below(32)] = "0123456789abcdef"[random.below(16)];
    trace_id const a = *trace_id::from_hex(first);
    trace_id const b = *trace_id::from_hex(second);
    REQUIRE((a == b) == (first == second));
    REQUIRE((a < b) == (first < second));
    REQUIRE(a.hex() == first);
    span_id const c = *span_id::from_hex(std::string_view{first}.substr(0, 16));
    span_id const d = *span_id::from_hex(std::string_view{second}.substr(0, 16));
    REQUIRE((c == d) == (first.substr(0, 16) == second.substr(0, 16)));
    REQUIRE((c < d) == (first.substr(0, 16) < second.substr(0, 16)));
    traces.insert(a);
    spans.insert(c);
    REQUIRE(traces.count(a) == 1);
    REQUIRE(spans.count(c) == 1);
  }
  CHECK(traces.size() > 1900);
}

TEST_CASE("flags are bits") {
  STATIC_REQUIRE(trace_flags{0x03}.sampled());
  STATIC_REQUIRE(trace_flags{0x03}.random());
  STATIC_REQUIRE(!trace_flags{0x02}.sampled());
  STATIC_REQUIRE(trace_flags{0xfe}.random());
  STATIC_REQUIRE(trace_flags{0xff}.sampled());
  STATIC_REQUIRE(!trace_flags{}.random());
}
