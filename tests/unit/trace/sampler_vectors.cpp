// All test vectors of samplers, through the public interface.
#include <spanwise/trace/always_record.hpp>
#include <spanwise/trace/composite_sampler.hpp>
#include <spanwise/trace/parent_threshold.hpp>
#include <spanwise/trace/probability.hpp>
#include <spanwise/trace/sampler.hpp>

#include "sampling_fixture.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <fstream>
#include <regex>
#include <string>

using namespace spanwise;
using namespace testing;
using json = nlohmann::json;

namespace {

json named(sampling_decision decision) {
  return decision == sampling_decision::drop          ? "DROP"
         : decision == sampling_decision::record_only ? "RECORD_ONLY"
                                                      : "RECORD_AND_SAMPLE";
}

/// Digits of a threshold, all 14 of them.
json hex_of(std::optional<sampling_threshold> threshold) {
  if (!threshold) return nullptr;
  char text[17];
  std::snprintf(text, sizeof text, "%014llx", static_cast<unsigned long long>(threshold->value()));
  return text;
}

json outcome(sampling_result const& answer, std::string const& before) {
  trace_state const state = answer.state ? *answer.state : *trace_state::parse(before);
  json ot = json::object();
  ot_state{state}.each(
      [&](std::string_view name, std::string_view value, std::string_view) { ot[std::string{name}] = value; });
  json other = json::array();
  for (auto const& [key, value] : state)
    if (key != ot_state::key) other.push_back({std::string{key}, std::string{value}});
  if (answer.state && answer.state->get(ot_state::key)) CHECK((*answer.state->begin()).key == ot_state::key);
  return {{"decision", named(answer.decision)}, {"ot", ot}, {"other", other}};
}

struct telling {
  char const* name;
  std::string* told;
  [[nodiscard]] sampling_result should_sample(sampling_parameters const&) const {
    *told = name;
    return {};
  }
  [[nodiscard]] static sampler_description description() { return "Telling"; }
};

struct saying {
  sampling_decision what;
  [[nodiscard]] sampling_result should_sample(sampling_parameters const&) const { return {what}; }
  [[nodiscard]] static sampler_description description() { return "Saying"; }
};

json answer_to(json const& in) {
  std::string const kind = in["kind"];
  auto const text = [&](char const* name) { return in[name].get<std::string>(); };
  auto const id = [&] { return *trace_id::from_hex(text("trace_id")); };
  if (kind == "th_from_ratio") {
    auto const threshold = sampling_threshold::of_ratio(in["ratio"], in["precision"]);
    return {{"th", threshold ? json(threshold->text().view()) : json(nullptr)}};
  }
  if (kind == "th_parse") return {{"threshold_hex", hex_of(sampling_threshold::parse(text("text")))}};
  if (kind == "th_format")
    return {{"th", sampling_threshold{std::stoull(text("threshold_hex"), nullptr, 16)}.text().view()}};
  if (kind == "rv_parse") return {{"valid", trace_randomness::parse(text("text")).has_value()}};
  if (kind == "ratio_from_th") {
    auto const threshold = sampling_threshold::parse(text("th"));
    return {{"probability", threshold->probability()}, {"adjusted_count", threshold->adjusted_count()}};
  }
  if (kind == "probability") {
    auto const parent = parent_of(id(), text("tracestate"));
    auto const one = outcome(ask_below(probability{in["ratio"], in["precision"]}, parent), text("tracestate"));
    CHECK(one ==
          outcome(ask_below(composite_sampler{probability{in["ratio"], in["precision"]}}, parent), text("tracestate")));
    return one;
  }
  if (kind == "parent_threshold") {
    auto const parent = parent_of(id(), text("tracestate"), in["parent_sampled"].get<bool>() ? 3 : 2);
    return outcome(ask_below(composite_sampler{parent_threshold{always_on{}}}, parent), text("tracestate"));
  }
  if (kind == "traceidratio") return {{"decision", named(ask_root(trace_id_ratio{in["ratio"]}, id()).decision)}};
  if (kind == "parent_based") {
    std::string told;
    parent_based const five{telling{"root", &told}, telling{"remote_parent_sampled", &told},
                            telling{"remote_parent_not_sampled", &told}, telling{"local_parent_sampled", &told},
                            telling{"local_parent_not_sampled", &told}};
    if (in["has_parent"].get<bool>())
      static_cast<void>(
          ask_below(five, parent_of(id_with(1), "", in["sampled"].get<bool>() ? 3 : 2, in["remote"].get<bool>())));
    else static_cast<void>(ask_root(five, id_with(1)));
    return {{"delegate", told}};
  }
  if (kind == "always_record") {
    auto const wrapped = text("wrapped") == "DROP"          ? sampling_decision::drop
                         : text("wrapped") == "RECORD_ONLY" ? sampling_decision::record_only
                                                            : sampling_decision::record_and_sample;
    return {{"decision", named(ask_root(always_record{saying{wrapped}}, id_with(0)).decision)}};
  }
  if (kind == "description") {
    std::string const which = text("sampler");
    if (which == "always_on") return {{"text", described(always_on{})}};
    if (which == "always_off") return {{"text", described(always_off{})}};
    if (which == "traceidratio") return {{"text", described(trace_id_ratio{in["ratio"]})}};
  }
  return {{"unknown kind", kind}};
}

} // namespace

TEST_CASE("sampler vectors") {
  std::ifstream file{std::string{SPANWISE_TEST_VECTORS} + "/samplers.json"};
  REQUIRE(file);
  json const all = json::parse(file)["vectors"];
  REQUIRE(all.size() >= 107);
  for (json const& each : all) {
    std::string const id = each["id"];
    CAPTURE(id);
    json const got = answer_to(each["input"]);
    json const& expected = each["expected"];
    if (expected.contains("regex"))
      CHECK(std::regex_search(got.value("text", ""), std::regex{expected["regex"].get<std::string>()}));
    else CHECK(got == expected);
  }
}
