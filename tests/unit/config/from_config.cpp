#include <spanwise/config/from_config.hpp>
#include <spanwise/context/jaeger.hpp>
#include <spanwise/export/console.hpp>
#include <spanwise/export/memory.hpp>
#include <spanwise/start.hpp>
#include <spanwise/trace/tracer.hpp>

#include "catch.hpp"
#include "diagnostics_log.hpp"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>

using namespace spanwise;
using namespace std::chrono_literals;

namespace {

using lines = std::vector<std::string>;

/// A file that is gone at the end of the test.
class temporary_file {
public:
  explicit temporary_file(std::string const& text = {}) {
    int const file = ::mkstemp(path_);
    REQUIRE(file >= 0);
    ::close(file);
    if (!text.empty()) std::ofstream{path_} << text;
  }
  ~temporary_file() { ::unlink(path_); }
  temporary_file(temporary_file const&) = delete;
  temporary_file& operator=(temporary_file const&) = delete;
  [[nodiscard]] std::string path() const { return path_; }
  [[nodiscard]] std::string text() const {
    std::ifstream file{path_};
    return {std::istreambuf_iterator<char>{file}, {}};
  }

private:
  char path_[32] = "/tmp/spanwise-config-XXXXXX";
};

/// An exporter of a user's own, which may have properties.
struct acme {
  static constexpr std::string_view exporter_name = "acme";
  std::vector<std::string>* seen{};
  std::string colour = "none";
  std::int64_t size = 1;

  bool configure(config_properties& given) {
    if (given.has("explode")) throw 1;
    if (auto const chosen = given.text("colour")) colour = *chosen;
    size = given.integer("size", {.least = 1, .most = 9}).value_or(size);
    if (given.is_null("colour")) colour = "null";
    return colour != "pink";
  }
  export_result export_spans(span_batch const& batch, deadline) {
    for (record const& each : batch.records)
      seen->push_back(colour + std::to_string(size) + " " + std::string{span_view{each}.name()});
    return {.exported = batch.records.size()};
  }
};

/// One that can't be copied, and has no properties.
struct only_one {
  static constexpr std::string_view exporter_name = "only_one";
  explicit only_one(int& calls) : count{&calls} {}
  only_one(only_one&&) = default;
  export_result export_spans(span_batch const& batch, deadline) noexcept {
    ++*count;
    return {.exported = batch.records.size()};
  }
  std::unique_ptr<int> held = std::make_unique<int>(1);
  int* count;
};

struct json_only {
  static constexpr std::string_view exporter_name = "otlp";
  static constexpr std::string_view protocol = "http/json";
  export_result export_spans(span_batch const& batch, deadline) noexcept { return {.exported = batch.records.size()}; }
};

/// A sampler of a user's own.
struct by_name {
  static constexpr std::string_view sampler_name = "by_name";
  std::string wanted;
  bool configure(config_properties& given) {
    if (given.require("name", "the name of the spans that are kept")) wanted = given.text("name").value_or("");
    return true;
  }
  [[nodiscard]] sampling_result should_sample(sampling_parameters const& asked) const {
    return {asked.name == wanted ? sampling_decision::record_and_sample : sampling_decision::drop};
  }
  [[nodiscard]] sampler_description description() const { return "ByName"; }
};

struct fixed_ids {
  static constexpr std::string_view id_generator_name = "fixed";
  std::string digits = "0000000000000001";
  bool configure(config_properties& given) {
    digits.back() = static_cast<char>('0' + given.integer("last", {.least = 1, .most = 9}).value_or(1));
    return true;
  }
  [[nodiscard]] trace_id generate_trace_id() const { return trace_id::from_hex(digits + digits).value(); }
  [[nodiscard]] span_id generate_span_id() const { return span_id::from_hex(digits).value(); }
};

struct rack_detector {
  static constexpr std::string_view name = "rack";
  std::string row = "none";
  bool configure(config_properties& given) {
    if (auto const number = given.integer("row")) row = std::to_string(*number);
    return true;
  }
  [[nodiscard]] resource detect(environment const& env) const {
    resource found;
    found.set_texts({{"rack.name", env.text("RACK").value_or("") + row}, {"rack.secret", "x"}});
    return found;
  }
};

configuration parse(std::string const& below) {
  return parse_configuration("file_format: \"1.0\"\n" + below, "f.yaml", environment{{"NAME", "filled"}});
}

std::string all_of(diagnostics_log const& log) {
  std::string all;
  for (std::string const& line : log.lines()) all += (all.empty() ? "" : "\n") + line;
  return all;
}

std::string header(std::string const& name) {
  spanwise::span one{"one"};
  std::map<std::string, std::string> headers;
  spanwise::inject(headers);
  return headers[name];
}

struct quiet_end {
  ~quiet_end() { reset_default_propagator(); }
};

} // namespace

TEST_CASE("processors that are all simple export at once, with the resource of the file") {
  quiet_end const end;
  memory_sink sink;
  diagnostics_log log;
  auto tracing = start("from code",
                       from_config{parse(R"(
resource:
  attributes_list: "team.name=a,region=x"
  attributes:
    - {name: service.name, value: "${NAME}"}
    - {name: region, value: y}
    - {name: count, value: 5, type: int}
    - {name: flags, value: [true, false], type: bool_array}
  schema_url: https://example.org/1
tracer_provider:
  processors: [{simple: {exporter: {memory: }}}]
)"),
                                   memory{sink}},
                       {.service_version = "7"});
  REQUIRE(tracing.running());
  { spanwise::span one{"one"}; }
  REQUIRE(sink.size() == 1);
  resource const& about = sink.spans()[0].resource();
  CHECK(about.text("service.name") == "filled");
  CHECK(about.text("service.version") == "7");
  CHECK(about.text("team.name") == "a");
  CHECK(about.text("region") == "y");
  CHECK(about.text("telemetry.sdk.name") == "spanwise");
  CHECK(about.schema_url() == "https://example.org/1");
  int found = 0;
  for (attribute_view const& each : about.attributes()) {
    if (each.key == "count") found += each.value.as_int() == 5 ? 1 : 0;
    if (each.key == "flags") found += each.value.type() == value_type::array ? 10 : 0;
  }
  CHECK(found == 11);
  CHECK(header("traceparent").empty()); // without `propagator` contexts don't travel
  CHECK(all_of(log) == "");
}

TEST_CASE("the file says from which level on diagnostics are told") {
  quiet_end const end;
  memory_sink sink;
  diagnostics_log log;
  for (auto const* const level : {"error", "warn", "info"}) {
    auto tracing = start("test", from_config{parse(std::string{"log_level: "} + level + R"(
meter_provider: {}
tracer_provider:
  processors: [{batch: {exporter: {memory: }}}, {simple: {exporter: {memory: }}}]
)"),
                                             memory{sink}});
    REQUIRE(tracing.running());
    static_cast<void>(tracing.shutdown());
    CHECK(log.lines().size() == (std::string_view{level} == "error"  ? 0U
                                 : std::string_view{level} == "warn" ? 1U
                                                                     : 2U));
  }
}

TEST_CASE("of many faults and remarks the first are told, so that other diagnostics keep their places") {
  quiet_end const end;
  memory_sink sink;
  std::string text = "tracer_provider: {processors: [{simple: {exporter: {memory: }}}]}\n";
  for (int i = 0; i < 30; ++i) text += "section" + std::to_string(i) + ": 1\n";
  {
    diagnostics_log log;
    auto tracing = start("test", from_config{parse(text), memory{sink}});
    CHECK(tracing.running());
    CHECK(log.lines().size() == 10);
  }
  diagnostics_log log;
  std::string limits = "attribute_limits: {";
  for (int i = 0; i < 30; ++i) limits += "a" + std::to_string(i) + ": 1, ";
  auto tracing = start("test", from_config{parse(limits + "}"), memory{sink}});
  CHECK_FALSE(tracing.running());
  CHECK(log.lines().size() == 21);
  CHECK(log.lines().back() ==
        "tracing is off: the configuration f.yaml has 30 faults, of which the first were told; mend it and "
        "start the program anew");
}

TEST_CASE("a configuration that code made, and what is wrong with it") {
  quiet_end const end;
  memory_sink sink;
  configuration made;
  made.file = "code";
  made.tracer_provider.emplace();
  made.tracer_provider->processors.push_back({.batch = false, .exporter = {{.name = "memory"}}});
  {
    auto tracing = start("test", from_config{made, memory{sink}});
    CHECK(tracing.running());
    { spanwise::span one{"one"}; }
    CHECK(sink.size() == 1);
  }
  made.tracer_provider->processors.push_back({.batch = false, .exporter = {{.name = "nothing"}}});
  diagnostics_log log;
  auto tracing = start("test", from_config{made, memory{sink}});
  CHECK_FALSE(tracing.running());
  CHECK(log.lines() ==
        lines{"configuration: nothing is no exporter that this program was built with (it has memory); to have more, "
              "name them in spanwise::from_config{...} where tracing starts",
              "tracing is off: the configuration code has 1 fault; mend it and start the program anew"});
}

TEST_CASE("a name that the file does not set is that of the code") {
  quiet_end const end;
  memory_sink sink;
  auto tracing =
      start("from code",
            from_config{parse("tracer_provider: {processors: [{simple: {exporter: {memory: }}}]}"), memory{sink}});
  { spanwise::span one{"one"}; }
  CHECK(sink.spans().at(0).resource().text("service.name") == "from code");
}

TEST_CASE("one batch processor exports in batches", "[threads]") {
  quiet_end const end;
  memory_sink sink;
  auto tracing = start("test", from_config{parse(R"(
tracer_provider:
  processors: [{batch: {schedule_delay: 3600000, max_export_batch_size: 3, exporter: {memory: }}}]
propagator: {composite_list: "baggage, tracecontext"}
)"),
                                           memory{sink}});
  REQUIRE(tracing.running());
  { spanwise::span one{"one"}; }
  CHECK(sink.size() == 0);
  CHECK(tracing.flush());
  CHECK(sink.size() == 1);
  for (int i = 0; i < 3; ++i) spanwise::span more{"more"};
  CHECK(sink.wait_for(4));
  CHECK(header("traceparent").size() == 55);
}

TEST_CASE("several processors: each exporter gets all spans and has accounts of its own, in batches if one is batch",
          "[threads]") {
  quiet_end const end;
  memory_sink sink;
  std::vector<std::string> seen;
  diagnostics_log log;
  auto tracing = start("test", from_config{parse(R"(
tracer_provider:
  processors:
    - simple: {exporter: {acme: {colour: red}}}
    - batch: {max_queue_size: 10, exporter: {memory: }}
    - batch: {max_queue_size: 20, exporter: {acme: {size: 3, colour: }}}
)"),
                                           memory{sink}, acme{.seen = &seen}});
  REQUIRE(tracing.running());
  { spanwise::span one{"one"}; }
  CHECK(tracing.flush());
  CHECK(seen == lines{"red1 one", "null3 one"});
  CHECK(sink.size() == 1);
  auto const stats = tracing.stats();
  REQUIRE(stats.branches.size() == 3);
  for (delivery_counts const& branch : stats.branches) CHECK(branch.exported == 1);
  CHECK(log.lines() ==
        lines{"f.yaml: tracer_provider.processors has simple beside batch; all exporters of one pipeline get their "
              "spans in batches, with the settings of the first batch",
              "f.yaml: the batch processors of tracer_provider.processors have different settings; all exporters of "
              "one pipeline get the same batches, with the settings of the first"});
}

TEST_CASE("a file that asks for what is not built in starts nothing, and says all of it at once") {
  quiet_end const end;
  std::vector<std::string> seen;
  memory_sink sink;
  int calls = 0;
  diagnostics_log log;
  auto tracing = start("test", from_config{parse(R"(
propagator: {composite: [{ottrace: }]}
tracer_provider:
  processors:
    - batch: {exporter: {otlp_grpc: }}
    - batch: {exporter: {otlp_http: {encoding: protobuf}}}
    - batch: {exporter: {acme: {color: red, size: 10}}}
    - batch: {exporter: {acme: {colour: pink}}}
    - batch: {exporter: {acme: {explode: }}}
    - batch: {exporter: {only_one: {x: 1}}}
    - batch: {exporter: {only_one: }}
  sampler: {parent_based: {root: {by_name: }, local_parent_sampled: {coin: }, remote_parent_sampled: {jaeger_remote/development: {endpoint: x, initial_sampler: {always_on: }}}}}
)"),
                                           memory{sink}, acme{.seen = &seen}, only_one{calls}, by_name{}, json_only{}});
  CHECK_FALSE(tracing.running());
  std::string const has =
      " (it has memory, acme, only_one, otlp_http (json)); to have more, name them in spanwise::from_config{...} "
      "where tracing starts";
  std::string const at = "tracer_provider.processors[";
  lines const told = log.lines();
  REQUIRE(told.size() == 13);
  CHECK(told[0] ==
        "f.yaml:3:27: propagator.composite[0].ottrace asks for ottrace, which this program was not built with (it "
        "has tracecontext, baggage, b3, b3multi); to have more, name them in spanwise::from_config{...} where "
        "tracing starts, such as spanwise::jaeger{}");
  CHECK(told[1] ==
        "f.yaml:6:26: " + at + "0].batch.exporter.otlp_grpc is no exporter that this program was built with" + has);
  CHECK(told[2] == "f.yaml:7:37: " + at +
                       "1].batch.exporter.otlp_http asks for the encoding protobuf, which this program was not "
                       "built with" +
                       has);
  CHECK(told[3] == "f.yaml:8:51: " + at + "2].batch.exporter.acme.size is 10; it must be from 1 to 9");
  CHECK(told[4] ==
        "f.yaml:8:40: " + at + "2].batch.exporter.acme.color is no property that is known here (known: colour, size)");
  CHECK(told[5] == "f.yaml:9:32: " + at + "3].batch.exporter.acme was refused by the component of this name");
  CHECK(told[6] == "f.yaml:10:32: " + at + "4].batch.exporter.acme threw an exception while it was set up");
  CHECK(told[7] ==
        "f.yaml:11:40: " + at + "5].batch.exporter.only_one.x is no property that is known here; there are none");
  CHECK(told[8] == "f.yaml:12:26: " + at +
                       "6].batch.exporter.only_one is named a second time, but this exporter can't be copied; "
                       "name it once");
  CHECK(told[9] == "f.yaml:13:35: tracer_provider.sampler.parent_based.root.by_name lacks name, the name of the spans "
                   "that are kept");
  CHECK(told[11] ==
        "f.yaml:13:70: tracer_provider.sampler.parent_based.local_parent_sampled.coin is no sampler that this "
        "program was built with (known: always_on, always_off, trace_id_ratio_based, parent_based, always_record, "
        "probability/development, "
        "composite/development, by_name)");
  CHECK(told.back() == "tracing is off: the configuration f.yaml has 12 faults; mend it and start the program anew");
  { spanwise::span one{"one"}; }
  CHECK(sink.size() == 0);
  CHECK(calls == 0);
  CHECK(header("traceparent").empty()); // there is no span
}

TEST_CASE("nothing is recorded where tracing is disabled or no tracer_provider is named, but contexts travel") {
  quiet_end const end;
  memory_sink sink;
  auto const below = GENERATE(
      as<std::string>{}, "disabled: true\ntracer_provider: {processors: [{simple: {exporter: {memory: }}}]}\n", "");
  diagnostics_log log;
  set_default_propagator(composite<>{});
  auto tracing = start(
      "test", from_config{parse(below + "propagator: {composite: [{tracecontext: }, {baggage: }]}\n"), memory{sink}});
  CHECK_FALSE(tracing.running());
  { spanwise::span one{"one"}; }
  CHECK(sink.size() == 0);
  CHECK(default_propagator::fields().size() == 3);
  CHECK(all_of(log) == (below.empty() ? "f.yaml has no tracer_provider, so no spans are recorded"
                                      : "f.yaml: disabled is true, so no spans are recorded"));
}

TEST_CASE("samplers of the file decide, also those of one's own; without one code's, or each trace is kept") {
  quiet_end const end;
  memory_sink sink;
  auto const names = [&](std::string const& sampler, options chosen = {}) {
    sink.clear();
    auto tracing =
        start("test",
              from_config{parse("tracer_provider:\n  processors: [{simple: {exporter: {memory: }}}]\n" + sampler),
                          memory{sink}, by_name{}},
              std::move(chosen));
    REQUIRE(tracing.running());
    for (char const* name : {"kept", "dropped"}) {
      spanwise::span top{name};
      spanwise::span below{"below"};
    }
    std::string all;
    for (memory_span const& one : sink.spans()) all += std::string{one.name()} + " ";
    return all;
  };
  CHECK(names("") == "below kept below dropped ");
  CHECK(names("", {.sampler = always_off{}}) == "");
  CHECK(names("  sampler: {always_on: }", {.sampler = always_off{}}) == "below kept below dropped ");
  CHECK(names("  sampler: {always_off: }") == "");
  CHECK(names("  sampler: {trace_id_ratio_based: {ratio: 0}}") == "");
  CHECK(names("  sampler: {trace_id_ratio_based: }") == "below kept below dropped ");
  CHECK(names("  sampler: {by_name: {name: kept}}") == "kept ");
  CHECK(names("  sampler: {parent_based: {root: {by_name: {name: kept}}}}") == "below kept ");
  CHECK(names("  sampler: {probability/development: }") == "below kept below dropped ");
  CHECK(names("  sampler: {probability/development: {ratio: 0}}") == "");
  CHECK(names("  sampler: {always_record: {root: {by_name: {name: kept}}}}") == "kept ");
  CHECK(names("  sampler: {composite/development: {always_on: }}") == "below kept below dropped ");
  CHECK(names("  sampler: {composite/development: {rule_based: }}") == "");
  CHECK(
      names("  sampler: {composite/development: {parent_threshold: {root: {rule_based: {rules: [{span_kinds: [server], "
            "sampler: {always_on: }}]}}}}}") == "");
  CHECK(names("  sampler: {parent_based: {root: {by_name: {name: kept}}, local_parent_sampled: {always_off: }, "
              "local_parent_not_sampled: {always_on: }}}") == "kept below ");
}

TEST_CASE("ids come from the generator that the file names") {
  quiet_end const end;
  memory_sink sink;
  auto const run = [&](std::string const& generator) {
    auto tracing =
        start("test", from_config{parse("tracer_provider:\n  processors: [{simple: {exporter: {memory: }}}]\n"
                                        "  id_generator: {" +
                                        generator + "}\n"),
                                  memory{sink}, fixed_ids{}});
    { spanwise::span one{"one"}; }
    return tracing.running();
  };
  CHECK(run("fixed: {last: 7}"));
  CHECK(sink.spans().at(0).span_id() == span_id::from_hex("0000000000000007").value());
  CHECK(run("random: "));
  diagnostics_log log;
  CHECK_FALSE(run("snowflake: "));
  CHECK(log.lines().at(0) ==
        "f.yaml:4:18: tracer_provider.id_generator.snowflake is no id generator that this program was built "
        "with; write random, leave id_generator out, or name it in spanwise::from_config{...} where "
        "tracing starts");
}

TEST_CASE("tracers can be turned off by patterns, of which the first that fits counts") {
  quiet_end const end;
  memory_sink sink;
  auto tracing = start("test", from_config{parse(R"(
tracer_provider:
  processors: [{simple: {exporter: {memory: }}}]
  tracer_configurator/development:
    default_config: {enabled: false}
    tracers: [{name: acme.orders, config: {enabled: false}}, {name: "acme.*", config: {enabled: true}}]
)"),
                                           memory{sink}});
  for (char const* name : {"acme.orders", "acme.cart", "other"}) {
    auto const tracer = tracing.tracer(name);
    auto one = tracer.span(std::string_view{name});
  }
  REQUIRE(sink.size() == 1);
  CHECK(sink.spans()[0].name() == "acme.cart");
}

TEST_CASE("limits of the file win over those of code, which win over the defaults") {
  quiet_end const end;
  memory_sink sink;
  auto tracing = start("test",
                       from_config{parse(R"(
attribute_limits: {attribute_value_length_limit: 2}
tracer_provider:
  processors: [{simple: {exporter: {memory: }}}]
  limits: {event_count_limit: 1}
)"),
                                   memory{sink}},
                       {.limits = {.attribute_count = 1, .event_count = 5}});
  {
    spanwise::span one{"one", {"a", "abc"}, {"b", 1}};
    one.event("x");
    one.event("y");
  }
  REQUIRE(sink.size() == 1);
  memory_span const found = sink.spans()[0];
  CHECK(found.events().begin() != found.events().end());
  CHECK(found.dropped_events() == 1);
  CHECK(found.dropped_attributes() == 1);
  CHECK((*found.attributes().begin()).value.as_string() == "ab");
}

TEST_CASE("propagators are those of the file in its order, and such as the program has besides") {
  quiet_end const end;
  memory_sink sink;
  auto tracing =
      start("test",
            from_config{parse("propagator: {composite: [{jaeger: }, {b3: }], composite_list: \"b3,baggage\"}\n"
                              "tracer_provider: {processors: [{simple: {exporter: {memory: }}}]}"),
                        memory{sink}, jaeger{}},
            {.propagators = trace_context{}, .environment = environment{{"OTEL_PROPAGATORS", "tracecontext"}}});
  std::string names;
  for (std::string_view const field : default_propagator::fields()) names += std::string{field} + " ";
  CHECK(names == "uber-trace-id b3 baggage ");
}

TEST_CASE("detectors of the file are asked, and what they find gives way to code and to the file") {
  quiet_end const end;
  memory_sink sink;
  auto tracing = start("from code",
                       from_config{parse(R"(
resource:
  attributes: [{name: host.arch, value: mine}]
  detection/development:
    attributes: {included: ["rack.*", "service.*", host.arch, process.pid], excluded: [rack.secret]}
    detectors: [{rack: {row: 7}}, {service: }, {process: }, {host: }]
tracer_provider: {processors: [{simple: {exporter: {memory: }}}]}
)"),
                                   memory{sink}, rack_detector{}},
                       {.environment = environment{{"OTEL_SERVICE_NAME", "by variable"}, {"RACK", "r"}}});
  REQUIRE(tracing.running());
  { spanwise::span one{"one"}; }
  resource const& about = sink.spans().at(0).resource();
  CHECK(about.text("rack.name") == "r7");
  CHECK(about.text("rack.secret").empty());
  CHECK(about.text("host.arch") == "mine");
  CHECK(about.text("host.name").empty());
  CHECK(about.text("service.name") == "from code");
  CHECK(about.text("service.instance.id") == detail::process_uuid());
  bool pid = false;
  for (attribute_view const& each : about.attributes())
    pid = pid || (each.key == "process.pid" && each.value.as_int() == ::getpid());
  CHECK(pid);
}

TEST_CASE("detectors that are not there, and wrong properties of those that are") {
  diagnostics_log log;
  memory_sink sink;
  auto tracing = start("test", from_config{parse(R"(
resource: {detection/development: {detectors: [{k8s: }, {rack: {x: 1}}]}}
tracer_provider: {processors: [{simple: {exporter: {memory: }}}]}
)"),
                                           memory{sink}, rack_detector{}});
  CHECK(log.lines() ==
        lines{"f.yaml:3:49: resource.detection/development.detectors[0].k8s is no resource detector that this program "
              "was built with (it has container, host, process, service, rack); to have more, name them in "
              "spanwise::from_config{...} where tracing starts",
              "f.yaml:3:68: resource.detection/development.detectors[1].rack.x is no property that is known here "
              "(known: row)",
              "tracing is off: the configuration f.yaml has 2 faults; mend it and start the program anew"});
}

TEST_CASE("OTEL_CONFIG_FILE names the file, and the other variables count only where it refers to them") {
  quiet_end const end;
  temporary_file const file{R"(
file_format: "1.0"
resource: {attributes: [{name: service.name, value: "${OTEL_SERVICE_NAME}"}]}
tracer_provider: {processors: [{simple: {exporter: {memory: }}}]}
)"};
  memory_sink sink;
  auto const name = GENERATE("OTEL_CONFIG_FILE", "OTEL_EXPERIMENTAL_CONFIG_FILE");
  diagnostics_log log;
  auto tracing = start("test", from_config{memory{sink}, console{}},
                       {.environment = environment{{name, file.path()},
                                                   {"OTEL_SDK_DISABLED", "true"},
                                                   {"OTEL_SERVICE_NAME", "named"},
                                                   {"OTEL_RESOURCE_ATTRIBUTES", "a=b"},
                                                   {"OTEL_TRACES_EXPORTER", "console"},
                                                   {"OTEL_TRACES_SAMPLER", "always_off"},
                                                   {"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "0"}}});
  REQUIRE(tracing.running());
  { spanwise::span one{"one", {"a", 1}}; }
  REQUIRE(sink.size() == 1);
  CHECK(sink.spans()[0].resource().text("service.name") == "named");
  CHECK(sink.spans()[0].resource().text("a").empty());
  CHECK(sink.spans()[0].dropped_attributes() == 0);
  CHECK(all_of(log) == (std::string_view{name} == "OTEL_CONFIG_FILE"
                            ? ""
                            : "OTEL_EXPERIMENTAL_CONFIG_FILE is the old name of OTEL_CONFIG_FILE; it is obeyed, but "
                              "will not be for ever"));
}

TEST_CASE("of the two names of the variable the new one wins; a file that is not there starts nothing") {
  temporary_file const file{"file_format: '1.0'\n"};
  diagnostics_log log;
  memory_sink sink;
  auto tracing = start("test", from_config{memory{sink}},
                       {.environment = environment{{"OTEL_CONFIG_FILE", "/nowhere.yaml"},
                                                   {"OTEL_EXPERIMENTAL_CONFIG_FILE", file.path()}}});
  CHECK_FALSE(tracing.running());
  CHECK(log.lines() ==
        lines{"/nowhere.yaml: the file cannot be read (No such file or directory)",
              "tracing is off: the configuration /nowhere.yaml has 1 fault; mend it and start the program anew"});
  CHECK(default_propagator::fields().size() == 3); // untouched
}

TEST_CASE("without a file the environment chooses", "[threads]") {
  memory_sink sink;
  std::vector<std::string> seen;
  auto const run = [&](environment env) {
    sink.clear();
    seen.clear();
    auto tracing = start("test", from_config{memory{sink}, acme{.seen = &seen}}, {.environment = std::move(env)});
    REQUIRE(tracing.running());
    { spanwise::span one{"one"}; }
    CHECK(tracing.flush());
    return tracing.stats();
  };
  run(environment{});
  CHECK(sink.size() == 1);
  CHECK(seen.empty());
  run(environment{{"OTEL_TRACES_EXPORTER", "acme"}});
  CHECK(sink.size() == 0);
  CHECK(seen == lines{"none1 one"});
  run(environment{{"OTEL_TRACES_EXPORTER", "memory,acme"}});
  CHECK(sink.size() == 1);
  CHECK(seen.size() == 1);
  auto const none = run(environment{{"OTEL_TRACES_EXPORTER", "none"}});
  CHECK(sink.size() == 0);
  REQUIRE(none.branches.size() == 1);
  CHECK(none.branches[0].filtered == 1);
}

TEST_CASE("a whole file: the console and two files, side by side") {
  quiet_end const end;
  temporary_file const one;
  temporary_file const two;
  static std::string drawn;
  drawn.clear();
  diagnostics_log log;
  auto tracing = start(
      "test",
      from_config{parse(R"(
disabled: false
log_level: info
attribute_limits: {attribute_count_limit: 128}
propagator: {composite: [{tracecontext: }, {baggage: }]}
resource: {attributes: [{name: service.name, value: shop}]}
tracer_provider:
  processors:
    - simple: {exporter: {console: }}
    - simple: {exporter: {otlp_file/development: {output_stream: "file://)" +
                        one.path() + R"("}}}
    - simple: {exporter: {otlp_file/development: {output_stream: "file://)" +
                        two.path() + R"("}}}
  sampler: {parent_based: {root: {always_on: }}}
meter_provider: {readers: []}
)"),
                  otlp_file{"/nowhere/traces.jsonl"},
                  console{.write = [](std::string_view text, void*) noexcept { drawn += text; }, .colors = false}});
  REQUIRE(tracing.running());
  {
    spanwise::span top{"checkout"};
    spanwise::span below{"pay"};
  }
  CHECK(tracing.shutdown().exported == 2);
  CHECK(drawn.find("checkout") != drawn.npos);
  for (temporary_file const* file : {&one, &two}) {
    CHECK(file->text().find("\"name\":\"pay\"") != std::string::npos);
    CHECK(file->text().find("\"stringValue\":\"shop\"") != std::string::npos);
  }
  CHECK(all_of(log) == "f.yaml: meter_provider is not about tracing and not read");
}
