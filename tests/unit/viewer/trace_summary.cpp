#include <spanwise/viewer/trace_summary.hpp>

#include "samples.hpp"

using namespace spanwise;
using samples::groups_of;

TEST_CASE("a trace in a line: its root, its services in order, its length, what failed and what is missing") {
  trace_store store;
  store.add(
      groups_of("order", {{.id = 3, .parent = 2, .name = "process-order", .from_ms = 3, .to_ms = 9, .status = 2}}));
  store.add(groups_of("gateway", {{.id = 2, .parent = 1, .name = "POST", .from_ms = 1, .to_ms = 9.5},
                                  {.id = 1, .name = "POST /checkout", .from_ms = 0, .to_ms = 10}}));
  trace_summary const whole = summarize(*store.trace(samples::trace(1)));
  CHECK(whole.service == "gateway");
  CHECK(whole.name == "POST /checkout");
  CHECK(whole.services == std::vector<std::string>{"gateway", "order"});
  CHECK(whole.spans == 3);
  CHECK(whole.errors == 1);
  CHECK(whole.roots == 1);
  CHECK(whole.orphans == 0);
  CHECK(whole.whole());
  CHECK(whole.start.unix_ns == samples::noon);
  CHECK(whole.duration_ns() == 10'000'000);
}

TEST_CASE("without its root a trace goes by its earliest span and is not whole") {
  trace_store store;
  store.add(groups_of("order",
                      {{.id = 3, .parent = 2, .from_ms = 3}, {.id = 4, .parent = 9, .name = "early", .from_ms = 1}}));
  trace_summary const part = summarize(*store.trace(samples::trace(1)));
  CHECK(part.name == "early");
  CHECK(part.roots == 0);
  CHECK(part.orphans == 2);
  CHECK_FALSE(part.whole());
}

TEST_CASE("an operation is all spans of a name in a service, with percentiles by nearest rank") {
  trace_store store;
  std::vector<samples::sample_span> spans;
  for (std::uint64_t id = 1; id <= 100; ++id)
    spans.push_back(
        {.trace = id, .id = id, .name = "pay", .to_ms = static_cast<double>(101 - id), .status = id % 20 == 0 ? 2 : 0});
  store.add(groups_of("shop", spans));
  store.add(groups_of("bank", {{.trace = 1, .id = 500, .name = "pay", .to_ms = 7}}));
  auto const rows = operations_of(store.traces());
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].service == "bank");
  CHECK(rows[0].p50_ns == 7'000'000);
  CHECK(rows[0].p99_ns == 7'000'000);
  CHECK(rows[1].count == 100);
  CHECK(rows[1].errors == 5);
  CHECK(rows[1].p50_ns == 50'000'000);
  CHECK(rows[1].p99_ns == 99'000'000);
  CHECK(rows[1].max_ns == 100'000'000);
  CHECK(operations_of({}).empty());
}

TEST_CASE("an operation that ended before it started took no time") {
  trace_store store;
  store.add(groups_of("shop", {{.id = 1, .name = "pay", .from_ms = 5, .to_ms = 1}}));
  auto const rows = operations_of(store.traces());
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].max_ns == 0);
}
