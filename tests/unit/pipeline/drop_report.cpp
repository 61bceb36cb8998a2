#include <spanwise/pipeline/drop_report.hpp>

#include "diagnostics_log.hpp"
#include "probe.hpp"

using namespace testing;
using spanwise::drop_reason;
using spanwise::trace_counts;
using spanwise::detail::drop_report;

namespace {

trace_counts counts(std::uint64_t full, std::uint64_t large = 0) {
  trace_counts all{};
  all.dropped[static_cast<std::size_t>(drop_reason::queue_full)] = full;
  all.dropped[static_cast<std::size_t>(drop_reason::too_large)] = large;
  return all;
}

} // namespace

TEST_CASE("dropped spans are told with their number, the reason and what to do") {
  diagnostics_log log;
  drop_report told;
  told.tell(counts(0), {16 << 20, 0});
  CHECK(log.lines().empty());
  told.tell(counts(12, 1), {16 << 20, 0, spanwise::record::max_size});
  auto const lines = log.lines();
  REQUIRE(lines.size() == 2);
  CHECK(lines[0] == "12 spans were dropped since the start, because the queue was full (16384 KiB): the exporter does "
                    "not keep up; raise max_queue_bytes, or record less with a sampler");
  CHECK(lines[1] == "1 span was dropped since the start, because each was larger than 2047 KiB; set less on one span");
}

TEST_CASE("what was shed is told apart from what found no room") {
  diagnostics_log log;
  drop_report told;
  trace_counts all{};
  all.dropped[static_cast<std::size_t>(drop_reason::trace_shed)] = 40;
  told.tell(all, {16 << 20, 0});
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines()[0] == "40 spans were dropped since the start, because the queue was nearly full (16384 KiB) when their "
                          "traces began, and what room there was went to those begun before: the exporter does not keep "
                          "up; raise max_queue_bytes, or record less with a sampler");
}

TEST_CASE("a queue that is bounded by a number says which") {
  diagnostics_log log;
  drop_report told;
  told.tell(counts(3), {16 << 20, 2048});
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines()[0].find("(2048 spans, 16384 KiB)") != std::string::npos);
  CHECK(log.lines()[0].find("OTEL_BSP_MAX_QUEUE_SIZE") != std::string::npos);
}

TEST_CASE("what came too soon after the last word is told by a later one, and nothing is told twice") {
  drop_report told;
  {
    diagnostics_log log;
    told.tell(counts(3), {});
    told.tell(counts(5), {}); // within the minute
    CHECK(log.lines().size() == 1);
  }
  diagnostics_log later;
  told.tell(counts(5), {});
  REQUIRE(later.lines().size() == 1);
  CHECK(later.lines()[0].starts_with("5 spans were"));
  diagnostics_log much_later;
  told.tell(counts(5), {});
  CHECK(much_later.lines().empty());
}

TEST_CASE("that there is room again is told once, when nothing was dropped for a minute") {
  constexpr std::int64_t second = 1'000'000'000;
  diagnostics_log log;
  drop_report told;
  told.tell(counts(0), {}, 0);
  told.tell(counts(0), {}, 100 * second);
  CHECK(log.lines().empty());
  told.tell(counts(12), {}, 101 * second);
  told.tell(counts(20), {}, 130 * second);
  told.tell(counts(20), {}, 189 * second);
  CHECK(log.lines().size() == 1);
  told.tell(counts(20), {}, 190 * second);
  REQUIRE(log.lines().size() == 2);
  CHECK(log.lines()[1] == "there is room for spans again: none was dropped for a minute; 20 were since the start");
  told.tell(counts(20), {}, 300 * second);
  CHECK(log.lines().size() == 2);
  diagnostics_log later;
  told.tell(counts(21), {}, 400 * second);
  told.tell(counts(21), {}, 460 * second);
  REQUIRE(later.lines().size() == 2);
  CHECK(later.lines()[1] == "there is room for spans again: none was dropped for a minute; 21 were since the start");
}

TEST_CASE("a span that is too large says nothing of room") {
  diagnostics_log log;
  drop_report told;
  told.tell(counts(0, 1), {}, 1);
  told.tell(counts(0, 1), {}, 100'000'000'000);
  CHECK(log.lines().size() == 1);
}

TEST_CASE("a running pipeline says that its queue is full, before it ends", "[threads]") {
  bool const by_number = GENERATE(true, false);
  inbox box;
  gate hold;
  diagnostics_log log;
  spanwise::batch_options bounds{.max_queue_bytes = 256 << 10, .schedule_delay = 0ms};
  if (by_number) bounds.max_queue_size = 10;
  auto tracing =
      spanwise::start("test", spanwise::batch{bounds, probe_behind(hold, box)});
  make_spans(1);
  CHECK(hold.wait_for_arrival());
  make_spans(20'000);
  hold.open();
  for (int i = 0; i < 500 && log.lines().empty(); ++i) std::this_thread::sleep_for(10ms);
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines()[0].find("the queue was nearly full") != std::string::npos);
  CHECK((log.lines()[0].find("OTEL_BSP_MAX_QUEUE_SIZE") != std::string::npos) == by_number);
}

TEST_CASE("what was dropped last is told at the end", "[threads]") {
  inbox box;
  gate hold;
  diagnostics_log log;
  auto tracing = spanwise::start(
      "test",
      spanwise::batch{spanwise::batch_options{.max_queue_size = 10, .schedule_delay = 0ms, .max_export_batch_size = 10},
                      probe_behind(hold, box)});
  make_spans(100);
  CHECK(hold.wait_for_arrival());
  hold.open();
  auto const end = tracing.shutdown(5s);
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines()[0].starts_with(std::to_string(end.dropped) + " spans were dropped"));
}
