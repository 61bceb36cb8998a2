// What comes from outside and makes no sense: each kind of it behaves as its row says, in silence or with one sentence
// that says how to mend it, once a minute however often it comes.
#include <spanwise/spanwise.hpp>

#include <spanwise/jaeger.hpp>
#include <spanwise/xray.hpp>

#include "diagnostics_log.hpp"
#include "random_text.hpp"
#include "recorded.hpp"

#include <time.h>

#include <cstdlib>
#include <functional>
#include <new>
#include <utility>
#include <vector>

using namespace spanwise;
using testing::recorded;

namespace {

/// Blocks that this thread holds.
thread_local long held_blocks = 0;

void* take_block(std::size_t size) noexcept {
  void* const block = std::malloc(size == 0 ? 1 : size);
  if (block != nullptr) ++held_blocks;
  return block;
}
void leave_block(void* block) noexcept {
  if (block != nullptr) --held_blocks;
  std::free(block);
}

} // namespace

void* operator new(std::size_t size) {
  void* const block = take_block(size);
  if (block == nullptr) throw std::bad_alloc{};
  return block;
}
void* operator new(std::size_t size, std::nothrow_t const&) noexcept { return take_block(size); }
void operator delete(void* block) noexcept { leave_block(block); }
void operator delete(void* block, std::size_t) noexcept { leave_block(block); }
void operator delete(void* block, std::nothrow_t const&) noexcept { leave_block(block); }

namespace {

using headers = std::vector<std::pair<std::string, std::string>>;

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

context read_all(headers const& given) { return extract(given, trace_context{}, w3c_baggage{}, b3{}, b3_multi{}, jaeger{}, xray{}); }

bool nothing_of(context const& read) { return read.span() == span_context{} && read.baggage().empty(); }

std::string const trace_digits = "4bf92f3577b34da6a3ce929d0e0e4736";
std::string const span_digits = "00f067aa0ba902b7";

/// Headers of every format that say nothing usable.
std::vector<headers> malformed() {
  return {
      {{"traceparent", "00-" + trace_digits + "-" + span_digits}},
      {{"traceparent", "ff-" + trace_digits + "-" + span_digits + "-01"}},
      {{"traceparent", "00-" + std::string(32, '0') + "-" + span_digits + "-01"}},
      {{"traceparent", "00-" + trace_digits + "-" + std::string(16, '0') + "-01"}},
      {{"traceparent", "00-" + trace_digits + "-" + span_digits + "-01-more"}},
      {{"traceparent", std::string(100'000, '0')}},
      {{"traceparent", "00-" + trace_digits + "-" + span_digits + "-01"}, {"Traceparent", "00-" + trace_digits + "-" + span_digits + "-00"}},
      {{"tracestate", "a=1"}},
      {{"baggage", "=1,a,b c=2,d=\"x\",\xff=1"}},
      {{"b3", "0"}},
      {{"b3", trace_digits + "-" + span_digits + "-x"}},
      {{"X-B3-TraceId", trace_digits}, {"X-B3-Sampled", "1"}},
      {{"X-B3-TraceId", trace_digits}, {"X-B3-SpanId", span_digits}, {"X-B3-Sampled", "maybe"}},
      {{"uber-trace-id", trace_digits + ":" + span_digits + ":0"}},
      {{"uber-trace-id", trace_digits + ":0:0:1"}},
      {{"uberctx-", "nameless"}, {"uberctx-key", "\xff"}},
      {{"X-Amzn-Trace-Id", "Root=1-" + trace_digits.substr(0, 8) + "-" + trace_digits.substr(8)}},
      {{"X-Amzn-Trace-Id", "Root=" + trace_digits + ";Parent=" + span_digits}},
  };
}

/// As if a minute had passed.
void after_a_minute() {
  for (auto& last : detail::diagnostics.last_told_ns) last.store(0, detail::relaxed);
}

/// A value that the variable cannot have, and what reads it.
struct bad_variable {
  std::string_view name;
  std::string_view value;
  std::string_view sentence; ///< behind `NAME=value`, or the whole of it
  std::function<void(environment const&)> read;
};

void read_otlp(environment const& env) { static_cast<void>(detail::settle(otlp_http{}, env)); }
void read_batch(environment const& env) { static_cast<void>(detail::choose_batch({}, env)); }
void read_limits(environment const& env) { static_cast<void>(chosen_limits({}, env)); }

std::vector<bad_variable> bad_variables() {
  std::string_view const number = " is not a whole number; it is ignored";
  std::string_view const range = " is out of range (0 to 9223372036854775807); it is ignored";
  std::string_view const positive = " is out of range (1 to 9223372036854775807); it is ignored";
  return {
      {"OTEL_BSP_SCHEDULE_DELAY", "5s", number, read_batch},
      {"OTEL_BSP_SCHEDULE_DELAY", "-1", range, read_batch},
      {"OTEL_BSP_EXPORT_TIMEOUT", "1e3", number, read_batch},
      {"OTEL_BSP_MAX_QUEUE_SIZE", "0", positive, read_batch},
      {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "0x10", number, read_batch},
      {"OTEL_ATTRIBUTE_COUNT_LIMIT", "many", number, read_limits},
      {"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "-5", range, read_limits},
      {"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "1.5", number, read_limits},
      {"OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "99999999999999999999", range, read_limits},
      {"OTEL_SPAN_EVENT_COUNT_LIMIT", "-1", range, read_limits},
      {"OTEL_SPAN_LINK_COUNT_LIMIT", "x", number, read_limits},
      {"OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "1 2", number, read_limits},
      {"OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "+1", number, read_limits},
      {"OTEL_EXPORTER_OTLP_TIMEOUT", "10s", number, read_otlp},
      {"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "soon", number, read_otlp},
      {"OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://collector", " has a scheme other than http and https; it is ignored", read_otlp},
      {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://collector:0", " has a port that is not a number from 1 to 65535; it is ignored", read_otlp},
      {"OTEL_EXPORTER_OTLP_PROTOCOL", "thrift", " is unknown (known: grpc, http/protobuf, http/json); it is ignored", read_otlp},
      {"OTEL_EXPORTER_OTLP_COMPRESSION", "zip", " is unknown (known: none, gzip); it is ignored", read_otlp},
      {"OTEL_EXPORTER_OTLP_HEADERS", "api-key", ": entry 1 is not key=value with a percent-encoded value; it is skipped", read_otlp},
      {"OTEL_RESOURCE_ATTRIBUTES", "a=1,b", ": entry 2 is not key=value with a percent-encoded value; the whole list is ignored",
       [](environment const& env) { static_cast<void>(detail::default_resource(env, {})); }},
      {"OTEL_TRACES_EXPORTER", "carrier-pigeon", " asks for carrier-pigeon, but the program was built with otlp alone, which it uses; any_of{...} lets the variable choose",
       [](environment const& env) { detail::check_exporter_variable("otlp", env); }},
      {"OTEL_TRACES_EXPORTER", "carrier-pigeon", " asks for carrier-pigeon, which this program was not built with (it has otlp, none); it is ignored",
       [](environment const& env) {
         detail::choice_name const built[]{{"otlp", "http/json"}};
         static_cast<void>(detail::choose_exporters(built, env));
       }},
      {"OTEL_LOG_LEVEL", "loud", " is unknown (known: none, error, warn, info, debug, trace); it is ignored", [](environment const& env) { apply_log_level(env); }},
      {"OTEL_TRACES_SAMPLER", "always", " is no sampler; parentbased_always_on is used. Known are always_on, always_off, traceidratio, and each of these behind parentbased_",
       [](environment const& env) { static_cast<void>(chosen_sampler(env)); }},
      {"OTEL_TRACES_SAMPLER", "jaeger_remote", " names a sampler that asks a server for its rules, which spanwise has not built in; parentbased_always_on is used instead. Choose that, "
       "parentbased_traceidratio, or give a sampler of your own as options.sampler",
       [](environment const& env) { static_cast<void>(chosen_sampler(env)); }},
      {"OTEL_TRACES_SAMPLER_ARG", "1.1", " is not a number from 0 to 1; it is ignored",
       [](environment const& env) {
         static_cast<void>(chosen_sampler(environment{{"OTEL_TRACES_SAMPLER", "traceidratio"}, {"OTEL_TRACES_SAMPLER_ARG", *env.text("OTEL_TRACES_SAMPLER_ARG")}}));
       }},
      {"OTEL_SDK_DISABLED", "1", " is neither true nor false; it counts as false",
       [](environment const& env) { static_cast<void>(env.boolean("OTEL_SDK_DISABLED")); }},
  };
}

} // namespace

TEST_CASE("malformed headers of every format are no news, and leave the context as it was") {
  diagnostics_log const log;
  for (headers const& each : malformed()) {
    INFO(each.front().first << ": " << each.front().second.substr(0, 90));
    CHECK(nothing_of(read_all(each)));
    recorded trace;
    { span const work{"work", {.parent = read_all(each)}}; }
    CHECK_FALSE(trace.only().parent_span_id().valid());
  }
  CHECK(log.lines().empty());
}

TEST_CASE("a flood of malformed headers costs bounded time, no memory and no line") {
  diagnostics_log const log;
  std::vector<headers> const bad = malformed();
  testing::random_text random;
  std::string const good = "00-" + trace_digits + "-" + span_digits + "-01";
  double const begun = processor_seconds();
  long const before = held_blocks;
  std::size_t read = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    headers const& each = bad[static_cast<std::size_t>(i) % bad.size()];
    read += nothing_of(extract(each)) ? 0U : 1U;
  }
  CHECK(read == 0);
  for (int i = 0; i < 50'000; ++i)
    static_cast<void>(read_all({{"traceparent", random.mutated(good)}, {"tracestate", random.bytes(60)}, {"b3", random.bytes(60)}, {"uber-trace-id", random.bytes(60)}}));
  CHECK(processor_seconds() - begun < 60);
  CHECK(held_blocks == before);
  CHECK(log.lines().empty());
}

TEST_CASE("one huge header costs no more than the part of it that may count") {
  diagnostics_log const log;
  std::string const good = "00-" + trace_digits + "-" + span_digits + "-01";
  for (std::string const& piece : {std::string{"a=1,"}, std::string{","}, std::string{" "}, std::string{"%ff"}, std::string{"a"}, std::string{"a=%ff,"}}) {
    std::string huge;
    huge.reserve((std::size_t{8} << 20) + piece.size());
    while (huge.size() < std::size_t{8} << 20) huge += piece;
    headers const given{{"traceparent", good}, {"tracestate", huge}, {"baggage", huge}, {"b3", huge}, {"uber-trace-id", huge}, {"uberctx-k", huge}};
    double const begun = processor_seconds();
    context const read = read_all(given);
    CHECK(processor_seconds() - begun < 2);
    CHECK(read.span().valid());
    CHECK(read.span().state().empty());
    CHECK(read.baggage().size() <= 180);
  }
  CHECK(log.lines().empty());
}

TEST_CASE("each variable with a value that it cannot have is told once, with what becomes of it, and again only in a minute") {
  for (bad_variable const& each : bad_variables()) {
    INFO(each.name << "=" << each.value);
    diagnostics_log const log;
    environment const env{{each.name, each.value}};
    for (int times = 0; times < 100; ++times) each.read(env);
    REQUIRE(log.lines().size() == 1);
    std::string const line = log.lines().front();
    std::string expected{each.name};
    if (each.sentence.front() != ':' && !each.sentence.starts_with(" asks")) expected += "=" + std::string{each.value};
    CHECK(line == expected + std::string{each.sentence});
  }
}

TEST_CASE("a value of any length is told in a line of bounded length") {
  std::string const value(100'000, 'x');
  std::string list;
  while (list.size() < 100'000) list += "unknown,";
  for (bad_variable const& each : bad_variables())
    for (std::string const& given : {value, list}) {
      INFO(each.name);
      diagnostics_log const log;
      each.read(environment{{each.name, given}});
      for (std::string const& line : log.lines()) CHECK(line.size() < 700);
    }
  diagnostics_log const log;
  static_cast<void>(detail::format_choice_of(environment{{"OTEL_PROPAGATORS", list}}, {}));
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines().front().size() < 1000);
  CHECK(log.lines().front().starts_with("OTEL_PROPAGATORS asks for unknown, unknown, "));
  CHECK(log.lines().front().find("unknown, ..., but the program") != std::string::npos);
}

TEST_CASE("attributes without a key are left out, and told once in a minute") {
  diagnostics_log const log;
  recorded trace;
  for (int i = 0; i < 50; ++i) {
    span work{"work", {any_key(""), 1}, {"kept", 2}};
    work.event("event", {any_key(""), 1});
  }
  trace.settle();
  CHECK(log.lines() == std::vector<std::string>{"2 times: an attribute with an empty key was left out; a key needs at least one character"});
  after_a_minute();
  trace.settle();
  REQUIRE(log.lines().size() == 2);
  CHECK(log.lines().back() == "98 times: an attribute with an empty key was left out; a key needs at least one character");
  for (auto const& each : trace.spans()) CHECK(testing::shown(each.attributes()) == "{kept: 2}");
}

TEST_CASE("keys and names of any bytes arrive repaired, in silence") {
  diagnostics_log const log;
  recorded trace;
  { span const work{"\xff", {any_key("\xc3"), "\xe2\x82"}}; }
  CHECK(trace.only().name() == "\xEF\xBF\xBD");
  CHECK(trace.attributes() == "{\xEF\xBF\xBD: \"\xEF\xBF\xBD\"}");
  CHECK(log.lines().empty());
}

TEST_CASE("what limits leave out is counted once a span, however much it is, and told in one line") {
  diagnostics_log const log;
  options chosen;
  chosen.limits.attribute_count = 2;
  chosen.limits.event_count = 1;
  chosen.limits.link_count = 0;
  chosen.limits.attribute_per_event_count = 1;
  recorded trace{std::move(chosen)};
  span_context const elsewhere{*trace_id::from_hex(trace_digits), *span_id::from_hex(span_digits)};
  for (int i = 0; i < 3; ++i) {
    span work{"work"};
    for (int k = 0; k < 20; ++k) work.set(any_key(std::to_string(k)), k);
    for (int k = 0; k < 20; ++k) work.event("event", {"a", 1}, {"b", 2});
    work.link(elsewhere);
  }
  trace.settle();
  std::string const sentence = "a span reached a limit of attributes, events or links, and what came after that was left out; raise "
                               "options.limits or record less on one span";
  CHECK(log.lines() == std::vector<std::string>{"1 time: " + sentence});
  after_a_minute();
  trace.settle();
  CHECK(log.lines() == std::vector<std::string>{"1 time: " + sentence, "2 times: " + sentence});
  for (auto const& each : trace.spans()) {
    CHECK(each.dropped_attributes() == 18);
    CHECK(each.dropped_events() == 19);
    CHECK(each.dropped_links() == 1);
  }
}

TEST_CASE("an attribute that an event or a link loses is told as those of spans are") {
  for (bool const link : {false, true}) {
    diagnostics_log const log;
    options chosen;
    chosen.limits.attribute_per_event_count = 1;
    chosen.limits.attribute_per_link_count = 1;
    recorded trace{std::move(chosen)};
    {
      span work{"work"};
      if (link) work.link({*trace_id::from_hex(trace_digits), *span_id::from_hex(span_digits)}, {"a", 1}, {"b", 2});
      else work.event("event", {"a", 1}, {"b", 2});
    }
    trace.settle();
    REQUIRE(log.lines().size() == 1);
    CHECK(log.lines().front().starts_with("1 time: a span reached a limit"));
  }
}

TEST_CASE("values that are only cut are neither counted nor told") {
  diagnostics_log const log;
  options chosen;
  chosen.limits.attribute_value_length = 3;
  chosen.limits.attribute_value_depth = 1;
  recorded trace{std::move(chosen)};
  { span const work{"work", {"text", "abcdef"}, {"deep", std::vector<std::vector<int>>{{1}}}}; }
  CHECK(trace.attributes() == "{text: \"abc\", deep: [empty]}");
  CHECK(trace.only().dropped_attributes() == 0);
  trace.settle();
  CHECK(log.lines().empty());
}

TEST_CASE("a span whose memory is used up is told once, whatever it loses then") {
  diagnostics_log const log;
  options chosen;
  chosen.limits.max_span_bytes = 4096;
  recorded trace{std::move(chosen)};
  {
    span work{"work"};
    std::string const text(1000, 'x');
    for (int k = 0; k < 50; ++k) work.set(any_key(std::to_string(k)), text);
    for (int k = 0; k < 50; ++k) work.event(text, {"a", text});
  }
  trace.settle();
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines().front() == "1 time: a value was cut or left out because its span had used up the memory that it may take; raise "
                               "limits.max_span_bytes or set less on one span");
}

TEST_CASE("a flood of wrong calls gives one line a minute") {
  diagnostics_log const log;
  trace_state const state = *trace_state::parse("a=1");
  for (int round = 0; round < 100; ++round) {
    for (int i = 0; i < 10'000; ++i) REQUIRE(state.set("Bad Key", "x") == state);
    detail::tell_misuse();
  }
  after_a_minute();
  detail::tell_misuse();
  REQUIRE(log.lines().size() == 2);
  CHECK(log.lines().front() == "10000 times: a trace state was given a key or value that W3C Trace Context does not allow; it is unchanged");
  CHECK(log.lines().back() == "990000 times: a trace state was given a key or value that W3C Trace Context does not allow; it is unchanged");
}
