#include <spanwise/pipeline/default_resource.hpp>

#include "diagnostics_log.hpp"
#include "probe.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <set>

using namespace testing;
using spanwise::environment;
using spanwise::resource;
using spanwise::detail::default_resource;

namespace {

std::map<std::string, std::string> texts_of(resource const& from) {
  std::map<std::string, std::string> found;
  for (auto const& each : from.attributes()) {
    INFO(each.key);
    CHECK(found.emplace(each.key, each.value.as_string()).second); // no key twice
  }
  return found;
}

bool is_random_uuid(std::string const& text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < 36; ++i) {
    bool const dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash != (text[i] == '-')) return false;
    if (!dash && std::string_view{"0123456789abcdef"}.find(text[i]) == std::string_view::npos) return false;
  }
  return text[14] == '4' && std::string_view{"89ab"}.find(text[19]) != std::string_view::npos;
}

struct rack_detector {
  static constexpr std::string_view name = "rack";
  resource detect(environment const&) const {
    resource found;
    found.set({"rack.name", "r7"});
    found.set({"service.name", "not that"});
    found.set_schema_url("https://example.org/1");
    return found;
  }
};

} // namespace

TEST_CASE("with nothing said a service is unknown, by the name of its program, and the SDK names itself") {
  auto const found = texts_of(default_resource(environment{}, {}));
  CHECK(found.at("service.name").starts_with("unknown_service:"));
  CHECK(found.at("service.name").find('/') == std::string::npos);
  CHECK(found.at("service.name") == "unknown_service:" + spanwise::detail::program_name());
  CHECK(found.at("telemetry.sdk.name") == "spanwise");
  CHECK(found.at("telemetry.sdk.language") == "cpp");
  CHECK(found.at("telemetry.sdk.version") == SPANWISE_VERSION);
  CHECK(is_random_uuid(found.at("service.instance.id")));
  CHECK(found.size() == 5);
}

TEST_CASE("each start is another instance") {
  std::set<std::string> ids;
  for (int i = 0; i < 100; ++i) ids.insert(texts_of(default_resource(environment{}, {}))["service.instance.id"]);
  CHECK(ids.size() == 100);
}

TEST_CASE("code beats OTEL_SERVICE_NAME, which beats OTEL_RESOURCE_ATTRIBUTES, which beat the defaults") {
  environment const all{
      {"OTEL_SERVICE_NAME", "by-name"},
      {"OTEL_RESOURCE_ATTRIBUTES", "service.name=by-list,team=a,telemetry.sdk.name=mine,service.instance.id=7"}};
  resource code;
  code.set({"service.name", "by-code"});
  code.set({"team", "b"});
  auto found = texts_of(default_resource(all, code));
  CHECK(found["service.name"] == "by-code");
  CHECK(found["team"] == "b");
  CHECK(found["telemetry.sdk.name"] == "mine");
  CHECK(found["service.instance.id"] == "7");

  found = texts_of(default_resource(all, {}));
  CHECK(found["service.name"] == "by-name");
  CHECK(found["team"] == "a");

  found = texts_of(default_resource(environment{{"OTEL_RESOURCE_ATTRIBUTES", "service.name=by-list"}}, {}));
  CHECK(found["service.name"] == "by-list");
}

TEST_CASE("what detectors found beats the defaults, and everything else beats it") {
  diagnostics_log const log;
  resource detected;
  for (auto const* key : {"service.name", "service.instance.id", "team", "zone", "host.name"})
    detected.set({spanwise::any_key{key}, "detected"});
  detected.set_schema_url("https://example.org/1");
  resource code;
  code.set({"zone", "by-code"});
  environment const env{{"OTEL_SERVICE_NAME", "by-name"}, {"OTEL_RESOURCE_ATTRIBUTES", "team=by-list,service.name=no"}};

  resource const made = default_resource(env, code, detected);
  auto const found = texts_of(made);
  CHECK(found.at("service.name") == "by-name");
  CHECK(found.at("service.instance.id") == "detected");
  CHECK(found.at("team") == "by-list");
  CHECK(found.at("zone") == "by-code");
  CHECK(found.at("host.name") == "detected");
  CHECK(found.at("telemetry.sdk.name") == "spanwise");
  CHECK(made.schema_url() == "https://example.org/1");
  CHECK(texts_of(default_resource(environment{}, {}, detected)).at("service.name") == "detected");

  code.set_schema_url("https://example.org/1");
  CHECK(default_resource(env, code, detected).schema_url() == "https://example.org/1");
  CHECK(default_resource(env, code).schema_url() == "https://example.org/1");
  CHECK(log.lines().empty());
  code.set_schema_url("https://example.org/2");
  CHECK(default_resource(env, code, detected).schema_url().empty());
  CHECK(log.lines().size() == 1);
}

TEST_CASE("what comes from variables has no schema URL") {
  environment const env{{"OTEL_SERVICE_NAME", "by-name"}, {"OTEL_RESOURCE_ATTRIBUTES", "host.name=h"}};
  CHECK(default_resource(env, {}).schema_url().empty());
}

TEST_CASE("an empty value in code or in the list is a value") {
  resource code;
  code.set({"team", ""});
  auto const found = texts_of(default_resource(environment{{"OTEL_RESOURCE_ATTRIBUTES", "team=a,zone="}}, code));
  CHECK(found.at("team").empty());
  CHECK(found.at("zone").empty());
}

TEST_CASE("resource attributes are percent-decoded, keys too, trimmed, and the last of a key counts") {
  auto const found = texts_of(
      default_resource(environment{{"OTEL_RESOURCE_ATTRIBUTES", " a%2Cb = c%3Dd , x = 1 ,x=2, u=%C3%A4"}}, {}));
  CHECK(found.at("a,b") == "c=d");
  CHECK(found.at("x") == "2");
  CHECK(found.at("u") == "\xc3\xa4");
}

TEST_CASE("an error anywhere in OTEL_RESOURCE_ATTRIBUTES discards all of it, with one diagnostic") {
  diagnostics_log log;
  char const* const bad = GENERATE("a=1,b", "a=1,=b", "a=%zz", "a=%f", "a=1,,b=2", "service.name=x,a", "a=%ff");
  INFO(bad);
  auto const found =
      texts_of(default_resource(environment{{"OTEL_RESOURCE_ATTRIBUTES", bad}, {"OTEL_SERVICE_NAME", "kept"}}, {}));
  CHECK(found.size() == 5);
  CHECK(found.at("service.name") == "kept");
  CHECK(log.lines().size() == 1);
}

TEST_CASE("OTEL_SERVICE_NAME is taken as it is") {
  CHECK(texts_of(default_resource(environment{{"OTEL_SERVICE_NAME", " a%20b,c=d "}}, {})).at("service.name") ==
        "a%20b,c=d");
}

TEST_CASE("every span carries the resource that options and name describe") {
  inbox box;
  std::map<std::string, std::string> found;
  auto const by_probe = [&] {
    return probe{box, [&](spanwise::span_batch const& batch, spanwise::deadline) {
                   found.clear();
                   for (auto const& each : batch.resource.attributes()) found.emplace(each.key, each.value.as_string());
                   return box.take(batch);
                 }};
  };
  {
    std::string const version = "1.2.3"; // read at the start, not kept
    auto tracing = spanwise::start(
        "shop", spanwise::simple{by_probe()},
        {.service_version = version,
         .service_instance_id = "one",
         .deployment_environment = "prod",
         .resource = {{"team.name", "checkout"}, {"service.version", "wins: it comes last"}, {"floor", 3}}});
    make_spans(1);
  }
  CHECK(found.at("service.name") == "shop");
  CHECK(found.at("service.version") == "wins: it comes last");
  CHECK(found.at("service.instance.id") == "one");
  CHECK(found.at("deployment.environment.name") == "prod");
  CHECK(found.at("team.name") == "checkout");
  CHECK(found.contains("floor"));
  std::string first;
  for (int i = 0; i < 2; ++i) {
    auto tracing = spanwise::start("", spanwise::simple{by_probe()});
    make_spans(1);
    CHECK(found.at("service.name").starts_with("unknown_service:"));
    CHECK(is_random_uuid(found.at("service.instance.id")));
    CHECK(found.at("service.instance.id") != first);
    first = found.at("service.instance.id");
  }
}

TEST_CASE("detectors among the options are asked when a pipeline starts, and outweighed by what code says") {
  inbox box;
  std::string rack, service, schema;
  auto tracing = spanwise::start("shop",
                                 spanwise::simple{probe{box,
                                                        [&](spanwise::span_batch const& batch, spanwise::deadline) {
                                                          rack = batch.resource.text("rack.name");
                                                          service = batch.resource.text("service.name");
                                                          schema = batch.resource.schema_url();
                                                          return box.take(batch);
                                                        }}},
                                 {.detectors = {rack_detector{}}});
  make_spans(1);
  CHECK(rack == "r7");
  CHECK(service == "shop");
  CHECK(schema == "https://example.org/1");
}

TEST_CASE("options may be a variable of their own") {
  inbox box;
  std::string team;
  spanwise::options chosen{.service_version = "2", .resource = {{"team.name", "checkout"}}, .shutdown_timeout = 1s};
  auto tracing = spanwise::start("shop",
                                 spanwise::simple{probe{box,
                                                        [&](spanwise::span_batch const& batch, spanwise::deadline) {
                                                          team = batch.resource.text("team.name");
                                                          return box.take(batch);
                                                        }}},
                                 std::move(chosen));
  make_spans(1);
  CHECK(team == "checkout");
}
