#include <spanwise/core/trace_state.hpp>

#include "catch.hpp"
#include "random_text.hpp"

#include <string>
#include <vector>

using spanwise::trace_state;

namespace {

trace_state parsed(std::string_view header) {
  auto const state = trace_state::parse(header);
  REQUIRE(state);
  return *state;
}

std::string numbered(std::size_t count, std::string const& value = "v") {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "k" : ",k") + std::to_string(i) + "=" + value;
  return text;
}

std::uint32_t complaints() {
  auto const cause = static_cast<std::size_t>(spanwise::misuse::bad_trace_state);
  return spanwise::detail::diagnostics.misuses[cause].load(spanwise::detail::relaxed);
}

} // namespace

static_assert(sizeof(trace_state) == sizeof(void*));

TEST_CASE("a list is read in order and kept without white space") {
  trace_state const state = parsed(" a=1 \t,, \tb= x y\t, ");
  CHECK(state.text() == "a=1,b= x y");
  CHECK(state.size() == 2);
  CHECK(state.get("a") == "1");
  CHECK(state.get("b") == " x y");
  CHECK(!state.get("c"));
  std::vector<trace_state::member> members;
  for (auto const& each : state) members.push_back(each);
  CHECK(members == std::vector<trace_state::member>{{"a", "1"}, {"b", " x y"}});
}

TEST_CASE("nothing in, nothing out, nothing allocated") {
  for (std::string_view const text : {"", " ", ",", " ,\t, "}) {
    trace_state const state = parsed(text);
    CHECK(state.empty());
    CHECK(state.size() == 0);
    CHECK(state.raw() == nullptr);
    CHECK(state.begin() == state.end());
  }
}

TEST_CASE("one malformed member spoils the list") {
  for (std::string_view const text :
       {"a", "a=", "=1", "A=1", "@a=1", "a.b=1", "a =1", "a=b=c", "a=\t1", "a=1\x7f", "a=\xc3\xa9", "ok=1,b", "a=  "})
    CHECK(!trace_state::parse(text));
}

TEST_CASE("of a repeated key the first stays") {
  CHECK(parsed("a=1,b=2,a=3").text() == "a=1,b=2");
}

TEST_CASE("32 members are kept, 33 are not") {
  CHECK(parsed(numbered(32)).size() == 32);
  CHECK(!trace_state::parse(numbered(33)));
  CHECK(!trace_state::parse(numbered(32) + ",k0=again")); // counted as received
}

TEST_CASE("changes give new lists and leave the old one") {
  trace_state const state = parsed("a=1,b=2,c=3");
  CHECK(state.set("b", "9").text() == "b=9,a=1,c=3");
  CHECK(state.set("d", "4").text() == "d=4,a=1,b=2,c=3");
  CHECK(state.remove("b").text() == "a=1,c=3");
  CHECK(state.remove("z") == state);
  CHECK(parsed("a=1").remove("a").empty());
  CHECK(trace_state{}.set("a", "1").text() == "a=1");
  CHECK(state.text() == "a=1,b=2,c=3");
}

TEST_CASE("a full list makes room at its end") {
  trace_state const state = parsed(numbered(32));
  trace_state const more = state.set("new", "1");
  CHECK(more.size() == 32);
  CHECK(more.get("new") == "1");
  CHECK(!more.get("k31"));
  CHECK(state.set("k31", "x").size() == 32);
  CHECK(state.set("k31", "x").get("k30") == "v");
}

TEST_CASE("bad keys and values change nothing and are counted") {
  trace_state const state = parsed("a=1");
  std::uint32_t const before = complaints();
  CHECK(state.set("A", "1") == state);
  CHECK(state.set("", "1") == state);
  CHECK(state.set(std::string(257, 'k'), "1") == state);
  CHECK(state.set("b", "") == state);
  CHECK(state.set("b", "x,y") == state);
  CHECK(state.set("b", "x=y") == state);
  CHECK(state.set("b", "x ") == state);
  CHECK(state.set("b", "x\r\ny") == state);
  CHECK(state.set("b", std::string(257, 'v')) == state);
  CHECK(complaints() == before + 9);
  CHECK(state.set(std::string(256, 'k'), std::string(256, 'v')).size() == 2);
}

TEST_CASE("a list that is too long loses its long members first, then its last ones") {
  std::string const big(256, 'v');
  auto const wide = [&big](std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i)
      text += (i == 0 ? "" : ",") + std::string(200, 'k') + std::to_string(i) + "=" + big;
    return text;
  };
  auto const key = [](std::size_t i) { return std::string(200, 'k') + std::to_string(i); };

  trace_state const state = parsed("first=1," + wide(29) + ",last=1,end=2");
  CHECK(state.text().size() <= trace_state::max_text);
  CHECK(state.text().size() > trace_state::max_text - 460);
  CHECK(state.get("first") == "1");
  CHECK(state.get(key(0)) == big);
  CHECK(state.get(key(15)) == big);
  CHECK(!state.get(key(28)));
  CHECK(state.get("last") == "1");
  CHECK(state.get("end") == "2");
  CHECK(trace_state::parse(state.text()) == state);

  trace_state const added = state.set(std::string(256, 'n'), big);
  CHECK(added.get(std::string(256, 'n')) == big);
  CHECK(added.get("first") == "1");
  CHECK(added.text().size() <= trace_state::max_text);
  CHECK(trace_state::parse(added.text()) == added);
}

TEST_CASE("an absurdly long header is dropped without being looked at") {
  CHECK(trace_state::parse("a=1" + std::string(30'000, ' ')));
  CHECK(!trace_state::parse("a=1" + std::string(40'000, ' ')));
}

TEST_CASE("several headers are one list") {
  spanwise::detail::trace_state_reader reader;
  reader.add("a=1,b=2");
  reader.add("");
  reader.add("c=3,a=9");
  auto const state = reader.finish();
  REQUIRE(state);
  CHECK(state->text() == "a=1,b=2,c=3");

  spanwise::detail::trace_state_reader spoiled;
  spoiled.add("a=1");
  spoiled.add("B=2");
  spoiled.add("c=3");
  CHECK(!spoiled.finish());

  spanwise::detail::trace_state_reader full;
  full.add(numbered(32));
  full.add("z=1");
  CHECK(!full.finish());
}

TEST_CASE("a list can be kept as a plain pointer") {
  trace_state state = parsed("a=1");
  void* const raw = state.release();
  CHECK(state.empty());
  CHECK(trace_state::share(raw).text() == "a=1");
  CHECK(trace_state::adopt(raw).text() == "a=1");
}

TEST_CASE("what is read is in normal form, and garbage does no harm") {
  testing::random_text random;
  std::string_view const letters = "ab1=,  \t_-*/@~!AZ;:\x7f\xff";
  for (int round = 0; round < testing::random_rounds; ++round) {
    std::string const text = round % 3 == 0   ? random.of(letters, 60)
                             : round % 3 == 1 ? random.mutated("a=1,b= x , tenant@sys=00ff,c=3")
                                              : random.bytes(60);
    auto const state = trace_state::parse(text);
    if (!state) continue;
    REQUIRE(trace_state::parse(state->text()) == state);
    REQUIRE(state->size() <= 32);
    std::string joined;
    for (auto const& [key, value] : *state) {
      REQUIRE(trace_state::valid_key(key));
      REQUIRE(trace_state::valid_value(value));
      REQUIRE(state->get(key) == value);
      REQUIRE(state->remove(key).size() == state->size() - 1);
      joined += (joined.empty() ? "" : ",") + std::string{key} + "=" + std::string{value};
    }
    REQUIRE(joined == state->text());
    trace_state const changed = state->set("new", "x");
    REQUIRE((*changed.begin()).key == "new");
    REQUIRE(changed.remove("new").text() == state->remove("new").text());
  }
}
