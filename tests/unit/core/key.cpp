#include <spanwise/core/key.hpp>

#include "catch.hpp"
#include "random_text.hpp"

#include <regex>
#include <string>

using spanwise::any_key;
using spanwise::key;
using spanwise::detail::good_key;

namespace {

bool good(std::string_view text) { return good_key(text.data(), text.size()); }

} // namespace

static_assert(key{"a"}.text() == "a");
static_assert(key{"http.request.header.x-forwarded_for"}.text() == "http.request.header.x-forwarded_for");
static_assert(key{"order.2nd.9"}.text() == "order.2nd.9");
static_assert(any_key{"Order ID"}.text() == "Order ID");
static_assert(key{"order.id"}.bit() == any_key{"order.id"}.bit());

TEST_CASE("keys that are fine, and keys that are not") {
  for (std::string_view const text : {"a", "a1", "a-b_c", "a.b", "a.1.-._", "order.id", "x--y"}) CHECK(good(text));
  for (std::string_view const text : {"", ".", "a.", ".a", "a..b", "A", "aB", "a b", "1a", "-a", "_a", "a/b", "\xc3\xa4", "a."})
    CHECK(!good(text));
  CHECK(!good(std::string_view{"a\0b", 3}));
}

TEST_CASE("random keys are judged as the rule says") {
  testing::random_text random;
  std::regex const rule{"[a-z][a-z0-9_-]*(\\.[a-z0-9_-]+)*"};
  for (int round = 0; round < testing::random_rounds; ++round) {
    std::string const text = random.of("ab9_-.A ", 8);
    INFO(text);
    REQUIRE(good(text) == std::regex_match(text, rule));
  }
}

TEST_CASE("a key made at run time shows the text it was made of") {
  std::string const text{"x\0y", 3};
  CHECK(any_key{text}.text() == text);
  CHECK(any_key{std::string_view{text}}.text().data() == text.data());
  CHECK(any_key{""}.text().empty());
}

TEST_CASE("a null pointer is the empty key") {
  char const* const nothing = nullptr;
  CHECK(any_key{nothing}.text().empty());
  CHECK(any_key{std::string_view{}}.text().empty());
}

TEST_CASE("bits are spread evenly enough to tell keys apart") {
  std::size_t used[spanwise::detail::key_bits]{};
  for (int i = 0; i < 6400; ++i) {
    std::string const text = "some.prefix." + std::to_string(i);
    ++used[any_key{text}.bit()];
  }
  for (std::size_t const each : used) CHECK((each > 40 && each < 200));
}
