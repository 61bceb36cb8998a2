#include <spanwise/jaeger.hpp>
#include <spanwise/start/settings.hpp>

#include "diagnostics_log.hpp"
#include "recorded.hpp"

#include <chrono>

using namespace std::chrono_literals;
using spanwise::environment;
using spanwise::settings_from;

TEST_CASE("settings: with nothing said they are OpenTelemetry's") {
  diagnostics_log const log;
  auto const settings = settings_from(environment{});
  CHECK_FALSE(settings.disabled);
  CHECK(settings.limits == spanwise::span_limits{});
  CHECK(settings.sampler.name == "parentbased_always_on");
  CHECK(settings.sampler.ratio == std::nullopt);
  CHECK(settings.batch.max_queue_size == 2048);
  CHECK(settings.batch.max_queue_bytes == 16U << 20);
  CHECK(settings.batch.max_export_batch_size == 512);
  CHECK(settings.batch.schedule_delay == 5s);
  CHECK(settings.batch.export_timeout == 30s);
  CHECK(settings.otlp.where.url() == "http://localhost:4318/v1/traces");
  CHECK(settings.otlp.protocol == "http/protobuf");
  CHECK(settings.otlp.compression == "none");
  CHECK(settings.otlp.headers.empty());
  CHECK(settings.otlp.timeout == 10s);
  CHECK(settings.propagators == std::vector<std::string>{"tracecontext", "baggage"});
  CHECK(settings.resource.empty());
  CHECK(log.lines().empty());
}

TEST_CASE("settings: each variable is seen in its place") {
  diagnostics_log const log;
  auto const settings = settings_from(environment{{"OTEL_SDK_DISABLED", "true"},
                                                  {"OTEL_SPAN_EVENT_COUNT_LIMIT", "3"},
                                                  {"OTEL_TRACES_SAMPLER", "ParentBased_TraceIdRatio"},
                                                  {"OTEL_TRACES_SAMPLER_ARG", "0.1"},
                                                  {"OTEL_BSP_MAX_QUEUE_SIZE", "1000"},
                                                  {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "64"},
                                                  {"OTEL_BSP_SCHEDULE_DELAY", "0"},
                                                  {"OTEL_BSP_EXPORT_TIMEOUT", "7"},
                                                  {"OTEL_EXPORTER_OTLP_ENDPOINT", "https://c/x?key=1"},
                                                  {"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "HTTP/JSON"},
                                                  {"OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"},
                                                  {"OTEL_EXPORTER_OTLP_HEADERS", "a=1,b=x%20y"},
                                                  {"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "0"},
                                                  {"OTEL_PROPAGATORS", "b3multi, TraceContext,b3multi"},
                                                  {"OTEL_RESOURCE_ATTRIBUTES", "service.name=a,team=x%20y"},
                                                  {"OTEL_SERVICE_NAME", "front"}});
  CHECK(settings.disabled);
  CHECK(settings.limits.event_count == 3);
  CHECK(settings.sampler.name == "parentbased_traceidratio");
  CHECK(settings.sampler.ratio == 0.1);
  CHECK(settings.batch.max_queue_size == 1000);
  CHECK(settings.batch.max_export_batch_size == 64);
  CHECK(settings.batch.schedule_delay == 0s);
  CHECK(settings.batch.export_timeout == 7ms);
  CHECK(settings.otlp.where.origin() + settings.otlp.where.target == "https://c/x/v1/traces?key=1");
  CHECK(settings.otlp.protocol == "http/json");
  CHECK(settings.otlp.compression == "gzip");
  CHECK(settings.otlp.headers == spanwise::key_values{{"a", "1"}, {"b", "x y"}});
  CHECK(settings.otlp.timeout == 0s);
  CHECK(settings.propagators == std::vector<std::string>{"b3multi", "tracecontext"});
  CHECK(settings.resource == spanwise::key_values{{"service.name", "front"}, {"team", "x y"}});
  CHECK(log.lines().empty());
}

TEST_CASE("settings: a variable for traces replaces the general one, also where it makes no sense") {
  diagnostics_log const log;
  auto const settings = settings_from(environment{{"OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"},
                                                  {"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "smtp"},
                                                  {"OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"},
                                                  {"OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "zstd"},
                                                  {"OTEL_EXPORTER_OTLP_HEADERS", "a=1"},
                                                  {"OTEL_EXPORTER_OTLP_TRACES_HEADERS", "broken"}});
  CHECK(settings.otlp.protocol == "http/protobuf");
  CHECK(settings.otlp.compression == "none");
  CHECK(settings.otlp.headers.empty());
  CHECK(log.lines() ==
        std::vector<std::string>{
            "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=smtp is unknown (known: grpc, http/protobuf, http/json); it is ignored",
            "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION=zstd is unknown (known: none, gzip); it is ignored",
            "OTEL_EXPORTER_OTLP_TRACES_HEADERS: entry 1 is not key=value with a percent-encoded value; it is skipped"});
}

TEST_CASE("settings: propagators that a program has besides, and none") {
  diagnostics_log const log;
  environment const env{{"OTEL_PROPAGATORS", "jaeger,baggage"}};
  CHECK(settings_from<spanwise::jaeger>(env).propagators == std::vector<std::string>{"jaeger", "baggage"});
  CHECK(settings_from(environment{{"OTEL_PROPAGATORS", "none"}}).propagators.empty());
  CHECK(log.lines().empty());
  CHECK(settings_from(env).propagators == std::vector<std::string>{"baggage"});
  CHECK(log.lines().size() == 1);
}

TEST_CASE("settings: numbers that are as large as can be") {
  diagnostics_log const log;
  auto const settings = settings_from(environment{{"OTEL_BSP_MAX_QUEUE_SIZE", "9223372036854775807"},
                                                  {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4294967296"},
                                                  {"OTEL_BSP_SCHEDULE_DELAY", "9223372036854775807"}});
  CHECK(settings.batch.max_queue_size == std::size_t{1} << 31);
  CHECK(settings.batch.max_export_batch_size == std::size_t{1} << 31);
  CHECK(settings.batch.schedule_delay > std::chrono::hours{24 * 365 * 99});
  CHECK(log.lines().empty());
}

TEST_CASE("settings: a sampler that is none, and a ratio without one") {
  diagnostics_log const log;
  CHECK(settings_from(environment{{"OTEL_TRACES_SAMPLER_ARG", "0.1"}}).sampler.ratio == std::nullopt);
  CHECK(settings_from(environment{{"OTEL_TRACES_SAMPLER", "always_on"}, {"OTEL_TRACES_SAMPLER_ARG", "x"}})
            .sampler.ratio == std::nullopt);
  CHECK(log.lines().empty());
  auto const bad =
      settings_from(environment{{"OTEL_TRACES_SAMPLER", "traceidratio"}, {"OTEL_TRACES_SAMPLER_ARG", "-0"}});
  CHECK(bad.sampler.ratio == 1.0);
  CHECK(settings_from(environment{{"OTEL_TRACES_SAMPLER", "sometimes"}}).sampler.name == "parentbased_always_on");
  CHECK(log.lines().size() == 2);
}

TEST_CASE("settings are those that a pipeline works with") {
  environment const env{{"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "2"}, {"OTEL_SPAN_EVENT_COUNT_LIMIT", "1"}};
  spanwise::memory_sink sink;
  {
    spanwise::provider tracing{"test", spanwise::simple{spanwise::memory{sink}}, {.environment = env}};
    spanwise::tracer const tracer = tracing.tracer("test");
    auto span = tracer.span("work", {"a", 1}, {"b", 2}, {"c", 3});
    span.event("one");
    span.event("two");
  }
  REQUIRE(sink.size() == 1);
  auto const settings = settings_from(env);
  CHECK(sink.spans()[0].attributes().size() == settings.limits.attribute_count);
  CHECK(sink.spans()[0].events().size() == settings.limits.event_count);
}
