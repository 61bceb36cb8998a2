#include <spanwise/pipeline/batch_settings.hpp>

#include "diagnostics_log.hpp"
#include "probe.hpp"

#include <cstdlib>

using namespace std::chrono_literals;
using spanwise::batch_options;
using spanwise::environment;
using spanwise::detail::choose_batch;

TEST_CASE("with nothing said OpenTelemetry's defaults hold, and memory bounds the queue") {
  diagnostics_log log;
  auto const chosen = choose_batch({}, environment{});
  CHECK(chosen.settings.batch_size == 512);
  CHECK(chosen.settings.delay == 5s);
  CHECK(chosen.settings.export_timeout == 30s);
  CHECK(chosen.bytes == 16 << 20);
  CHECK(chosen.most_spans == 0);
  CHECK(log.lines().empty());
}

TEST_CASE("the variables fill what code left out") {
  environment const env{{"OTEL_BSP_MAX_QUEUE_SIZE", "3000"},
                        {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "100"},
                        {"OTEL_BSP_SCHEDULE_DELAY", "250"},
                        {"OTEL_BSP_EXPORT_TIMEOUT", "0"}};
  auto const chosen = choose_batch({}, env);
  CHECK(chosen.most_spans == 3000);
  CHECK(chosen.settings.batch_size == 100);
  CHECK(chosen.settings.delay == 250ms);
  CHECK(chosen.settings.export_timeout == 0ms); // no limit
  auto const by_code = choose_batch({.max_queue_size = 10,
                                     .max_queue_bytes = 1 << 20,
                                     .schedule_delay = 1s,
                                     .max_export_batch_size = 5,
                                     .export_timeout = 2s},
                                    env);
  CHECK(by_code.most_spans == 10);
  CHECK(by_code.bytes == 1 << 20);
  CHECK(by_code.settings.batch_size == 5);
  CHECK(by_code.settings.delay == 1s);
  CHECK(by_code.settings.export_timeout == 2s);
}

TEST_CASE("values that make no sense are told of, each once, and the defaults hold") {
  diagnostics_log log;
  char const* const bad = GENERATE("0", "-1", "5.0", "12ms", "0x10", "1e3", "abc", "99999999999999999999");
  environment const env{{"OTEL_BSP_MAX_QUEUE_SIZE", bad}, {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", bad}};
  auto const chosen = choose_batch({}, env);
  INFO(bad);
  CHECK(chosen.most_spans == 0);
  CHECK(chosen.settings.batch_size == 512);
  CHECK(log.lines().size() == 2);
}

TEST_CASE("times that make no sense are told of; zero is a time") {
  diagnostics_log log;
  auto const bad = choose_batch({}, environment{{"OTEL_BSP_SCHEDULE_DELAY", "10s"}, {"OTEL_BSP_EXPORT_TIMEOUT", "-1"}});
  CHECK(bad.settings.delay == 5s);
  CHECK(bad.settings.export_timeout == 30s);
  CHECK(log.lines().size() == 2);
  CHECK(choose_batch({}, environment{{"OTEL_BSP_SCHEDULE_DELAY", "0"}}).settings.delay == 0ms);
}

TEST_CASE("empty variables count as unset") {
  diagnostics_log log;
  auto const chosen = choose_batch({}, environment{{"OTEL_BSP_SCHEDULE_DELAY", ""}, {"OTEL_BSP_MAX_QUEUE_SIZE", "  "}});
  CHECK(chosen.settings.delay == 5s);
  CHECK(chosen.most_spans == 0);
  CHECK(log.lines().empty());
}

TEST_CASE("a batch above the queue is cut to it, and that is told") {
  diagnostics_log log;
  auto const alone = choose_batch({}, environment{{"OTEL_BSP_MAX_QUEUE_SIZE", "100"}});
  CHECK(alone.settings.batch_size == 100);
  CHECK(log.lines() == std::vector<std::string>{
                           "the export batch size (OTEL_BSP_MAX_EXPORT_BATCH_SIZE), 512 by default, is above the queue "
                           "size (OTEL_BSP_MAX_QUEUE_SIZE), 100; batches of that many spans are sent; set both"});
  diagnostics_log second;
  auto const both =
      choose_batch({}, environment{{"OTEL_BSP_MAX_QUEUE_SIZE", "100"}, {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "200"}});
  CHECK(both.settings.batch_size == 100);
  CHECK(second.lines().size() == 1);
  diagnostics_log third;
  auto const size_alone = choose_batch({}, environment{{"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4000"}});
  CHECK(size_alone.settings.batch_size == 2048);
  CHECK(size_alone.most_spans == 0);
  CHECK(third.lines() == std::vector<std::string>{
                             "the export batch size (OTEL_BSP_MAX_EXPORT_BATCH_SIZE), 4000, is above the queue size "
                             "(OTEL_BSP_MAX_QUEUE_SIZE), 2048 by default; batches of that many spans are sent; set both"});
  CHECK(choose_batch({.max_export_batch_size = 4000}, environment{}).settings.batch_size == 4000);
  auto const by_code = choose_batch({.max_queue_size = 7, .max_export_batch_size = 8}, environment{});
  CHECK(by_code.settings.batch_size == 7);
  CHECK(by_code.most_spans == 7);
}

TEST_CASE("senseless numbers from code count as left out; enormous ones are as large as can be") {
  environment const env{{"OTEL_BSP_SCHEDULE_DELAY", "250"}};
  auto const none = choose_batch(
      {.max_queue_size = 0, .schedule_delay = -1ms, .max_export_batch_size = 0, .export_timeout = -1ms}, env);
  CHECK(none.most_spans == 0);
  CHECK(none.settings.batch_size == 512);
  CHECK(none.settings.delay == 250ms);
  CHECK(none.settings.export_timeout == 30s);
  auto const most = choose_batch({.max_queue_size = SIZE_MAX,
                                  .schedule_delay = std::chrono::milliseconds::max(),
                                  .max_export_batch_size = SIZE_MAX,
                                  .export_timeout = std::chrono::milliseconds::max()},
                                 env);
  CHECK(most.most_spans == std::int64_t{1} << 31);
  CHECK(most.settings.batch_size == std::size_t{1} << 31);
  CHECK(most.settings.delay > std::chrono::hours{24 * 365});
  CHECK(most.settings.export_timeout > std::chrono::hours{24 * 365});
}

TEST_CASE("the variables of the process reach a pipeline that is started") {
  ::setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "10", 1);
  ::setenv("OTEL_BSP_SCHEDULE_DELAY", "3600000", 1);
  ::setenv("OTEL_BSP_MAX_QUEUE_SIZE", "45", 1);
  testing::inbox box;
  auto tracing = spanwise::start("test", spanwise::batch{testing::probe{box}});
  for (char const* name : {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "OTEL_BSP_SCHEDULE_DELAY", "OTEL_BSP_MAX_QUEUE_SIZE"})
    ::unsetenv(name);
  testing::make_spans(9);
  CHECK_FALSE(box.wait_for(1, 100ms));
  testing::make_spans(36);
  CHECK(tracing.flush());
  CHECK(box.size() == 45);
  auto const batches = box.batches();
  CHECK(std::all_of(batches.begin(), batches.end(), [](std::size_t size) { return size <= 10; }));
}
