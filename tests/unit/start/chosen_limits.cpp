#include <spanwise/start/chosen_limits.hpp>

#include "diagnostics_log.hpp"
#include "recorded.hpp"

using spanwise::chosen_limits;
using spanwise::environment;
using spanwise::span_limits;

TEST_CASE("limits: with nothing said they are OpenTelemetry's") {
  CHECK(chosen_limits({}, environment{}) == span_limits{});
  CHECK(span_limits{}.attribute_count == 128);
  CHECK(span_limits{}.attribute_value_length == span_limits::unlimited);
}

TEST_CASE("limits: each variable sets its own") {
  span_limits const read = chosen_limits({}, environment{{"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "1"},
                                                         {"OTEL_SPAN_EVENT_COUNT_LIMIT", "2"},
                                                         {"OTEL_SPAN_LINK_COUNT_LIMIT", "3"},
                                                         {"OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "4"},
                                                         {"OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "5"},
                                                         {"OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "0"}});
  CHECK(read.attribute_count == 1);
  CHECK(read.event_count == 2);
  CHECK(read.link_count == 3);
  CHECK(read.attribute_per_event_count == 4);
  CHECK(read.attribute_per_link_count == 5);
  CHECK(read.attribute_value_length == 0);
  CHECK(read.attribute_value_depth == 64);
}

TEST_CASE("limits: the general variable counts where the one of the span says nothing") {
  environment const general{{"OTEL_ATTRIBUTE_COUNT_LIMIT", "10"},
                            {"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "20"},
                            {"OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "7"}};
  span_limits const read = chosen_limits({}, general);
  CHECK(read.attribute_count == 10);
  CHECK(read.attribute_per_event_count == 10);
  CHECK(read.attribute_per_link_count == 7);
  CHECK(read.event_count == 128);
  CHECK(read.attribute_value_length == 20);
}

TEST_CASE("limits: code wins over the environment") {
  environment const env{{"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "10"}, {"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "20"}};
  span_limits const read = chosen_limits({.attribute_count = 3, .attribute_value_length = span_limits::unlimited}, env);
  CHECK(read.attribute_count == 3);
  CHECK(read.attribute_value_length == span_limits::unlimited);
}

TEST_CASE("limits: a variable that is no number is told and ignored, a huge one means none") {
  diagnostics_log const log;
  span_limits const read =
      chosen_limits({}, environment{{"OTEL_SPAN_EVENT_COUNT_LIMIT", "-1"},
                                    {"OTEL_SPAN_LINK_COUNT_LIMIT", "many"},
                                    {"OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "99999999999"}});
  CHECK(read.event_count == 128);
  CHECK(read.link_count == 128);
  CHECK(read.attribute_value_length == span_limits::unlimited);
  REQUIRE(log.lines().size() == 2);
  CHECK(log.lines()[0].find("OTEL_SPAN_EVENT_COUNT_LIMIT=-1") == 0);
}

TEST_CASE("limits: a pipeline works with those of its environment") {
  testing::recorded traced{{.limits = {.event_count = 1},
                            .environment = environment{{"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "1"},
                                                       {"OTEL_SPAN_EVENT_COUNT_LIMIT", "50"},
                                                       {"OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "3"}}}};
  {
    spanwise::span span{"x", {"a", "abcdef"}, {"b", 1}};
    span.event("one");
    span.event("two");
  }
  CHECK(traced.attributes() == "{a: \"abc\"}");
  CHECK(traced.only().dropped_attributes() == 1);
  CHECK(traced.only().dropped_events() == 1);
}
