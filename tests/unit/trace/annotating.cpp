#include <spanwise/trace/annotating.hpp>
#include <spanwise/trace/composite_sampler.hpp>
#include <spanwise/trace/probability.hpp>
#include <spanwise/trace/tracer.hpp>

#include "diagnostics_log.hpp"
#include "recorded.hpp"
#include "sampling_fixture.hpp"

#include <vector>

using spanwise::always_on;
using spanwise::annotating;
using spanwise::composite_sampler;
using spanwise::probability;
using namespace testing;

namespace {

auto from_passing_texts() {
  std::string const value(40, 'v');
  std::string const key{"key.made.at.run.time"};
  return annotating{always_on{},
                    {{spanwise::any_key{key}, value}, {"n", 3}, {"half", 0.5}, {"yes", true}, {"empty", ""}}};
}

} // namespace

TEST_CASE("attributes are copied, and win over the span's own") {
  recorded trace{sampled_by(composite_sampler{from_passing_texts()})};
  { spanwise::span const span{"x", {"n", 1}, {"own", 2}}; }
  CHECK(trace.attributes() ==
        "{n: 3, own: 2, key.made.at.run.time: \"" + std::string(40, 'v') + "\", half: 0.5, yes: true, empty: \"\"}");
}

TEST_CASE("several around one another: all their attributes, the outer ones win") {
  recorded trace{
      sampled_by(composite_sampler{annotating{annotating{probability{1}, {{"a", 1}, {"b", 1}}}, {{"b", 2}}}})};
  { spanwise::span const span{"x"}; }
  CHECK(trace.attributes() == "{a: 1, b: 2}");
  CHECK(trace.only().trace_state() == "ot=th:0");
}

TEST_CASE("arrays are refused, more than four groups too, and both are told") {
  diagnostics_log const log;
  std::vector<int> const numbers{1, 2};
  annotating const some{always_on{}, {{"list", numbers}, {"a", 1}}};
  CHECK(ask_root(composite_sampler{some}, id_with(0)).attributes.groups()[0].size() == 1);
  REQUIRE(log.lines().size() == 1);
  annotating const five{annotating{annotating{annotating{some, {{"b", 1}}}, {{"c", 1}}}, {{"d", 1}}}, {{"e", 1}}};
  CHECK(ask_root(composite_sampler{five}, id_with(0)).attributes.groups().size() == 4);
  CHECK(log.lines().size() == 2);
  CHECK(described(five) == "Annotating{Annotating{Annotating{Annotating{Annotating{AlwaysOnSampler,a},b},c},d},e}");
}
