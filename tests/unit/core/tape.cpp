#include <spanwise/core/tape.hpp>

#include "catch.hpp"
#include "random_text.hpp"

#include <cstring>
#include <memory>
#include <string>
#include <vector>

using spanwise::detail::most_overflow_bytes;
using spanwise::detail::overflow_bytes;
using spanwise::detail::relaxed;
using spanwise::detail::inline_tape;
using spanwise::detail::tape;

namespace {

bool append(tape& to, std::string_view text) {
  if (!to.reserve(text.size())) return false;
  std::memcpy(to.cursor(), text.data(), text.size());
  to.advance_to(to.cursor() + text.size());
  return true;
}

std::string text_of(tape& from) { return {reinterpret_cast<char const*>(from.data()), from.size()}; }

std::int64_t held() { return overflow_bytes.load(relaxed); }

} // namespace

TEST_CASE("a small tape is inside and allocates nothing") {
  inline_tape small{1U << 20};
  CHECK(append(small, std::string(inline_tape::inline_size, 'x')));
  CHECK(small.size() == inline_tape::inline_size);
  CHECK(held() == 0);
}

TEST_CASE("a larger one moves to the heap with what it has, and gives back what it took") {
  {
    inline_tape large{1U << 20};
    std::string wanted;
    for (int i = 0; i < 500; ++i) {
      std::string const more = std::to_string(i) + " and more; ";
      wanted += more;
      REQUIRE(append(large, more));
    }
    CHECK(text_of(large) == wanted);
    CHECK(held() >= static_cast<std::int64_t>(wanted.size()));
    CHECK(held() < static_cast<std::int64_t>(4 * wanted.size()));
  }
  CHECK(held() == 0);
}

TEST_CASE("it grows to its bound, to the last byte, and no further") {
  constexpr auto inside = static_cast<std::uint32_t>(inline_tape::inline_size);
  for (std::uint32_t most : {inside, inside + 1, 2 * inside, 2 * inside + 1, 3 * inside, 100'000U}) {
    inline_tape bounded{most};
    CHECK(append(bounded, std::string(most - 1, 'x')));
    CHECK(bounded.room() == 1);
    CHECK(!append(bounded, "yz"));
    CHECK(append(bounded, "y"));
    CHECK(bounded.room() == 0);
    CHECK(!append(bounded, "z"));
    CHECK(bounded.size() == most);
    CHECK(bounded.reserve(0));
  }
}

TEST_CASE("room() reserves what it tells") {
  inline_tape bounded{5000};
  std::size_t const room = bounded.room();
  CHECK(room == 5000);
  std::memset(bounded.cursor(), 'x', room);
  bounded.advance_to(bounded.cursor() + room);
  CHECK(bounded.room() == 0);
}

TEST_CASE("all tapes together keep to their budget, and what is refused changes nothing") {
  {
    std::vector<std::unique_ptr<inline_tape>> all;
    std::size_t refused = 0;
    for (int i = 0; i < 80; ++i) {
      all.push_back(std::make_unique<inline_tape>(1U << 20));
      REQUIRE(append(*all.back(), "kept"));
      if (!append(*all.back(), std::string(1'000'000, 'x'))) ++refused;
      REQUIRE(held() <= most_overflow_bytes);
      REQUIRE(text_of(*all.back()).substr(0, 4) == "kept");
    }
    CHECK(refused == 80 - 64);
    CHECK(append(*all.back(), std::string(400, 'y')));
    CHECK(all.back()->room() < inline_tape::inline_size);
  }
  CHECK(held() == 0);
}

TEST_CASE("bytes are taken out of the middle, the front and the end") {
  inline_tape text{1U << 20};
  REQUIRE(append(text, "one two three"));
  text.erase(text.data() + 4, text.data() + 8);
  CHECK(text_of(text) == "one three");
  text.erase(text.data(), text.data() + 4);
  CHECK(text_of(text) == "three");
  text.erase(text.data() + 3, text.data() + 5);
  CHECK(text_of(text) == "thr");
  text.erase(text.data(), text.data() + 3);
  CHECK(text.size() == 0);
}

TEST_CASE("opened again it begins anew") {
  unsigned char memory[64];
  tape again;
  again.open(memory, sizeof memory, 1U << 20);
  REQUIRE(append(again, "text"));
  again.open(memory, sizeof memory, 1U << 20);
  CHECK(again.size() == 0);
  again.release();
}
