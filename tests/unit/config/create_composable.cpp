#include <spanwise/config/create_composable.hpp>
#include <spanwise/config/parse_configuration.hpp>
#include <spanwise/export/memory.hpp>
#include <spanwise/start.hpp>
#include <spanwise/trace/composite_sampler.hpp>

#include "catch.hpp"

using namespace spanwise;

namespace {

sampler_config sampler_of(std::string const& composable) {
  auto const found =
      parse_configuration("file_format: '1.0'\ntracer_provider:\n  processors: [{simple: {exporter: {console: }}}]\n"
                          "  sampler:\n    composite/development:\n" +
                              composable,
                          "f", environment{});
  for (config_fault const& fault : found.faults) FAIL(fault.text());
  return found.tracer_provider->sampler->parts.at(0).second;
}

/// The names of those of some spans that are sampled.
template <class Make> std::string sampled(std::string const& composable, Make const& make) {
  memory_sink sink;
  auto tracing =
      start("test", memory{sink}, {.sampler = composite_sampler{detail::create_composable(sampler_of(composable))}});
  make();
  std::string all;
  for (memory_span const& each : sink.spans()) all += std::string{each.name()} + " ";
  return all;
}

} // namespace

TEST_CASE("rules of a file: the example of the schema") {
  std::string const rules = R"(
      rule_based:
        rules:
          - attribute_values: {key: http.route, values: [/healthz, /livez]}
            sampler: {always_off: }
          - attribute_patterns: {key: http.path, included: [/internal/*], excluded: [/internal/special/*]}
            sampler: {always_on: }
          - parent: [none]
            span_kinds: [client]
            sampler: {probability: {ratio: 1}}
          - sampler: {probability: {ratio: 0}}
)";
  CHECK(sampled(rules, [] {
          { span one{"health", {"http.route", "/healthz"}, {"http.path", "/internal/x"}}; }
          { span one{"internal", {"http.path", "/internal/x"}}; }
          { span one{"special", {"http.path", "/internal/special/x"}}; }
          { span one{"client", {.kind = span_kind::client}}; }
          { span one{"server", {.kind = span_kind::server}}; }
        }) == "internal client ");
}

TEST_CASE("values are compared as text, arrays by their elements, and the last of a key counts") {
  std::string const rules = R"(
      rule_based:
        rules:
          - attribute_values: {key: k, values: ["404", "true", "0.5", x]}
            sampler: {always_on: }
          - attribute_patterns: {key: k, included: ["5*"], excluded: ["59?"]}
            sampler: {always_on: }
          - attribute_patterns: {key: any}
            sampler: {always_on: }
)";
  CHECK(sampled(rules, [] {
          { span one{"whole", {"k", 404}}; }
          { span one{"truth", {"k", true}}; }
          { span one{"part", {"k", 0.5}}; }
          { span one{"text", {"k", "x"}}; }
          { span one{"array", {"k", {"a", "x"}}}; }
          { span one{"numbers", {"k", {1, 404}}}; }
          { span one{"pattern", {"k", 503}}; }
          { span one{"excluded", {"k", 593}}; }
          { span one{"other", {"k", "y"}}; }
          { span one{"none"}; }
          { span one{"overwritten", {"k", "x"}, {"k", "y"}}; }
          { span one{"any", {"any", "z"}}; }
        }) == "whole truth part text array numbers pattern any ");
}

TEST_CASE("conditions on the parent: none, remote, local") {
  auto const with = [](char const* parent) {
    return sampled(std::string{R"(
      rule_based:
        rules:
          - parent: [)"} +
                       parent + R"(]
            sampler: {always_on: }
)",
                   [] {
                     span_context const remote{trace_id::from_hex("0123456789abcdef0123456789abcdef").value(),
                                               span_id::from_hex("0123456789abcdef").value(),
                                               trace_flags{1},
                                               {},
                                               true};
                     { span one{"root"}; }
                     span far{"remote", {.parent = context{remote}}};
                     span near{"local"};
                   });
  };
  CHECK(with("none") == "root ");
  CHECK(with("remote") == "remote ");
  CHECK(with("local") == "local ");
  CHECK(with("none, local") == "root local ");
}

TEST_CASE("what a file makes says what it is, and knows what needs no asking") {
  CHECK(detail::create_composable(sampler_of("      always_on: ")).description().view() == "AlwaysOnSampler");
  CHECK(detail::create_composable(sampler_of("      rule_based: {rules: [{sampler: {always_off: }}]}"))
            .description()
            .view() == "RuleBased{AlwaysOffSampler}");
  auto const threshold =
      detail::create_composable(sampler_of("      parent_threshold: {root: {probability: {ratio: 0.25}}}"));
  CHECK(threshold.description().view() == "ParentThreshold{root:ProbabilitySampler{0.25}}");
  CHECK(threshold.settled(parent_case::local_sampled) == sampling_decision::record_and_sample);
  CHECK_FALSE(threshold.settled(parent_case::none));
}
