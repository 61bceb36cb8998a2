// What the vectors of B3 (vectors.cpp) leave open.
#include <spanwise/context/b3.hpp>
#include <spanwise/start.hpp>
#include <spanwise/trace/detached_span.hpp>

#include "catch.hpp"
#include "recorded.hpp"

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
  testing::recorded const spans;
  for (headers const& from : {headers{{"b3", trace + "-" + caller + "-d"}},
                              headers{{"X-B3-TraceId", trace}, {"X-B3-SpanId", caller}, {"X-B3-Flags", "1"}}}) {
    context const incoming = extract(from, b3{});
    spanwise::span const child{"child", {.parent = incoming}};
    spanwise::span const grandchild{"grandchild"};
    std::string const own{grandchild.context().span().span_id().hex().view()};
    CHECK(written(grandchild.context(), b3{}) == headers{{"b3", trace + "-" + own + "-d"}});
    CHECK(written(current_context(), b3_multi{}) ==
          headers{{"X-B3-TraceId", trace}, {"X-B3-SpanId", own}, {"X-B3-Flags", "1"}});

    spanwise::span const new_trace{"new trace", {.parent = spanwise::root}};
    std::string const sent = written(new_trace.context(), b3{})["b3"];
    CHECK(sent.find(trace) == sent.npos);
    CHECK(sent.substr(49) == "-1");
    detached_span const below{"below", {.parent = incoming}};
    CHECK(written(below.context(), b3{})["b3"].substr(49) == "-d");
  }
}

TEST_CASE("B3: who is asked to decide has decided below, as its sampler says") {
  context const undecided = extract(headers{{"b3", trace + "-" + caller}}, b3{});
  {
    testing::recorded const spans; // parent-based: the sampled bit is clear
    spanwise::span const child{"child", {.parent = undecided}};
    CHECK(written(child.context(), b3{})["b3"].substr(49) == "-0");
  }
  testing::recorded const spans{{.sampler = always_on{}}};
  spanwise::span const child{"child", {.parent = undecided}};
  CHECK(written(child.context(), b3{})["b3"].substr(49) == "-1");
}

TEST_CASE("B3: a sampler can see what the caller left open, or wants to debug") {
  struct asks {
    sampling_result should_sample(sampling_parameters const& asked) const {
      sampling_state const state = sampling_state_of(asked.parent);
      bool const wanted = state == sampling_state::deferred || state == sampling_state::debug;
      return {wanted ? sampling_decision::record_and_sample : sampling_decision::drop};
    }
    sampler_description description() const { return "Asks"; }
  };
  testing::recorded const spans{{.sampler = asks{}}};
  for (auto const& [state, sent] :
       std::map<std::string, std::string>{{"", "-1"}, {"-d", "-d"}, {"-1", "-0"}, {"-0", "-0"}}) {
    spanwise::span const child{"child", {.parent = extract(headers{{"b3", trace + "-" + caller + state}}, b3{})}};
    CHECK(written(child.context(), b3{})["b3"].substr(49) == sent);
  }
}

TEST_CASE("B3: without a pipeline the caller's span is passed on as it came") {
  for (char const* const state : {"", "-0", "-1", "-d"}) {
    headers const from{{"b3", trace + "-" + caller + state}};
    attached const incoming = attach(extract(from, b3{}));
    spanwise::span const child{"child"};
    CHECK(written(child.context(), b3{}) == from);
    CHECK(written(current_context(), b3{}) == from);
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
    CHECK(extract(headers{{"X-B3-TraceId", trace}, {"X-B3-SpanId", caller}, {"X-B3-Sampled", word}}, b3{})
              .span()
              .flags() == trace_flags{sampled ? std::uint8_t{1} : std::uint8_t{0}});
}
