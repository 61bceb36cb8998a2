// What the vectors of B3 (vectors.cpp) leave open.
#include <spanwise/context/b3.hpp>
#include <spanwise/trace/tracer.hpp>

#include "catch.hpp"

#include <map>
#include <string>
#include <vector>

using namespace spanwise;

namespace {

using headers = std::map<std::string, std::string>;

std::string const trace = "9e2b74c10d5f4a36b8e1f7035cda6924";
std::string const caller = "c47f20a9be8d1356";

headers written(context const& from, auto format) {
  headers to;
  inject(from, to, format);
  return to;
}

} // namespace

TEST_CASE("B3: fields are the headers that are written") {
  STATIC_REQUIRE(b3::name == "b3");
  STATIC_REQUIRE(b3::fields().size() == 1);
  CHECK(b3::fields()[0] == "b3");
  STATIC_REQUIRE(b3_multi::name == "b3multi");
  STATIC_REQUIRE(b3_multi::fields().size() == 4);
  CHECK(b3_multi::fields()[3] == "X-B3-Flags");
}

TEST_CASE("B3: what has no valid span is not written") {
  CHECK(written(context{}, b3{}).empty());
  CHECK(written(context{}, b3_multi{}).empty());
}

TEST_CASE("B3: a span that is passed on undecided stays so") {
  context const undecided = extract(headers{{"b3", trace + "-" + caller}}, b3{});
  CHECK(written(undecided, b3{}) == headers{{"b3", trace + "-" + caller}});
  CHECK(written(undecided, b3_multi{}) == headers{{"X-B3-TraceId", trace}, {"X-B3-SpanId", caller}});
}

TEST_CASE("B3: what is below a span to debug is sent as such, in either format; a new root is not") {
  for (headers const& from : {headers{{"b3", trace + "-" + caller + "-d"}},
                              headers{{"X-B3-TraceId", trace}, {"X-B3-SpanId", caller}, {"X-B3-Flags", "1"}}}) {
    attached const incoming = attach(extract(from, b3{}));
    spanwise::span const child{"child"};
    headers const single = written(child.context(), b3{});
    CHECK(single == headers{{"b3", trace + "-" + std::string{child.context().span().span_id().hex().view()} + "-d"}});
    headers const multi = written(current_context(), b3_multi{});
    CHECK(multi.at("X-B3-TraceId") == trace);
    CHECK(multi.at("X-B3-Flags") == "1");
    CHECK(multi.count("X-B3-Sampled") == 0);
  }
}

TEST_CASE("B3: of the values of a name the first counts, and only the first") {
  std::vector<std::pair<std::string, std::string>> from{{"b3", trace + "-" + caller + "-1"}, {"b3", "nonsense"}};
  CHECK(extract(from, b3{}).span().sampled());
  std::swap(from[0], from[1]);
  CHECK(!extract(from, b3{}).span().valid());
}

TEST_CASE("B3: what is malformed leaves the context as it was") {
  context const before = extract(headers{{"b3", trace + "-" + caller + "-d"}}, b3{}).with(baggage{}.set("k", "v"));
  for (char const* const value : {"", "-", "--", "1-2-3", "d", "0"}) {
    context const after = b3{}.extract(headers{{"b3", value}}, before);
    CHECK(after.span() == before.span());
    CHECK(after.baggage() == before.baggage());
    CHECK(sampling_state_of(after) == sampling_state::debug);
  }
}

TEST_CASE("B3: nothing beyond the longest value is looked at") {
  std::string const longest = trace + "-" + caller + "-1-05e3ac9a4f6e3b90";
  CHECK(extract(headers{{"b3", longest}}, b3{}).span().valid());
  CHECK(!extract(headers{{"b3", longest + "0"}}, b3{}).span().valid());
  CHECK(!extract(headers{{"b3", std::string(1 << 20, 'a')}}, b3{}).span().valid());
}

TEST_CASE("B3: the words of earlier times, in any case") {
  for (auto const& [word, sampled] : std::map<std::string, bool>{{"true", true}, {"TRUE", true}, {"False", false}})
    CHECK(extract(headers{{"X-B3-TraceId", trace}, {"X-B3-SpanId", caller}, {"X-B3-Sampled", word}}, b3{}).span().flags() ==
          trace_flags{sampled ? std::uint8_t{1} : std::uint8_t{0}});
}
