#include <spanwise/core/value.hpp>

#include "catch.hpp"
#include "shown.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <limits>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

using testing::written;

namespace shop {

enum class channel { web, store };
std::string_view spanwise_value(channel given) { return given == channel::web ? "web" : "store"; }

struct money {
  long cents;
};
std::string spanwise_value(money const& given) {
  return std::to_string(given.cents / 100) + " euros and some cents, written out at length";
}

struct basket {
  std::vector<money> items;
};
std::vector<money> const& spanwise_value(basket const& given) { return given.items; }

struct unknown {};
std::optional<int> spanwise_value(unknown const&) { return std::nullopt; }

/// Any value, as a program that passes on what others told it has them.
struct any {
  std::variant<std::monostate, bool, long, double, std::string, std::vector<any>, std::map<std::string, any>> held;
};
auto const& spanwise_value(any const& given) { return given.held; }

/// Leaves a variant without a value.
struct throws_when_made {
  throws_when_made(int) { throw 1; }
  std::string text;
};
int spanwise_value(throws_when_made const&) { return 0; }

struct unreadable_text {
  operator std::string_view() const { throw 1; }
};
struct unreadable_value {
  bool has_value() const { throw 1; }
  int operator*() const { return 1; }
};
struct unreadable_bytes {
  std::byte const* data() const { return nullptr; }
  std::size_t size() const { throw 1; }
  std::byte const* begin() const { return nullptr; }
  std::byte const* end() const { return nullptr; }
};

/// Text that converts to a view and owns it.
struct name {
  std::string text;
  operator std::string_view() const { return text; }
};

} // namespace shop

namespace {

template <class Value> std::string one(Value const& value) { return written({"k", value}).substr(3); }

} // namespace

TEST_CASE("what is volatile counts as what it is otherwise") {
  bool volatile flag = true;
  double volatile ratio = 0.5;
  float volatile half = 0.5F;
  int volatile number = -3;
  char const* volatile text = "x";
  CHECK(one(flag) == "true");
  CHECK(one(ratio) == one(0.5));
  CHECK(one(half) == one(0.5));
  CHECK(one(number) == "-3");
  CHECK(one(text) == "\"x\"");
}

TEST_CASE("bool is bool, and nothing else is") {
  CHECK(one(true) == "true");
  CHECK(one(false) == "false");
  CHECK(one("text") == "\"text\"");
  char const* const text = "text";
  CHECK(one(text) == "\"text\"");
  CHECK(one(1) == "1");
}

TEMPLATE_TEST_CASE("integers of every type, at their bounds", "", signed char, unsigned char, short, unsigned short, int,
                   unsigned, long, long long, std::int8_t, std::uint8_t, std::int16_t, std::uint16_t, std::int32_t,
                   std::uint32_t, std::int64_t, std::intptr_t, std::ptrdiff_t) {
  using bounds = std::numeric_limits<TestType>;
  for (TestType const value : {bounds::min(), TestType{0}, TestType{1}, bounds::max()})
    CHECK(one(value) == std::to_string(value));
  if (bounds::is_signed) CHECK(one(static_cast<TestType>(-1)) == "-1");
}

TEMPLATE_TEST_CASE("unsigned integers above what an int64 holds become text", "", unsigned long, unsigned long long,
                   std::uint64_t, std::size_t, std::uintptr_t) {
  CHECK(one(TestType{9'223'372'036'854'775'807ULL}) == "9223372036854775807");
  CHECK(one(TestType{9'223'372'036'854'775'808ULL}) == "\"9223372036854775808\"");
  CHECK(one(std::numeric_limits<TestType>::max()) == "\"18446744073709551615\"");
}

TEST_CASE("floating point: all of it, float too") {
  CHECK(one(1.5) == "1.5");
  CHECK(one(1.5F) == "1.5");
  CHECK(one(3.0) == "3.0");
  CHECK(one(-0.0) == "-0.0");
  CHECK(one(std::numeric_limits<double>::infinity()) == "inf");
  CHECK(one(-std::numeric_limits<double>::infinity()) == "-inf");
  CHECK(one(std::numeric_limits<double>::quiet_NaN()) == "nan");
  CHECK(one(std::numeric_limits<double>::denorm_min()) == "4.9406564584124654e-324");
}

TEST_CASE("bit-fields, volatile and const values") {
  struct packed {
    unsigned bits : 3;
    bool flag : 1;
  } const held{5, true};
  CHECK(one(held.bits) == "5");
  CHECK(one(held.flag) == "true");
  int const fixed = 3;
  CHECK(one(fixed) == "3");
}

TEST_CASE("text of every type") {
  std::string const text{"text"};
  CHECK(one(text) == "\"text\"");
  CHECK(one(std::string{"temporary text that is too long to be held in place"}).size() == 53);
  CHECK(one(std::string_view{text}.substr(1)) == "\"ext\"");
  CHECK(one(text.c_str()) == "\"text\"");
  char changeable[] = "text";
  CHECK(one(changeable) == "\"text\"");
  char* const pointer = changeable;
  CHECK(one(pointer) == "\"text\"");
  CHECK(one(shop::name{"text"}) == "\"text\"");
  CHECK(one("") == "\"\"");
  CHECK(one(std::string{}) == "\"\"");
  CHECK(one(std::string_view{}) == "\"\"");
  CHECK(one(std::string("a\0b", 3)) == std::string("\"a\0b\"", 5));
}

TEST_CASE("a null pointer to text is empty text") {
  char const* const constant = nullptr;
  char* const changeable = nullptr;
  CHECK(one(constant) == "\"\"");
  CHECK(one(changeable) == "\"\"");
}

TEST_CASE("an array of char ends at its first zero, or at its end") {
  char buffer[16] = "text";
  CHECK(one(buffer) == "\"text\"");
  char const full[4] = {'f', 'u', 'l', 'l'};
  CHECK(one(full) == "\"full\"");
  CHECK(one("a\0b") == "\"a\"");
}

TEST_CASE("UTF-8 strings by their own types") {
  CHECK(one(u8"gr\u00fcn") == "\"gr\xc3\xbcn\"");
  CHECK(one(std::u8string{u8"gr\u00fcn"}) == "\"gr\xc3\xbcn\"");
  CHECK(one(std::u8string_view{u8"gr\u00fcn"}) == "\"gr\xc3\xbcn\"");
  char8_t const* const text = u8"text";
  CHECK(one(text) == "\"text\"");
  char8_t const* const nothing = nullptr;
  CHECK(one(nothing) == "\"\"");
}

TEST_CASE("a path is its text") {
  CHECK(one(std::filesystem::path{"/var/log/x.log"}) == "\"/var/log/x.log\"");
}

TEST_CASE("bytes") {
  std::vector<std::byte> const bytes{std::byte{0x00}, std::byte{0xff}, std::byte{0x0a}};
  CHECK(one(bytes) == "<00ff0a>");
  CHECK(one(std::span<std::byte const>{bytes}) == "<00ff0a>");
  CHECK(one(std::vector<unsigned char>{1, 2, 3}) == "<010203>");
  CHECK(one(std::array<std::uint8_t, 2>{1, 2}) == "<0102>");
  unsigned char const array[] = {1, 2};
  CHECK(one(array) == "<0102>");
  std::byte const digest[] = {std::byte{0xaa}};
  CHECK(one(digest) == "<aa>");
  CHECK(one(std::vector<std::byte>{}) == "<>");
}

TEST_CASE("arrays of anything that is a value") {
  CHECK(one(std::vector<int>{1, 2, 3}) == "[1, 2, 3]");
  CHECK(one(std::vector<int>{}) == "[]");
  CHECK(one(std::vector<bool>{true, false}) == "[true, false]");
  CHECK(one(std::array<double, 2>{1.5, 2}) == "[1.5, 2.0]");
  CHECK(one(std::vector<std::string>{"a", ""}) == "[\"a\", \"\"]");
  CHECK(one(std::list<std::string_view>{"a", "b"}) == "[\"a\", \"b\"]");
  CHECK(one(std::deque<std::uint64_t>{1, ~std::uint64_t{0}}) == "[1, \"18446744073709551615\"]");
  CHECK(one(std::set<std::string>{"b", "a"}) == "[\"a\", \"b\"]");
  int const plain[] = {1, 2};
  CHECK(one(plain) == "[1, 2]");
  char const* const names[] = {"a", nullptr};
  CHECK(one(names) == "[\"a\", \"\"]");
  CHECK(one(std::span<int const>{plain}) == "[1, 2]");
  CHECK(one(std::vector<std::vector<std::byte>>{{std::byte{1}}, {}}) == "[<01>, <>]");
  CHECK(one(std::vector<std::vector<int>>{{1}, {}, {2, 3}}) == "[[1], [], [2, 3]]");
}

TEST_CASE("a missing element keeps its place") {
  CHECK(one(std::vector<std::optional<int>>{1, std::nullopt, 3}) == "[1, empty, 3]");
  CHECK(one(std::map<std::string, std::optional<int>>{{"a", 1}, {"b", {}}}) == "{a: 1, b: empty}");
}

TEST_CASE("maps") {
  CHECK(one(std::map<std::string, int>{{"b", 2}, {"a", 1}}) == "{a: 1, b: 2}");
  CHECK(one(std::map<std::string_view, int>{}) == "{}");
  CHECK(one(std::unordered_map<std::string, std::string>{{"a", "x"}}) == "{a: \"x\"}");
  CHECK(one(std::vector<std::pair<std::string, double>>{{"a", 1.5}}) == "{a: 1.5}");
  std::map<std::string, std::map<std::string, std::vector<int>>> const deep{{"a", {{"b", {1, 2}}}}, {"c", {}}};
  CHECK(one(deep) == "{a: {b: [1, 2]}, c: {}}");
  CHECK(one(std::map<std::string, int>{{"Any Key!", 1}, {"", 2}}) == "{: 2, Any Key!: 1}");
}

TEST_CASE("a multimap is a map with all values of each key") {
  CHECK(one(std::multimap<std::string, int>{{"b", 3}, {"a", 1}, {"b", 2}}) == "{a: [1], b: [3, 2]}");
  CHECK(one(std::multimap<std::string_view, std::string>{}) == "{}");
  std::unordered_multimap<std::string, bool> const flags{{"x", true}, {"x", true}};
  CHECK(one(flags) == "{x: [true, true]}");
}

TEST_CASE("an optional is its value, or no attribute") {
  CHECK(one(std::optional<int>{3}) == "3");
  CHECK(one(std::optional<std::string>{"x"}) == "\"x\"");
  CHECK(one(std::optional<bool>{false}) == "false");
  CHECK(one(std::optional<std::vector<int>>{{1, 2}}) == "[1, 2]");
  CHECK(written({"k", std::optional<int>{}}).empty());
  CHECK(written({"k", std::optional<std::optional<int>>{std::in_place}}).empty());
}

TEST_CASE("types of one's own, through spanwise_value") {
  CHECK(one(shop::channel::web) == "\"web\"");
  CHECK(one(shop::money{1250}) == "\"12 euros and some cents, written out at length\"");
  CHECK(one(std::vector<shop::channel>{shop::channel::web, shop::channel::store}) == "[\"web\", \"store\"]");
  CHECK(one(shop::basket{{{100}, {250}}}) ==
        "[\"1 euros and some cents, written out at length\", \"2 euros and some cents, written out at length\"]");
  CHECK(one(std::optional<shop::channel>{shop::channel::store}) == "\"store\"");
  CHECK(one(std::map<std::string, shop::channel>{{"a", shop::channel::web}}) == "{a: \"web\"}");
  CHECK(one(shop::unknown{}) == "empty");
}

TEST_CASE("a variant is what it holds, of whatever type; std::monostate is the empty value") {
  using variant = std::variant<std::monostate, int, std::string, std::vector<int>>;
  CHECK(one(variant{3}) == "3");
  CHECK(one(variant{"x"}) == "\"x\"");
  CHECK(one(variant{std::vector<int>{}}) == "[]");
  CHECK(one(variant{}) == "empty");
  CHECK(one(std::vector<variant>{variant{1}, variant{"two"}, variant{}, variant{std::vector{4}}}) == "[1, \"two\", empty, [4]]");
  CHECK(one(std::map<std::string, variant>{{"a", 1}, {"b", "x"}, {"c", {}}}) == "{a: 1, b: \"x\", c: empty}");
  CHECK(one(std::optional<variant>{5}) == "5");
  CHECK(one(std::variant<shop::channel, bool>{shop::channel::web}) == "\"web\"");
  shop::any const nested{std::map<std::string, shop::any>{{"list", {std::vector<shop::any>{{1L}, {std::string{"b"}}, {}, {true}}}}, {"none", {}}}};
  CHECK(one(nested) == "{list: [1, \"b\", empty, true], none: empty}");
}

TEST_CASE("a variant that an exception left without a value is empty") {
  std::variant<int, shop::throws_when_made> broken{3};
  CHECK_THROWS_AS(broken.emplace<1>(1), int);
  CHECK(one(broken) == "empty");
}

TEST_CASE("what throws as it is asked for its text, bytes or value is empty") {
  CHECK(one(shop::unreadable_text{}) == "empty");
  CHECK(one(shop::unreadable_value{}) == "empty");
  CHECK(one(shop::unreadable_bytes{}) == "empty");
  CHECK(one(std::vector<shop::unreadable_text>(2)) == "[empty, empty]");
  static_assert(!spanwise::detail::throwing_access<std::string> && !spanwise::detail::throwing_access<std::optional<int>> &&
                !spanwise::detail::throwing_access<std::vector<std::byte>> && !spanwise::detail::throwing_access<std::string_view>);
}

#if defined(__SIZEOF_INT128__)
__extension__ using wide = __int128;
static_assert(!spanwise::detail::plain_integer<wide>, "it would be cut to 64 bits");
#endif
