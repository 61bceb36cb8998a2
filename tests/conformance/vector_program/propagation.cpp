// The W3C formats: contexts read from the headers of a request, and written into those of another.
#include <spanwise/spanwise.hpp>

#include "answers.hpp"

namespace conformance {
namespace {

headers named(std::string const& name, json const& values) {
  headers result;
  for (json const& value : values) result.emplace_back(name, value.get<std::string>());
  return result;
}

json first_value(headers const& from, std::string_view name) {
  for (auto const& [key, value] : from)
    if (key == name) return value;
  return nullptr;
}

json members(spanwise::trace_state const& state) {
  json all = json::array();
  for (auto const& [key, value] : state) all.push_back({std::string{key}, std::string{value}});
  return all;
}

json changed_state(json const& input) {
  auto const state = spanwise::trace_state::parse(input.at("state").get<std::string>());
  if (!state) throw unsupported{"the state is no trace state"};
  auto const key = input.at("key").get<std::string>();
  auto const operation = input.at("op").get<std::string>();
  if (operation == "get") {
    auto const value = state->get(key);
    return {{"value", value ? json(std::string{*value}) : json(nullptr)}};
  }
  if (operation == "set") return {{"state", std::string{state->set(key, input.at("value").get<std::string>()).text()}}};
  if (operation == "delete") return {{"state", std::string{state->remove(key).text()}}};
  throw unsupported{"unknown operation: " + operation};
}

} // namespace

json traceparent(json const& input) {
  spanwise::trace_context const format;
  spanwise::context const got = spanwise::extract(named("traceparent", input.at("traceparent")), format);
  spanwise::span_context const& span = got.span();
  if (!span.valid()) return {{"valid", false}};
  headers sent;
  spanwise::inject(got, sent, format);
  return {{"valid", true},
          {"trace_id", std::string{span.trace_id().hex().view()}},
          {"span_id", std::string{span.span_id().hex().view()}},
          {"sampled", span.flags().sampled()},
          {"random", span.flags().random()},
          {"reinject", first_value(sent, "traceparent")}};
}

json tracestate(json const& input) {
  if (input.contains("op")) return changed_state(input);
  spanwise::trace_context const format;
  headers from = named("tracestate", input.at("headers"));
  std::string list;
  for (auto const& [name, value] : from) list.append(list.empty() ? "" : ",").append(value);
  from.emplace_back("traceparent", "00-3f9a1c5be27d4d0b8c6e0a47d15f2b93-5ad3e7f1096b2c48-01");
  spanwise::context const got = spanwise::extract(from, format);
  if (!got.span().valid()) throw unsupported{"the span was lost together with the trace state"};
  headers sent;
  spanwise::inject(got, sent, format);
  json const serialized = first_value(sent, "tracestate");
  // Of a state without members only its parser can tell whether it was dropped.
  bool const valid = !got.span().state().empty() || spanwise::trace_state::parse(list).has_value();
  return {{"valid", valid},
          {"members", members(got.span().state())},
          {"serialized", serialized.is_null() ? json("") : serialized}};
}

json baggage(json const& input) {
  spanwise::w3c_baggage const format;
  if (input.contains("headers")) {
    spanwise::context const got = spanwise::extract(named("baggage", input.at("headers")), format);
    json entries = json::array();
    for (auto const& [key, value, metadata] : got.baggage())
      entries.push_back(
          {{"key", std::string{key}}, {"value", std::string{value}}, {"metadata", std::string{metadata}}});
    return {{"entries", entries}};
  }
  spanwise::baggage set;
  for (json const& entry : input.at("entries"))
    set = set.set(entry.at(0).get<std::string>(), entry.at(1).get<std::string>(),
                  entry.size() > 2 ? entry.at(2).get<std::string>() : std::string{});
  headers sent;
  spanwise::inject(spanwise::context{spanwise::span_context{}, set}, sent, format);
  return {{"header", first_value(sent, "baggage")}};
}

} // namespace conformance
