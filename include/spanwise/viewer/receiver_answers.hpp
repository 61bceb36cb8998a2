// The JSON that the receiver answers with under /api: what a test, a script or a page asks about the traces it holds.
// Times are nanoseconds; those since 1970 are decimal text, as in OTLP/JSON, durations are numbers.
#pragma once

#include <spanwise/viewer/otlp_json_writer.hpp>
#include <spanwise/viewer/trace_intake.hpp>
#include <spanwise/viewer/trace_store.hpp>
#include <spanwise/viewer/trace_summary.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spanwise::inline SPANWISE_ABI {

/// Which traces to list, newest first.
struct trace_query {
  std::size_t limit = 100;
  std::string service{};       ///< only traces that pass this service, if not empty
  std::optional<bool> error{}; ///< only traces with, or without, a span that failed
};

namespace detail {

using shown_json = nlohmann::ordered_json;

template <class Json> [[nodiscard]] std::string to_text(Json const& json, int indent = -1) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

[[nodiscard]] inline shown_json listed(trace_summary const& trace) {
  return {{"traceId", std::string{trace.id.hex().view()}},
          {"service", trace.service},
          {"name", trace.name},
          {"startTimeUnixNano", std::to_string(trace.start.unix_ns)},
          {"durationNano", trace.duration_ns()},
          {"spans", trace.spans},
          {"errors", trace.errors},
          {"services", trace.services},
          {"roots", trace.roots},
          {"orphans", trace.orphans},
          {"whole", trace.whole()}};
}

} // namespace detail

/// Calls `visit` with each trace that is asked for and its summary, newest first.
template <class Visit> void for_each_match(trace_store const& store, trace_query const& query, Visit visit) {
  std::vector<received_trace> const traces = store.traces();
  std::size_t left = query.limit;
  for (auto trace = traces.rbegin(); trace != traces.rend() && left != 0; ++trace) {
    trace_summary const row = summarize(*trace);
    auto const& services = row.services;
    if (!query.service.empty() && std::find(services.begin(), services.end(), query.service) == services.end())
      continue;
    if (query.error && *query.error != (row.errors != 0)) continue;
    visit(*trace, row);
    --left;
  }
}

/// {"traces": [{"traceId": …, "service": …, "name": …, "durationNano": …, …}]}, newest first.
[[nodiscard]] inline nlohmann::ordered_json traces_answer(trace_store const& store, trace_query const& query) {
  auto rows = detail::shown_json::array();
  for_each_match(store, query,
                 [&](received_trace const&, trace_summary const& row) { rows.push_back(detail::listed(row)); });
  return {{"traces", std::move(rows)}};
}

/// The spans of a trace as one OTLP/JSON request: each field as it came, spans of one source brought together.
[[nodiscard]] inline nlohmann::ordered_json trace_answer(received_trace const& trace) {
  using detail::shown_json;
  struct scope_group {
    span_source const* source;
    shown_json spans;
  };
  std::vector<std::pair<span_source const*, std::vector<scope_group>>> resources;
  for (auto const& each : trace.spans) {
    span_source const& source = each->source();
    auto resource = std::find_if(resources.begin(), resources.end(), [&](auto const& one) {
      return one.first->resource == source.resource && one.first->resource_schema_url == source.resource_schema_url;
    });
    if (resource == resources.end()) resource = resources.insert(resource, {&source, {}});
    auto& scopes = resource->second;
    auto scope = std::find_if(scopes.begin(), scopes.end(), [&](auto const& one) { return *one.source == source; });
    if (scope == scopes.end()) scope = scopes.insert(scope, {&source, shown_json::array()});
    scope->spans.push_back(detail::to_otlp_json(detail::as_bytes(each->message()), detail::otlp::span()));
  }
  auto resource_spans = shown_json::array();
  for (auto& [source, scopes] : resources) {
    shown_json one{{"resource", detail::to_otlp_json(detail::as_bytes(source->resource), detail::otlp::resource())},
                   {"scopeSpans", shown_json::array()}};
    for (scope_group& group : scopes) {
      shown_json scope{{"scope", detail::to_otlp_json(detail::as_bytes(group.source->scope), detail::otlp::scope())},
                       {"spans", std::move(group.spans)}};
      if (!group.source->scope_schema_url.empty()) scope["schemaUrl"] = group.source->scope_schema_url;
      one["scopeSpans"].push_back(std::move(scope));
    }
    if (!source->resource_schema_url.empty()) one["schemaUrl"] = source->resource_schema_url;
    resource_spans.push_back(std::move(one));
  }
  return {{"resourceSpans", std::move(resource_spans)}};
}

/// {"operations": [{"service": …, "name": …, "count": …, "errors": …, "p50Nano": …, "p99Nano": …, "maxNano": …}]}.
[[nodiscard]] inline nlohmann::ordered_json operations_answer(trace_store const& store) {
  auto rows = detail::shown_json::array();
  for (operation_summary const& one : operations_of(store.traces()))
    rows.push_back({{"service", one.service},
                    {"name", one.name},
                    {"count", one.count},
                    {"errors", one.errors},
                    {"p50Nano", one.p50_ns},
                    {"p99Nano", one.p99_ns},
                    {"maxNano", one.max_ns}});
  return {{"operations", std::move(rows)}};
}

/// Counters since the start or the last clear.
[[nodiscard]] inline nlohmann::ordered_json stats_answer(trace_store const& store, request_counts const& requests) {
  store_counts const counts = store.counts();
  auto services = detail::shown_json::object();
  for (auto const& [name, service] : counts.services)
    services[name] = {{"spans", service.spans}, {"errors", service.errors}};
  auto remarks = detail::shown_json::object();
  for (auto const& [sentence, count] : requests.remarks) remarks[std::string{sentence}] = count;
  return {{"spans", counts.spans},
          {"duplicates", counts.duplicates},
          {"rejected", requests.rejected_spans},
          {"evicted", counts.evicted},
          {"batches", requests.batches},
          {"refused", requests.refused},
          {"faults", requests.faults},
          {"held", {{"traces", counts.held_traces}, {"spans", counts.held_spans}, {"bytes", counts.held_bytes}}},
          {"services", std::move(services)},
          {"remarks", std::move(remarks)}};
}

/// {"traces": {"<trace id>": {"<span id>": times it came}}}: what really arrived, for counting.
[[nodiscard]] inline nlohmann::json span_ids_answer(trace_store const& store) {
  auto traces = nlohmann::json::object();
  for (received_trace const& trace : store.traces()) {
    auto spans = nlohmann::json::object();
    for (auto const& each : trace.spans) {
      span_id const id = each->view().span_id();
      spans[std::string{id.hex().view()}] = store.arrivals(trace.id, id);
    }
    traces[std::string{trace.id.hex().view()}] = std::move(spans);
  }
  return {{"traces", std::move(traces)}};
}

} // namespace spanwise::inline SPANWISE_ABI
