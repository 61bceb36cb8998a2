// What environment variables come to: asked of the library with exactly the variables of a request.
#include <spanwise/jaeger.hpp>
#include <spanwise/spanwise.hpp>
#include <spanwise/xray.hpp>

#include "answers.hpp"
#include "diagnostics_heard.hpp"

#include <array>

namespace conformance {
namespace {

using names = std::vector<std::string>;

/// A setting, the variables that say it, and whether the first of these that is set decides alone.
struct answer {
  json value;
  names variables;
  bool first_decides = false;
};

json milliseconds(spanwise::duration time) {
  return time.ns / 1'000'000;
}
json bound(spanwise::duration time) {
  return time.ns == 0 ? json("infinite") : milliseconds(time);
}
json limit(std::uint32_t count) {
  return count == spanwise::span_limits::unlimited ? json(nullptr) : json(count);
}

json pairs(spanwise::key_values const& from) {
  json all = json::object();
  for (auto const& [key, value] : from) all[key] = value;
  return all;
}

answer batch(std::string const& query, spanwise::batch_in_effect const& batch) {
  if (query == "bsp.schedule_delay_ms") return {milliseconds(batch.schedule_delay), {"OTEL_BSP_SCHEDULE_DELAY"}};
  if (query == "bsp.export_timeout_ms") return {bound(batch.export_timeout), {"OTEL_BSP_EXPORT_TIMEOUT"}};
  // The one sentence about both names both.
  if (query == "bsp.max_queue_size") return {batch.max_queue_size, {"OTEL_BSP_MAX_QUEUE_SIZE="}};
  if (query == "bsp.max_export_batch_size")
    return {batch.max_export_batch_size, {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "OTEL_BSP_MAX_QUEUE_SIZE"}};
  throw unsupported{"unknown setting: " + query};
}

answer limits(std::string const& query, spanwise::span_limits const& limits) {
  std::string const general = "OTEL_ATTRIBUTE_COUNT_LIMIT";
  if (query == "limits.span.attribute_count")
    return {limit(limits.attribute_count), {"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", general}, true};
  if (query == "limits.span.attribute_value_length")
    return {limit(limits.attribute_value_length),
            {"OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"},
            true};
  if (query == "limits.span.event_count") return {limit(limits.event_count), {"OTEL_SPAN_EVENT_COUNT_LIMIT"}};
  if (query == "limits.span.link_count") return {limit(limits.link_count), {"OTEL_SPAN_LINK_COUNT_LIMIT"}};
  if (query == "limits.event.attribute_count")
    return {limit(limits.attribute_per_event_count), {"OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", general}, true};
  if (query == "limits.link.attribute_count")
    return {limit(limits.attribute_per_link_count), {"OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", general}, true};
  throw unsupported{"unknown setting: " + query};
}

answer otlp(std::string const& query, spanwise::otlp_in_effect const& otlp) {
  auto const told = [](json value, std::string const& option) {
    return answer{std::move(value), {"OTEL_EXPORTER_OTLP_TRACES_" + option, "OTEL_EXPORTER_OTLP_" + option}, true};
  };
  if (query == "otlp.traces.url") return told(otlp.where.origin() + otlp.where.target, "ENDPOINT");
  if (query == "otlp.traces.protocol") return told(otlp.protocol, "PROTOCOL");
  if (query == "otlp.traces.compression") return told(otlp.compression, "COMPRESSION");
  if (query == "otlp.traces.timeout_ms") return told(bound(otlp.timeout), "TIMEOUT");
  if (query == "otlp.traces.headers") return told(pairs(otlp.headers), "HEADERS");
  throw unsupported{"unknown setting: " + query};
}

/// Stands for an exporter that writes OTLP to standard output, under the name that the specification gives it.
struct otlp_to_stdout {
  static constexpr std::string_view exporter_name = "otlp/stdout";
  spanwise::export_result export_spans(spanwise::span_batch const& batch, spanwise::deadline) noexcept {
    return {.exported = batch.records.size()};
  }
};

answer exporters(spanwise::environment const& env) {
  spanwise::any_of const built{spanwise::otlp_http_protobuf{}, spanwise::console{}, otlp_to_stdout{}};
  json chosen = json::array();
  for (std::string_view const name : spanwise::chosen_exporters(built, env)) chosen.push_back(std::string{name});
  return {chosen, {"OTEL_TRACES_EXPORTER"}};
}

json sampler(spanwise::sampler_in_effect const& chosen) {
  json shown{{"name", chosen.name}};
  if (chosen.ratio) shown["ratio"] = *chosen.ratio;
  return shown;
}

answer find(std::string const& query, spanwise::environment const& env) {
  if (query == "traces_exporters") return exporters(env);
  spanwise::settings_in_effect const settings = spanwise::settings_from<spanwise::jaeger, spanwise::xray>(env);
  if (query == "sdk.disabled") return {settings.disabled, {"OTEL_SDK_DISABLED"}};
  if (query == "sampler") return {sampler(settings.sampler), {"OTEL_TRACES_SAMPLER"}};
  if (query == "propagators") return {settings.propagators, {"OTEL_PROPAGATORS"}};
  if (query == "resource.env") return {pairs(settings.resource), {"OTEL_RESOURCE_ATTRIBUTES", "OTEL_SERVICE_NAME"}};
  if (query.starts_with("bsp.")) return batch(query, settings.batch);
  if (query.starts_with("limits.")) return limits(query, settings.limits);
  return otlp(query, settings.otlp);
}

/// True if a warning about this setting is due: about a variable that was asked for it.
bool warned(answer const& about, spanwise::environment const& env, diagnostics_heard const& heard) {
  for (std::string const& name : about.variables) {
    if (heard.any_with(name)) return true;
    if (about.first_decides && env.text(name)) return false;
  }
  return false;
}

} // namespace

json env(json const& input) {
  spanwise::key_values variables;
  for (auto const& [name, value] : input.at("env").items()) variables.emplace_back(name, value.get<std::string>());
  spanwise::environment const given{std::move(variables)};
  diagnostics_heard const heard;
  answer const found = find(input.at("query").get<std::string>(), given);
  return {{"value", found.value}, {"warn", warned(found, given, heard)}};
}

} // namespace conformance
