// The test vectors of the environment variables that an exporter reads.
#include <spanwise/export/any_of.hpp>
#include <spanwise/export/otlp_settings.hpp>

#include "catch.hpp"
#include "diagnostics_log.hpp"

#include <nlohmann/json.hpp>

#include <fstream>

using namespace spanwise;
using json = nlohmann::json;

namespace {

json vectors(std::string const& name) {
  std::ifstream file{std::string{SPANWISE_TEST_VECTORS} + "/" + name + ".json"};
  REQUIRE(file);
  return json::parse(file)["vectors"];
}

environment variables(json const& given) {
  key_values held;
  for (auto const& [name, value] : given.items()) held.emplace_back(name, value.get<std::string>());
  return environment{std::move(held)};
}

json pairs(key_values const& from, std::size_t skip = 0) {
  json all = json::object();
  for (std::size_t i = skip; i < from.size(); ++i) all[from[i].first] = from[i].second;
  return all;
}

/// The setting that a vector asks for; null if no exporter reads it.
json setting(std::string const& query, environment const& env) {
  if (query == "sdk.disabled") return env.boolean("OTEL_SDK_DISABLED").value_or(false);
  if (query == "bsp.schedule_delay_ms")
    return env.milliseconds("OTEL_BSP_SCHEDULE_DELAY").value_or(std::chrono::milliseconds{5000}).ns / 1'000'000;
  if (query == "bsp.export_timeout_ms") {
    auto const time = env.milliseconds("OTEL_BSP_EXPORT_TIMEOUT").value_or(std::chrono::milliseconds{30000}).ns / 1'000'000;
    return time == 0 ? json("infinite") : json(time);
  }
  if (query == "bsp.max_queue_size") return env.integer("OTEL_BSP_MAX_QUEUE_SIZE", 1).value_or(2048);
  if (query == "otlp.traces.url") {
    auto const where = choose_endpoint({}, {}, env);
    REQUIRE(where);
    return where->origin() + where->target;
  }
  if (query == "otlp.traces.protocol")
    return std::string{detail::otlp_protocol(env).value_or("http/protobuf")};
  if (query == "otlp.traces.compression") return std::string{detail::otlp_compression(env).value_or("none")};
  if (query == "otlp.traces.timeout_ms") return detail::settle(otlp_http{}, env).timeout.ns / 1'000'000;
  if (query == "otlp.traces.headers") return pairs(detail::settle(otlp_http{}, env).headers, 2);
  if (query == "traces_exporters") {
    detail::choice_name const built[] = {{"otlp", "http/protobuf"}, {"console", ""}, {"zipkin", ""}};
    json names = json::array();
    for (std::size_t const position : detail::choose_exporters(built, env))
      names.push_back(std::string{built[position].exporter});
    return names;
  }
  if (query == "resource.env") {
    json attributes =
        pairs(env.key_value_list("OTEL_RESOURCE_ATTRIBUTES", bad_pair::discards_list).value_or(key_values{}));
    if (auto const name = env.text("OTEL_SERVICE_NAME")) attributes["service.name"] = *name;
    return attributes;
  }
  return nullptr;
}

} // namespace

TEST_CASE("vectors of the environment") {
  int checked = 0;
  for (json const& each : vectors("env")) {
    CAPTURE(each.dump());
    diagnostics_log const log;
    json const value = setting(each["input"]["query"], variables(each["input"]["env"]));
    if (value.is_null()) continue;
    CHECK(value == each["expected"]["value"]);
    CHECK(!log.lines().empty() == each["expected"]["warn"].get<bool>());
    ++checked;
  }
  CHECK(checked == 58);
}
