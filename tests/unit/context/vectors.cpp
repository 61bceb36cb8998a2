// All test vectors of propagation, through the public interface: carriers in, values and headers out.
#include <spanwise/context/b3.hpp>
#include <spanwise/context/environment_carrier.hpp>
#include <spanwise/context/jaeger.hpp>
#include <spanwise/context/xray.hpp>

#include "catch.hpp"

#include <nlohmann/json.hpp>

#include <fstream>
#include <string>
#include <vector>

using namespace spanwise;
using json = nlohmann::json;

namespace {

using headers = std::vector<std::pair<std::string, std::string>>;

std::string const valid_parent = "00-3f9a1c5be27d4d0b8c6e0a47d15f2b93-5ad3e7f1096b2c48-01";

json vectors(std::string const& name, std::size_t least) {
  std::ifstream file{std::string{SPANWISE_TEST_VECTORS} + "/" + name + ".json"};
  REQUIRE(file);
  json all = json::parse(file)["vectors"];
  REQUIRE(all.size() >= least);
  return all;
}

headers named(std::string const& name, json const& values) {
  headers result;
  for (json const& value : values) result.emplace_back(name, value.get<std::string>());
  return result;
}

json first_value(headers const& from, std::string const& name) {
  for (auto const& [key, value] : from)
    if (key == name) return value;
  return nullptr;
}

json state_members(trace_state const& state) {
  json members = json::array();
  for (auto const& [key, value] : state) members.push_back({std::string{key}, std::string{value}});
  return members;
}

void check_trace_state(json const& input, json const& expected) {
  if (input.contains("headers")) {
    headers from = named("tracestate", input["headers"]);
    from.emplace_back("traceparent", valid_parent);
    context const got = extract(from);
    CHECK(got.span().valid());
    CHECK(got.span().state().empty() == expected["members"].empty());
    CHECK(state_members(got.span().state()) == expected["members"]);
    headers to;
    inject(got, to);
    json const sent = first_value(to, "tracestate");
    CHECK((sent.is_null() ? json("") : sent) == expected["serialized"]);
    return;
  }
  auto const state = trace_state::parse(input["state"].get<std::string>());
  REQUIRE(state);
  std::string const key = input["key"];
  if (input["op"] == "get") {
    auto const value = state->get(key);
    CHECK((value ? json(std::string{*value}) : json(nullptr)) == expected["value"]);
    return;
  }
  std::string const before{state->text()};
  trace_state const changed =
      input["op"] == "set" ? state->set(key, input["value"].get<std::string>()) : state->remove(key);
  CHECK(std::string{changed.text()} == expected["state"]);
  CHECK(state->text() == before);
}

void check_baggage(json const& input, json const& expected) {
  if (input.contains("headers")) {
    json entries = json::object();
    baggage const got = extract(named("baggage", input["headers"])).baggage();
    for (auto const& [key, value, metadata] : got)
      entries[std::string{key}] = {std::string{value}, std::string{metadata}};
    json wanted = json::object();
    for (json const& entry : expected["entries"])
      wanted[entry["key"].get<std::string>()] = {entry["value"], entry["metadata"]};
    CHECK(entries == wanted);
    CHECK(got.size() == expected["entries"].size());
    return;
  }
  baggage set;
  for (json const& entry : input["entries"])
    set = set.set(entry[0].get<std::string>(), entry[1].get<std::string>(),
                  entry.size() > 2 ? entry[2].get<std::string>() : "");
  headers to;
  inject(context{span_context{}, set}, to);
  CHECK(first_value(to, "baggage") == expected["header"]);
}

void check_extracted(context const& got, json const& expected) {
  span_context const& span = got.span();
  CHECK(span.valid() == expected["valid"].get<bool>());
  if (!span.valid()) return;
  CHECK(span.trace_id().hex() == expected["trace_id"].get<std::string>());
  CHECK(span.span_id().hex() == expected["span_id"].get<std::string>());
  CHECK(span.sampled() == expected["sampled"].get<bool>());
  CHECK(span.remote());
  CHECK((sampling_state_of(got) == sampling_state::debug) == expected.value("debug", false));
  CHECK((sampling_state_of(got) == sampling_state::deferred) == expected.value("deferred", false));
}

context extract_as(std::string const& format, headers const& from) {
  if (format == "jaeger") return extract(from, jaeger{});
  if (format == "xray") return extract(from, xray{});
  REQUIRE(format == "b3");
  return extract(from, b3{});
}

/// The context that a message of b3 would have brought; only there has "debug" a place.
context described(json const& given) {
  bool const debug = given.value("debug", false);
  char const* const state = debug ? "-d" : given["sampled"].get<bool>() ? "-1" : "-0";
  return extract(
      headers{{"b3", given["trace_id"].get<std::string>() + "-" + given["span_id"].get<std::string>() + state}}, b3{});
}

headers injected_as(std::string const& format, context const& from) {
  headers to;
  if (format == "single") inject(from, to, b3{});
  if (format == "multi") inject(from, to, b3_multi{});
  if (format == "jaeger") inject(from, to, jaeger{});
  if (format == "xray") inject(from, to, xray{});
  return to;
}

} // namespace

TEST_CASE("vectors of traceparent") {
  for (json const& vector : vectors("traceparent", 81)) {
    INFO(vector.dump());
    json const& expected = vector["expected"];
    context const got = extract(named("traceparent", vector["input"]["traceparent"]));
    span_context const& span = got.span();
    CHECK(span.valid() == expected["valid"].get<bool>());
    headers to;
    inject(got, to);
    CHECK(to.size() == (span.valid() ? 1U : 0U));
    if (!span.valid()) continue;
    CHECK(span.trace_id().hex() == expected["trace_id"].get<std::string>());
    CHECK(span.span_id().hex() == expected["span_id"].get<std::string>());
    CHECK(span.flags().sampled() == expected["sampled"].get<bool>());
    CHECK(span.flags().random() == expected["random"].get<bool>());
    CHECK(span.remote());
    CHECK(first_value(to, "traceparent") == expected["reinject"]);
  }
}

TEST_CASE("vectors of tracestate") {
  for (json const& vector : vectors("tracestate", 65)) {
    INFO(vector.dump());
    check_trace_state(vector["input"], vector["expected"]);
  }
}

TEST_CASE("vectors of baggage") {
  for (json const& vector : vectors("baggage", 56)) {
    INFO(vector.dump());
    check_baggage(vector["input"], vector["expected"]);
  }
}

TEST_CASE("vectors of B3, Jaeger and X-Ray") {
  for (json const& vector : vectors("b3_jaeger_xray", 77)) {
    INFO(vector.dump());
    json const& input = vector["input"];
    json const& expected = vector["expected"];
    if (input.contains("inject")) {
      json sent = json::object();
      for (auto const& [name, value] : injected_as(input["inject"], described(input["context"]))) sent[name] = value;
      CHECK(sent == expected["headers"]);
      continue;
    }
    headers from;
    for (auto const& [name, value] : input["headers"].items()) from.emplace_back(name, value.get<std::string>());
    check_extracted(extract_as(input["format"], from), expected);
    if (input["format"] == "b3") check_extracted(extract(from, b3_multi{}), expected);
  }
}

TEST_CASE("vectors of environment variables as carriers") {
  std::size_t seen = 0;
  for (json const& vector : vectors("resource_status", 24)) {
    if (!vector["input"].contains("env_key")) continue;
    INFO(vector.dump());
    ++seen;
    environment_name const name{vector["input"]["env_key"].get<std::string>()};
    CHECK(name.view() == vector["expected"]["key"].get<std::string>());
    CHECK(std::string{name.c_str()} == name.view());
    CHECK(environment_name::is_normal(name.view()));
  }
  CHECK(seen == 7);
}
