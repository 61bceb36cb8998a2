#include <spanwise/core/ot_state.hpp>

#include "catch.hpp"
#include "diagnostics_log.hpp"

using spanwise::ot_state;
using spanwise::remove_ot;
using spanwise::set_ot;
using spanwise::trace_state;

namespace {

trace_state state(std::string const& text) {
  auto const parsed = trace_state::parse(text);
  REQUIRE(parsed);
  return *parsed;
}

} // namespace

TEST_CASE("the pairs of the ot member are read, and what is malformed is not") {
  trace_state const some = state("a=1,ot=th:c;rv:6e6d1a75832a2f;x1:A.b_-9;empty:;Bad:1;1b:2;:3;alone;p:q:r;s:*,b=2");
  ot_state const ot{some};
  CHECK(ot.get("th") == "c");
  CHECK(ot.threshold()->value() == 0xc0000000000000);
  CHECK(ot.randomness()->value() == 0x6e6d1a75832a2f);
  CHECK(ot.get("x1") == "A.b_-9");
  CHECK(ot.get("empty") == "");
  for (char const* absent : {"Bad", "1b", "", "alone", "p", "s", "t", "thh"}) CHECK(!ot.get(absent));
  trace_state const none;
  CHECK(!ot_state{none}.get("th"));
  CHECK(ot_state{"th:1;th:2"}.get("th") == "2");
  CHECK(!ot_state{"th:C;rv:12"}.threshold());
  CHECK(!ot_state{"th:C;rv:12"}.randomness());
}

TEST_CASE("setting a pair keeps the others, and moves the member to the front") {
  auto const [changed, done] = set_ot(state("a=1,ot=p:8;k1:7;r:62,b=2"), "k1", "13");
  CHECK(done);
  CHECK(changed.text() == "ot=k1:13;p:8;r:62,a=1,b=2");
  CHECK(set_ot(state("a=1"), "th", "c").state.text() == "ot=th:c,a=1");
  CHECK(set_ot({}, "th", "").state.text() == "ot=th:");
  CHECK(set_ot(state("ot=a:1;a:2;B:3;junk;c:4"), "th", "8").state.text() == "ot=th:8;a:2;c:4");
}

TEST_CASE("removing the last pair removes the member") {
  CHECK(remove_ot(state("a=1,ot=th:c,b=2"), "th").text() == "a=1,b=2");
  CHECK(remove_ot(state("a=1,ot=th:c;rv:6e6d1a75832a2f"), "th").text() == "ot=rv:6e6d1a75832a2f,a=1");
  CHECK(remove_ot(state("a=1,ot=th:c"), "rv").text() == "a=1,ot=th:c");
  CHECK(remove_ot({}, "rv").empty());
}

TEST_CASE("a member of 256 characters is the longest; more is refused and told") {
  std::string const filler(256 - 5 - 5, 'x'); // "th:8;" and "fill:"
  trace_state const before = state("a=1,ot=fill:" + filler);
  auto const full = set_ot(before, "th", "8");
  CHECK(full.done);
  CHECK(ot_state{full.state}.text().size() == 256);
  diagnostics_log const log;
  auto const [same, done] = set_ot(before, "th", "88");
  CHECK(!done);
  CHECK(same == before);
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines()[0].find("256 characters") != std::string::npos);
}

TEST_CASE("names and values that the grammar forbids are refused") {
  trace_state const before = state("ot=a:1");
  for (char const* name : {"", "A", "1a", "a-b", "a.b", "th:"}) {
    auto const [same, done] = set_ot(before, name, "1");
    CHECK(!done);
    CHECK(same == before);
  }
  for (char const* value : {"a b", "a;b", "a:b", "a,b", "a=b", "\xc3\xa4"}) CHECK(!set_ot(before, "b", value).done);
}

TEST_CASE("a full list loses its last member to a new ot") {
  std::string text;
  for (int i = 0; i < 32; ++i) text += (i == 0 ? "m" : ",m") + std::to_string(i) + "=1";
  trace_state const changed = set_ot(state(text), "th", "8").state;
  CHECK(changed.size() == 32);
  CHECK(changed.get("ot") == "th:8");
  CHECK(!changed.get("m31"));
  CHECK(changed.get("m30") == "1");
}
