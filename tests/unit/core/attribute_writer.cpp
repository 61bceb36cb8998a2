#include <spanwise/core/attribute_writer.hpp>

#include "catch.hpp"
#include "random_text.hpp"
#include "shown.hpp"

#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

using spanwise::attribute;
using spanwise::span_limits;
using testing::shown;
using testing::written;
namespace detail = spanwise::detail;

namespace shop {

struct broken {};
[[noreturn]] std::string spanwise_value(broken const&) { throw std::runtime_error{"no"}; }

/// Counts to three, then throws.
struct broken_range {
  struct iterator {
    int at;
    int operator*() const {
      if (at == 3) throw std::runtime_error{"no"};
      return at;
    }
    iterator& operator++() {
      ++at;
      return *this;
    }
    bool operator!=(iterator other) const { return at != other.at; }
  };
  static iterator begin() { return {0}; }
  static iterator end() { return {9}; }
};

/// A map of such maps.
struct tree {
  std::map<std::string, tree> inside;
  [[nodiscard]] auto begin() const { return inside.begin(); }
  [[nodiscard]] auto end() const { return inside.end(); }
};

/// Gives its value as a temporary.
struct fresh {
  bool there;
  [[nodiscard]] bool has_value() const { return there; }
  std::string operator*() const { return std::string(40, 'f'); }
};

} // namespace shop

namespace {

span_limits length(std::uint32_t most) { return {.attribute_value_length = most}; }
span_limits depth(std::uint32_t most) { return {.attribute_value_depth = most}; }

/// What a tape holds without memory from the heap.
constexpr auto inside = static_cast<std::uint32_t>(detail::inline_tape::inline_size);

/// A tape that may grow to `most` bytes, read back.
class bounded_tape {
public:
  explicit bounded_tape(std::uint32_t most) : tape_{most} {}
  bool put(attribute const& given) { return testing::put_attribute(tape_, given); }
  bool put_cut(attribute const& given) {
    return detail::put_any_attribute(tape_, detail::tag::span_attribute, given.key_text(), given.value(), {}, true);
  }
  std::string text() {
    return shown(spanwise::attribute_range{{reinterpret_cast<std::byte const*>(tape_.data()), tape_.size()}, 9});
  }
  detail::tape& operator*() { return tape_; }

private:
  detail::inline_tape tape_;
};

} // namespace

TEST_CASE("keys and values of every size are written as they are") {
  for (std::size_t const key_size : {1U, 16U, 17U, 31U, 32U, 33U, 95U, 96U, 97U, 119U, 120U, 121U, 127U, 128U, 129U, 300U, 20'000U})
    for (std::size_t const size : {0U, 1U, 2U, 3U, 4U, 5U, 7U, 8U, 9U, 15U, 16U, 17U, 31U, 32U, 33U, 100U, 119U, 127U, 128U, 5000U}) {
      std::string const key(key_size, 'k');
      std::string text(size, 'x');
      if (size > 1) text.front() = 'a', text.back() = 'z';
      spanwise::any_key const name{key};
      REQUIRE(written({name, text}) == key + ": \"" + text + "\"");
      REQUIRE(written({name, std::as_bytes(std::span{text})}).size() == key_size + 4 + 2 * size);
      REQUIRE(written({name, 1}) == key + ": 1");
      REQUIRE(written({name, std::vector<std::string>{text, text}}) == key + ": [\"" + text + "\", \"" + text + "\"]");
    }
}

TEST_CASE("length counts characters of text") {
  CHECK(written({"a", "abcdef"}, length(3)) == "a: \"abc\"");
  CHECK(written({"a", "abc"}, length(3)) == "a: \"abc\"");
  CHECK(written({"a", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x9a\x80x"}, length(3)) == "a: \"\xc3\xa4\xe2\x82\xac\xf0\x9f\x9a\x80\"");
  CHECK(written({"a", "\xc3\xa4\xc3\xa4\xc3\xa4"}, length(5)) == "a: \"\xc3\xa4\xc3\xa4\xc3\xa4\"");
  CHECK(written({"a", "abc"}, length(0)) == "a: \"\"");
  CHECK(written({"a", "x\xff\xfe" "y"}, length(2)) == "a: \"x\xff\"");
  CHECK(written({"a", ~std::uint64_t{0}}, length(5)) == "a: \"18446\"");
  CHECK(written({"a", u8"\u00e4\u00e4"}, length(1)) == "a: \"\xc3\xa4\"");
}

TEST_CASE("length counts bytes of bytes") {
  std::vector<unsigned char> const bytes{1, 2, 3, 4};
  CHECK(written({"a", bytes}, length(2)) == "a: <0102>");
  CHECK(written({"a", bytes}, length(4)) == "a: <01020304>");
  CHECK(written({"a", bytes}, length(0)) == "a: <>");
}

TEST_CASE("length goes for each text inside, and for nothing else") {
  CHECK(written({"a", {"abcd", "x"}}, length(2)) == "a: [\"ab\", \"x\"]");
  CHECK(written({"a", {{"longkey", "abcd"}}}, length(2)) == "a: {longkey: \"ab\"}");
  CHECK(written({"a", {{"b", {"abcd"}}}}, length(2)) == "a: {b: [\"ab\"]}");
  CHECK(written({"a", std::vector<std::vector<std::byte>>{std::vector<std::byte>(5)}}, length(2)) == "a: [<0000>]");
  CHECK(written({"a", 123456}, length(1)) == "a: 123456");
  CHECK(written({"a", true}, length(1)) == "a: true");
  CHECK(written({"a", 1.25}, length(1)) == "a: 1.25");
  CHECK(written({"a", {1, 2, 3}}, length(1)) == "a: [1, 2, 3]");
  CHECK(written({"long.key", "abc"}, length(1)) == "long.key: \"a\"");
}

TEST_CASE("what is nested too deep becomes the empty value") {
  using list = std::vector<int>;
  using deep = std::vector<list>;
  using deeper = std::vector<deep>;
  CHECK(written({"a", deep{{2}}}, depth(1)) == "a: [empty]");
  CHECK(written({"a", deeper{{{1}}}}, depth(2)) == "a: [[empty]]");
  CHECK(written({"a", deeper{{{1}}}}, depth(3)) == "a: [[[1]]]");
  CHECK(written({"a", {{"k", {{"x", 1}}}, {"l", 2}}}, depth(1)) == "a: {k: empty, l: 2}");
  CHECK(written({"a", "x"}, depth(1)) == "a: \"x\"");
  CHECK(written({"a", "x"}, depth(0)) == "a: \"x\"");
  CHECK(written({"a", list{1}}, depth(0)) == "a: empty");
  CHECK(written({"a", deep{{1}, {2}}}, depth(2)) == "a: [[1], [2]]");
}

TEST_CASE("by default 64 levels are kept") {
  shop::tree tree;
  for (int level = 0; level < 100; ++level) tree = shop::tree{{{"x", tree}}};
  std::string wanted = "empty";
  for (int level = 0; level < 64; ++level) wanted = "{x: " + wanted + "}";
  CHECK(written({"k", tree}) == "k: " + wanted);
}

TEST_CASE("what a type of the user's throws costs its own value alone") {
  CHECK(written({"a", shop::broken{}}) == "a: empty");
  CHECK(written({"a", std::vector<shop::broken>(2)}) == "a: [empty, empty]");
  CHECK(written({"a", shop::broken_range{}}) == "a: [0, 1, 2]");
  CHECK(written({"a", std::map<std::string, shop::broken_range>{{"x", {}}, {"y", {}}}}) == "a: {x: [0, 1, 2], y: [0, 1, 2]}");
}

TEST_CASE("an optional that gives its value as a temporary") {
  CHECK(written({"a", shop::fresh{true}}) == "a: \"" + std::string(40, 'f') + "\"");
  CHECK(written({"a", shop::fresh{false}}).empty());
  CHECK(written({"a", std::vector<shop::fresh>{{true}, {false}}}) == "a: [\"" + std::string(40, 'f') + "\", empty]");
}

TEST_CASE("what does not fit leaves nothing behind") {
  bounded_tape tape{inside + 26};
  CHECK(tape.put({"a", std::string(inside - 124, 'x')}));
  std::string const before = tape.text();
  CHECK(!tape.put({"b", std::string(200, 'x')}));
  CHECK(!tape.put({"b", std::vector<int>(100)}));
  CHECK(!tape.put({spanwise::any_key(std::string(200, 'k')), 1}));
  CHECK(tape.text() == before);
  CHECK(tape.put({"b", 1}));
}

TEST_CASE("what does not fit is cut, where that is wanted, between characters") {
  for (std::uint32_t most = inside + 6; most < inside + 96; ++most) {
    bounded_tape tape{most};
    REQUIRE(tape.put({"a", std::string(inside - 124, 'x')}));
    std::string euros;
    for (int i = 0; i < 100; ++i) euros += "\xe2\x82\xac";
    REQUIRE(!tape.put_cut({"b", euros}));
    auto const found = tape.text();
    REQUIRE((*tape).size() <= most);
    std::string_view const kept = std::string_view{found}.substr(found.find("b: \"") + 4);
    REQUIRE(kept.size() > 30);
    REQUIRE(detail::valid_utf8(kept));
  }
}

TEST_CASE("a list that does not fit keeps its first elements, readable to the end") {
  for (std::uint32_t most = inside + 6; most < inside + 96; ++most) {
    bounded_tape tape{most};
    REQUIRE(tape.put({"a", std::string(inside - 124, 'x')}));
    REQUIRE(!tape.put_cut({"b", std::vector<std::string>(50, "element")}));
    REQUIRE((*tape).size() <= most);
    REQUIRE(tape.text().find("b: [\"element\", \"element\"") != std::string::npos);
  }
}

TEST_CASE("any bytes as text, any limits: what is written can be read, and is no longer than allowed") {
  testing::random_text random;
  for (int round = 0; round < 5000; ++round) {
    std::string const text = random.bytes(600);
    std::uint32_t const most = inside + static_cast<std::uint32_t>(random.below(300));
    span_limits const limits = length(static_cast<std::uint32_t>(random.below(700)));
    detail::inline_tape tape{most};
    bool const whole = detail::put_any_attribute(tape, detail::tag::span_attribute, "key", {text.data(), text.size(), detail::value_kind::text}, limits, true);
    REQUIRE(tape.size() <= most);
    spanwise::attribute_view const read = *spanwise::attribute_range{{reinterpret_cast<std::byte const*>(tape.data()), tape.size()}, 9}.begin();
    REQUIRE(read.key == "key");
    REQUIRE(text.starts_with(read.value.as_string()));
    if (whole) REQUIRE(read.value.as_string() == detail::truncate_chars(text, limits.attribute_value_length));
  }
}
