// The test vectors of environment variables: what the library says that they come to.
#include <spanwise/export/any_of.hpp>
#include <spanwise/export/console.hpp>
#include <spanwise/export/otlp_http.hpp>
#include <spanwise/jaeger.hpp>
#include <spanwise/start/settings.hpp>
#include <spanwise/xray.hpp>

#include "catch.hpp"
#include "diagnostics_log.hpp"

#include <nlohmann/json.hpp>

#include <fstream>

using namespace spanwise;
using json = nlohmann::json;

namespace {

environment variables(json const& given) {
  key_values held;
  for (auto const& [name, value] : given.items()) held.emplace_back(name, value.get<std::string>());
  return environment{std::move(held)};
}

json pairs(key_values const& from) {
  json all = json::object();
  for (auto const& [name, value] : from) all[name] = value;
  return all;
}

json milliseconds(duration time) {
  return time.ns / 1'000'000;
}

json limit(std::uint32_t count) {
  return count == span_limits::unlimited ? json(nullptr) : json(count);
}

json exporters(environment const& env) {
  any_of const built{otlp_http_protobuf{}, console{}};
  json names = json::array();
  for (std::string_view const name : chosen_exporters(built, env)) names.push_back(std::string{name});
  return names;
}

json sampler(sampler_in_effect const& chosen) {
  json shown{{"name", chosen.name}};
  if (chosen.ratio) shown["ratio"] = *chosen.ratio;
  return shown;
}

/// The setting that a vector asks for.
json setting(std::string const& query, environment const& env) {
  if (query == "traces_exporters") return exporters(env);
  settings_in_effect const all = settings_from<jaeger, xray>(env);
  if (query == "sdk.disabled") return all.disabled;
  if (query == "sampler") return sampler(all.sampler);
  if (query == "propagators") return all.propagators;
  if (query == "resource.env") return pairs(all.resource);
  if (query == "bsp.schedule_delay_ms") return milliseconds(all.batch.schedule_delay);
  if (query == "bsp.export_timeout_ms")
    return all.batch.export_timeout.ns == 0 ? json("infinite") : milliseconds(all.batch.export_timeout);
  if (query == "bsp.max_queue_size") return all.batch.max_queue_size;
  if (query == "bsp.max_export_batch_size") return all.batch.max_export_batch_size;
  if (query == "limits.span.attribute_count") return limit(all.limits.attribute_count);
  if (query == "limits.span.attribute_value_length") return limit(all.limits.attribute_value_length);
  if (query == "limits.span.event_count") return limit(all.limits.event_count);
  if (query == "limits.span.link_count") return limit(all.limits.link_count);
  if (query == "limits.event.attribute_count") return limit(all.limits.attribute_per_event_count);
  if (query == "limits.link.attribute_count") return limit(all.limits.attribute_per_link_count);
  if (query == "otlp.traces.url") return all.otlp.where.origin() + all.otlp.where.target;
  if (query == "otlp.traces.protocol") return all.otlp.protocol;
  if (query == "otlp.traces.compression") return all.otlp.compression;
  if (query == "otlp.traces.timeout_ms") return milliseconds(all.otlp.timeout);
  if (query == "otlp.traces.headers") return pairs(all.otlp.headers);
  return "unknown query";
}

} // namespace

TEST_CASE("vectors of the environment") {
  std::ifstream file{SPANWISE_TEST_VECTORS "/env.json"};
  REQUIRE(file);
  json const all = json::parse(file)["vectors"];
  CHECK(all.size() >= 95);
  for (json const& each : all) {
    CAPTURE(each.dump());
    diagnostics_log const log;
    CHECK(setting(each["input"]["query"], variables(each["input"]["env"])) == each["expected"]["value"]);
    CHECK(!log.lines().empty() == each["expected"]["warn"].get<bool>());
  }
}
