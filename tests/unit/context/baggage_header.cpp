#include <spanwise/context/baggage_header.hpp>

#include "catch.hpp"
#include "diagnostics_log.hpp"
#include "random_text.hpp"

#include <string>

using spanwise::baggage;

namespace {

baggage read(std::initializer_list<std::string_view> headers) {
  spanwise::detail::baggage_reader reader;
  for (std::string_view const header : headers) reader.add(header);
  return reader.finish();
}

std::string written(baggage const& set) {
  return std::string{spanwise::detail::write_baggage(set).view()};
}

std::string numbered(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "k" : ",k") + std::to_string(i) + "=v";
  return text;
}

} // namespace

TEST_CASE("members are read with their metadata, white space aside") {
  baggage const set = read({" a = 1 ; p = q ; r ,b\t=\t2 ", "", "c=x=y"});
  CHECK(set == baggage{}.set("a", "1", "p = q ; r").set("b", "2").set("c", "x=y"));
}

TEST_CASE("malformed members are skipped, the others stay") {
  baggage const expected = baggage{}.set("a", "1").set("b", "2");
  for (std::string_view const bad :
       {"foo", "=1", "k ey=1", "k(=1", "ключ=1", "c=x y", "c=\"q\"", "c=\\", ";a", "", " "})
    CHECK(read({"a=1," + std::string{bad} + ",b=2"}) == expected);
  CHECK(read({"foo"}).empty());
}

TEST_CASE("values are decoded to UTF-8") {
  CHECK(read({"a=x%20y+%c3%A9"}).get("a") == "x y+\xC3\xA9");
  CHECK(read({"a=%FF"}).get("a") == "\xEF\xBF\xBD");
  CHECK(read({"a=ok%80ok%E2%82"}).get("a") == "ok\xEF\xBF\xBDok\xEF\xBF\xBD");
  CHECK(read({"a=%FF%FF%FFtail,b=2"}) == baggage{}.set("a", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDtail").set("b", "2"));
  CHECK(read({"a=100%"}).get("a") == "100%");
  CHECK(read({"a%20b=1"}).get("a%20b") == "1");
}

TEST_CASE("of a repeated name the last one counts, with its metadata") {
  CHECK(read({"a=1;m,b=2,a=3"}) == baggage{}.set("a", "3").set("b", "2"));
  CHECK(read({"a=1", "a=3;n"}) == baggage{}.set("a", "3", "n"));
}

TEST_CASE("reading stops after 180 members or 8192 bytes, at whole members") {
  CHECK(read({numbered(180)}).size() == 180);
  CHECK(read({numbered(200)}).size() == 180);
  CHECK(read({numbered(100), numbered(200)}).size() == 180);

  std::string const fill(4000, 'v');
  std::string const exact = "a=" + fill + ",b=" + fill + ",c=" + std::string(8192 - 8008, 'v'); // 8192 bytes in all
  REQUIRE(exact.size() == 8192);
  CHECK(read({exact}).size() == 3);
  CHECK(read({exact + ",d=1"}).size() == 3);
  CHECK(read({exact + "v,d=1"}).size() == 2);
  CHECK(read({exact, "d=1"}).size() == 3);
  CHECK(read({"a=" + fill, "b=" + fill, "c=" + std::string(8192 - 8008, 'v')}).size() == 3);
  CHECK(read({"a=" + fill, "b=" + fill, "c=" + std::string(8192 - 8007, 'v')}).size() == 2);
  CHECK(read({"a=" + std::string(1'000'000, 'v')}).empty());
  CHECK(read({"a=1," + std::string(1'000'000, ',')}).size() == 1);
}

TEST_CASE("values are coded as far as needed") {
  CHECK(written(baggage{}).empty());
  CHECK(written(baggage{}.set("a", "")) == "a=");
  CHECK(written(baggage{}.set("a", "x=y+z")) == "a=x=y+z");
  CHECK(written(baggage{}.set("a", "p,q;r \"\\%\t\xC3\xA9")) == "a=p%2Cq%3Br%20%22%5C%25%09%C3%A9");
  CHECK(written(baggage{}.set("a", "1").set("b", "2", "p ;q=1")) == "a=1,b=2;p ;q=1");
}

TEST_CASE("names that are no tokens stay behind, and metadata that would break the header too") {
  CHECK(written(baggage{}.set("bad key", "1").set("b", "2")) == "b=2");
  CHECK(written(baggage{}.set("ключ", "1")).empty());
  CHECK(written(baggage{}.set("a", "1", "x,evil=1")) == "a=1");
  CHECK(written(baggage{}.set("a", "1", "x\r\nEvil: 1")) == "a=1");
  CHECK(written(baggage{}.set("a", "1\r\nEvil: 1")) == "a=1%0D%0AEvil:%201");
}

TEST_CASE("writing keeps to 180 members and 8192 bytes, whole members only") {
  baggage many;
  for (int i = 0; i < 200; ++i) many = many.set("k" + std::to_string(i), "v");
  CHECK(read({written(many)}).size() == 180);
  baggage const exact = baggage{}.set("a", std::string(8190, 'v'));
  CHECK(written(exact).size() == 8192);
  CHECK(written(baggage{}.set("a", std::string(8191, 'v')).set("b", "2")) == "b=2");
  CHECK(written(exact.set("b", "2")).size() == 8192);
  baggage const coded = baggage{}.set("a", std::string(4000, ' ')).set("b", std::string(2730, ' '));
  CHECK(written(coded) == "b=" + [] {
    std::string all;
    for (int i = 0; i < 2730; ++i) all += "%20";
    return all;
  }());
}

TEST_CASE("what is sent is received") {
  testing::random_text random;
  for (int round = 0; round < testing::random_rounds / 10; ++round) {
    baggage set;
    for (std::size_t i = random.below(6); i > 0; --i) {
      std::string value;
      spanwise::detail::repair_utf8(random.bytes(30), [&value](std::string_view piece) { value += piece; });
      set = set.set(random.of("abcXYZ01!#$%&'*+-.^_`|~", 8, 1), value,
                    random.below(2) == 0 ? "" : random.of("pq=;", 6, 1));
    }
    std::string const header = written(set);
    REQUIRE(header.find_first_of("\r\n") == header.npos);
    REQUIRE(read({header}) == set);
  }
}

TEST_CASE("garbage does no harm") {
  testing::random_text random;
  for (int round = 0; round < testing::random_rounds; ++round) {
    std::string const text = round % 3 == 0   ? random.of("ab=,;% \t\"AF2\xff", 60)
                             : round % 3 == 1 ? random.mutated("a=1;p,b=%c3%a9%ff%e2, c = x ;y,a=2")
                                              : random.bytes(60);
    std::size_t const cut = random.below(text.size() + 1);
    baggage const set = read({std::string_view{text}.substr(0, cut), std::string_view{text}.substr(cut)});
    REQUIRE(set.size() <= 180);
    for (auto const& each : set) {
      REQUIRE(spanwise::detail::valid_utf8(each.value));
      REQUIRE(set.get(each.key) == each.value);
    }
    static_cast<void>(written(set));
  }
}

TEST_CASE("an entry whose name is no token is told of at level debug, and not above") {
  spanwise::baggage const set = spanwise::baggage{}.set("no token", "x");
  {
    diagnostics_log log;
    CHECK(spanwise::detail::write_baggage(set).view().empty());
    CHECK(log.lines().empty());
  }
  diagnostics_log log;
  spanwise::set_diagnostic_level(spanwise::severity::debug);
  CHECK(spanwise::detail::write_baggage(set).view().empty());
  spanwise::set_diagnostic_level(spanwise::severity::info);
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines()[0] == "a baggage entry is not sent because its name is no header token");
}
