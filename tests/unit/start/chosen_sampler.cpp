#include <spanwise/start.hpp>
#include <spanwise/start/chosen_sampler.hpp>

#include "catch.hpp"
#include "diagnostics_log.hpp"
#include "recorded.hpp"

#include <nlohmann/json.hpp>

#include <fstream>
#include <string>

using spanwise::any_sampler;
using spanwise::chosen_sampler;
using spanwise::environment;
using spanwise::parent_case;
using spanwise::sampling_decision;
using json = nlohmann::json;

namespace {

std::string described(environment const& env) {
  return std::string{chosen_sampler(env).description().view()};
}

constexpr char const* following = ",remoteParentSampled:AlwaysOnSampler,remoteParentNotSampled:AlwaysOffSampler,"
                                  "localParentSampled:AlwaysOnSampler,localParentNotSampled:AlwaysOffSampler}";

/// The sampler of this name, made in code.
any_sampler made(std::string const& name, double ratio) {
  using namespace spanwise;
  if (name == "always_on") return always_on{};
  if (name == "always_off") return always_off{};
  if (name == "traceidratio") return trace_id_ratio{ratio};
  if (name == "parentbased_always_on") return parent_based{always_on{}};
  if (name == "parentbased_always_off") return parent_based{always_off{}};
  if (name == "parentbased_traceidratio") return parent_based{trace_id_ratio{ratio}};
  FAIL("unknown: " << name);
  return {};
}

/// Same description, same knowledge beforehand, same answers.
void check_same(any_sampler const& one, any_sampler const& other) {
  CHECK(one.description().view() == other.description().view());
  for (std::size_t i = 0; i < spanwise::parent_cases; ++i)
    CHECK(one.fixed(static_cast<parent_case>(i)) == other.fixed(static_cast<parent_case>(i)));
  for (char const* id :
       {"5b8aa5a2d2c872e83200000000000000", "5b8aa5a2d2c872e832c0000000000000", "5b8aa5a2d2c872e832ffffffffffffff"})
    for (int i = 0; i < 5; ++i) {
      auto const trace = *spanwise::trace_id::from_hex(id);
      spanwise::context parent;
      if (i != 0)
        parent = parent.with(spanwise::span_context{trace,
                                                    *spanwise::span_id::from_hex("5ad3e7f1096b2c48"),
                                                    {static_cast<std::uint8_t>(i % 2 == 0 ? 3 : 2)},
                                                    {},
                                                    i > 2});
      spanwise::sampling_parameters const asked{parent, trace, "x", {}, {}, {}};
      CHECK(one.should_sample(asked).decision == other.should_sample(asked).decision);
    }
}

} // namespace

TEST_CASE("sampler vectors of the environment") {
  std::ifstream file{std::string{SPANWISE_TEST_VECTORS} + "/env.json"};
  REQUIRE(file);
  std::size_t count = 0;
  json const all = json::parse(file)["vectors"];
  for (json const& each : all) {
    if (each["input"]["query"] != "sampler") continue;
    ++count;
    std::string const id = each["id"];
    CAPTURE(id);
    spanwise::key_values variables;
    for (auto const& [name, value] : each["input"]["env"].items())
      variables.emplace_back(name, value.get<std::string>());
    diagnostics_log const log;
    any_sampler const got = chosen_sampler(environment{variables});
    CHECK(log.lines().empty() != each["expected"]["warn"].get<bool>());
    json const& value = each["expected"]["value"];
    CHECK(got.empty() == (value["name"] == "parentbased_always_on"));
    if (!got.empty()) check_same(got, made(value["name"], value.value("ratio", -1.0)));
  }
  CHECK(count >= 16);
}

TEST_CASE("each name chooses its sampler; what is the default leaves the choice empty") {
  CHECK(chosen_sampler(environment{}).empty());
  CHECK(chosen_sampler(environment{{"OTEL_TRACES_SAMPLER", "parentbased_always_on"}}).empty());
  CHECK(chosen_sampler(environment{{"OTEL_TRACES_SAMPLER", " ParentBased_Always_On "}}).empty());
  CHECK(described({{"OTEL_TRACES_SAMPLER", "always_on"}}) == "AlwaysOnSampler");
  CHECK(described({{"OTEL_TRACES_SAMPLER", "always_off"}}) == "AlwaysOffSampler");
  CHECK(described({{"OTEL_TRACES_SAMPLER", "traceidratio"}, {"OTEL_TRACES_SAMPLER_ARG", "0"}}) ==
        "TraceIdRatioBased{0.0}");
  CHECK(described({{"OTEL_TRACES_SAMPLER", "traceidratio"}}) == "TraceIdRatioBased{1}");
  CHECK(described({{"OTEL_TRACES_SAMPLER", "parentbased_always_off"}}) ==
        std::string{"ParentBased{root:AlwaysOffSampler"} + following);
  CHECK(described({{"OTEL_TRACES_SAMPLER", "parentbased_traceidratio"}, {"OTEL_TRACES_SAMPLER_ARG", "1e-6"}}) ==
        std::string{"ParentBased{root:TraceIdRatioBased{0.000001}"} + following);
}

TEST_CASE("an unknown name and one that needs a server are told, each with what to do") {
  {
    diagnostics_log const log;
    CHECK(chosen_sampler(environment{{"OTEL_TRACES_SAMPLER", "sometimes"}}).empty());
    REQUIRE(log.lines().size() == 1);
    CHECK(log.lines()[0] ==
          "OTEL_TRACES_SAMPLER=sometimes is no sampler; parentbased_always_on is used. Known are always_on, "
          "always_off, traceidratio, and each of these behind parentbased_");
  }
  for (char const* name : {"jaeger_remote", "parentbased_jaeger_remote", "xray", "XRay"}) {
    diagnostics_log const log;
    CHECK(chosen_sampler(environment{{"OTEL_TRACES_SAMPLER", name}, {"OTEL_TRACES_SAMPLER_ARG", "endpoint=http://x"}})
              .empty());
    REQUIRE(log.lines().size() == 1);
    CHECK(log.lines()[0].find("not built in") != std::string::npos);
  }
  diagnostics_log const log;
  CHECK(chosen_sampler(environment{{"OTEL_TRACES_SAMPLER", "parentbased_"}}).empty());
  CHECK(chosen_sampler(environment{{"OTEL_TRACES_SAMPLER", "parentbased_parentbased_always_on"}}).empty());
  CHECK(log.lines().size() == 1);
}

TEST_CASE("a ratio from the environment decides in a pipeline") {
  spanwise::options chosen;
  chosen.sampler = chosen_sampler(
      environment{{"OTEL_TRACES_SAMPLER", "parentbased_traceidratio"}, {"OTEL_TRACES_SAMPLER_ARG", ".25"}});
  testing::recorded trace{spanwise::batch_options{}, std::move(chosen)};
  for (int i = 0; i < 20'000; ++i) {
    spanwise::span const outer{"outer"};
    spanwise::span const inner{"inner"};
  }
  trace.settle();
  CHECK(trace.size() % 2 == 0);
  CHECK(trace.size() > 9'400);
  CHECK(trace.size() < 10'600);
}
