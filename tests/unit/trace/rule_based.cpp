#include <spanwise/trace/adjustable_ratio.hpp>
#include <spanwise/trace/annotating.hpp>
#include <spanwise/trace/composite_sampler.hpp>
#include <spanwise/trace/current_span.hpp>
#include <spanwise/trace/parent_threshold.hpp>
#include <spanwise/trace/probability.hpp>
#include <spanwise/trace/rate_limiting.hpp>
#include <spanwise/trace/rule_based.hpp>
#include <spanwise/trace/sampler.hpp>
#include <spanwise/trace/tracer.hpp>

#include "diagnostics_log.hpp"
#include "recorded.hpp"
#include "sampling_fixture.hpp"

#include <stdexcept>

using namespace spanwise;
using namespace testing;

namespace {

/// The share of a million roots of this name that are kept, of a pipeline that has just begun.
double share_of(recorded& trace, std::string_view name, span_kind kind = {}) {
  constexpr int roots = 1'000'000;
  auto const before = trace.counts().sampled_out;
  for (int i = 0; i < roots; ++i) span const request{name, {.kind = kind}};
  return 1 - static_cast<double>(trace.counts().sampled_out - before) / roots;
}

struct deciding {
  sampling_decision what;
  [[nodiscard]] sampling_result should_sample(sampling_parameters const&) const { return {what}; }
  [[nodiscard]] static sampler_description description() { return "Deciding"; }
};

} // namespace

TEST_CASE("each rule keeps its share of a million roots") {
  recorded trace{batch_options{},
                 sampled_by(parent_based{rule_based{
                     rule{name_is{"/checkout"}, trace_id_ratio{0.05}},
                     rule{name_like{"/admin/*"}, kind_is{span_kind::server}, always_on{}}, trace_id_ratio{0.1}}})};
  CHECK(share_of(trace, "/checkout") == Approx(0.05).margin(0.003)); // fourteen standard deviations
  CHECK(share_of(trace, "/cart") == Approx(0.1).margin(0.003));      // ten
  trace.was_stopped();
}

TEST_CASE("the first rule that matches counts, all its conditions must be met, and the rest has its sampler") {
  rule_based const rules{rule{name_is{"a"}, kind_is{span_kind::server}, always_off{}}, rule{name_is{"a"}, always_on{}},
                         rule{attribute_is{"important", true}, probability{1}},
                         deciding{sampling_decision::record_only}};
  auto const ask = [&](std::string_view name, span_kind kind) {
    return rules.should_sample({context{}, id_with(0), name, kind, {}, {}}).decision;
  };
  CHECK(ask("a", span_kind::server) == sampling_decision::drop);
  CHECK(ask("a", span_kind::client) == sampling_decision::record_and_sample);
  CHECK(ask("b", span_kind::server) == sampling_decision::record_only);
}

TEST_CASE("without a sampler for the rest, what no rule matches is dropped") {
  rule_based const rules{rule{name_is{"a"}, always_on{}}};
  CHECK(kept(ask_root(rules, id_with(0), "a")));
  CHECK(!kept(ask_root(rules, id_with(0), "b")));
  composite_sampler const composed{rules};
  CHECK(kept(ask_root(composed, id_with(0), "a")));
  CHECK(!kept(ask_root(composed, id_with(0), "b")));
}

TEST_CASE("a rule sees the attributes that a span starts with, and a lambda is a condition too") {
  recorded trace{sampled_by(
      parent_based{rule_based{rule{attribute_is{"http.route", "/health"}, always_off{}},
                              rule{[](starting_span const& asked) { return !asked.links.empty(); }, always_on{}},
                              rule{has_attribute{"user.id"}, always_on{}}}})};
  { span const one{"x", {"http.route", "/health"}, {"user.id", 7}}; }
  { span const one{"kept", {"user.id", 7}}; }
  {
    span late{"x"};
    late.set("user.id", 7);
  }
  { span const one{"linked", {.links = {{parent_of(id_with(1), "").span()}}}}; }
  CHECK(trace.size() == 2);
  CHECK(trace["kept"].trace_state().empty());
}

TEST_CASE("composed, the threshold of the rule is told") {
  recorded trace{sampled_by(composite_sampler{parent_threshold{
      rule_based{rule{name_is{"/checkout"}, annotating{probability{1}, {{"sampling.rule", "checkout"}}}},
                 rule{name_is{"/cart"}, always_on{}}, rule{name_is{"/off"}, always_off{}},
                 rule{name_is{"/some"}, rate_limiting{0.001}}, adjustable_ratio{0}}}})};
  { span const one{"/checkout"}; }
  { span const one{"/cart"}; }
  { span const one{"/off"}; }
  for (int i = 0; i < 3; ++i) span const one{"/some"};
  { span const one{"/rest"}; }
  CHECK(trace.size() == 3);
  CHECK(trace["/checkout"].trace_state() == "ot=th:0");
  CHECK(shown(trace["/checkout"].attributes()) == "{sampling.rule: \"checkout\"}");
  CHECK(trace["/some"].trace_state().empty());
}

TEST_CASE("a condition that throws drops its span") {
  diagnostics_log const log;
  recorded trace{
      sampled_by(rule_based{rule{[](starting_span const&) -> bool { throw std::runtime_error{"no"}; }, always_on{}}})};
  { span const one{"x"}; }
  CHECK(trace.counts().sampled_out == 1);
  CHECK(log.lines().size() == 1);
}

TEST_CASE("rules say of themselves what they are") {
  CHECK(described(rule_based{rule{name_is{"/checkout"}, kind_is{span_kind::server}, trace_id_ratio{0.05}},
                             rule{[](starting_span const&) { return true; }, always_off{}}, trace_id_ratio{0.1}}) ==
        "RuleBased{name=/"
        "checkout&kind=server:TraceIdRatioBased{0.05},condition:AlwaysOffSampler,TraceIdRatioBased{0.1}}");
  static_assert(sampler<rule_based<rule<name_is, probability>>> &&
                composable_sampler<rule_based<rule<name_is, probability>>>);
  static_assert(sampler<rule_based<rule<name_is, trace_id_ratio>>> &&
                !composable_sampler<rule_based<rule<name_is, trace_id_ratio>>>);
  static_assert(!sampler<rule_based<rule<name_is, parent_threshold<probability>>>>);
}
