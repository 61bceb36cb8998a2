#include <spanwise/trace/span_body.hpp>

#include <spanwise/trace/current_span.hpp>
#include <spanwise/trace/tracer.hpp>

#include "diagnostics_log.hpp"
#include "recorded.hpp"

#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using spanwise::status_code;
using testing::recorded;
using testing::shown;

namespace {

spanwise::span_context elsewhere() {
  return {*spanwise::trace_id::from_hex("3f9a1c5be27d4d0b8c6e0a47d15f2b93"), *spanwise::span_id::from_hex("5ad3e7f1096b2c48"),
          {0x03}, *spanwise::trace_state::parse("a=1"), true};
}

bool told(diagnostics_log const& log, std::string_view part) {
  for (auto const& line : log.lines())
    if (line.find(part) != std::string::npos) return true;
  return false;
}

/// Makes a span in its destructor.
struct cleaner {
  char const* name;
  ~cleaner() {
    spanwise::span span{name};
    span.set("cleaning", true);
  }
};

} // namespace

TEST_CASE("before a start: a span is nothing, what was current stays, a given parent is passed on") {
  {
    spanwise::span span{"x", {"a", 1}};
    span.set("b", 2);
    span.event("e");
    span.error("no");
    CHECK(!span.recording());
    CHECK(!span.context().span().valid());
  }
  spanwise::context const caller{elsewhere(), spanwise::baggage{}.set("tenant", "blue")};
  {
    spanwise::span span{"x", {.kind = spanwise::span_kind::server, .parent = caller}};
    CHECK(span.context().span() == caller.span());
    CHECK(spanwise::current_context().span() == caller.span());
    CHECK(spanwise::current_context().baggage().get("tenant") == "blue");
    spanwise::span const below{"below"};
    CHECK(below.context().span() == caller.span());
    {
      spanwise::span const root{"root", {.parent = spanwise::root}};
      CHECK(!root.context().span().valid());
      CHECK(!spanwise::current_context().span().valid());
      CHECK(spanwise::current_context().baggage().get("tenant") == "blue");
    }
    spanwise::current_span().set("a", 1);
    span.end();
    CHECK(span.context().span() == caller.span());
    CHECK(!spanwise::current_context().span().valid());
  }
  CHECK(!spanwise::current_context().span().valid());
}

TEST_CASE("a span begun before the start stays nothing; those after it are real") {
  std::optional<spanwise::span> early{std::in_place, "early"};
  recorded trace;
  early->set("a", 1);
  {
    spanwise::span const next{"next"};
    CHECK(next.recording());
  }
  early.reset();
  CHECK(trace.only().name() == "next");
  CHECK(!trace.only().parent_span_id().valid());
}

TEST_CASE("after the shutdown: spans are nothing, and those still open are lost and counted") {
  diagnostics_log const log;
  recorded trace;
  spanwise::span open{"open"};
  { spanwise::span const done{"done"}; }
  trace.expect_open(1);
  trace.settle();
  spanwise::shutdown_result const end = trace.tracing().shutdown(std::chrono::seconds{5});
  CHECK(end.exported == 1);
  CHECK(end.left == 1);
  { spanwise::span const late{"late"}; }
  open.set("a", 1);
  open.end();
  CHECK(trace.size() == 1);
  CHECK(trace.counts().dropped[static_cast<std::size_t>(spanwise::drop_reason::after_shutdown)] == 1);
  CHECK(trace.counts().in_flight == 0);
  CHECK(trace.counts().started == 2);
  CHECK(trace.counts().balanced());
  trace.was_stopped();
}

TEST_CASE("started again: a span of the first run does not appear in the second") {
  diagnostics_log const log;
  std::optional<spanwise::span> open;
  {
    recorded first;
    open.emplace("open");
    { spanwise::span const span{"first"}; }
    CHECK(first["first"].parent_span_id() == open->context().span().span_id());
    first.expect_open(1);
  }
  recorded second;
  { spanwise::span const span{"second"}; }
  open->set("a", 1);
  open.reset();
  CHECK(second.only().name() == "second");
  CHECK(second.counts().started == 1);
}

TEST_CASE("started again with smaller limits: a span of the first run is still taken care of") {
  diagnostics_log const log;
  std::optional<spanwise::span> open;
  {
    recorded first;
    open.emplace("open");
    for (int i = 0; i < 100; ++i) open->set(spanwise::any_key("k" + std::to_string(i % 60)), i);
    first.expect_open(1);
  }
  spanwise::options small;
  small.limits = {.attribute_count = 1, .max_span_bytes = 512};
  recorded second{std::move(small)};
  for (int i = 0; i < 1000; ++i) open->set(spanwise::any_key("k" + std::to_string(i)), std::string(200, 'x'));
  open->event("e");
  open->error("x");
  open->update_name("y");
  open.reset();
  CHECK(second.size() == 0);
}

TEST_CASE("started and stopped many times, with spans before, between and after", "[threads]") {
  for (int run = 0; run < 20; ++run) {
    { spanwise::span const span{"between"}; }
    recorded trace{spanwise::batch_options{}};
    for (int i = 0; i < 50; ++i) {
      spanwise::span const outer{"outer"};
      spanwise::span const inner{"inner"};
    }
    std::thread{[] { spanwise::span const span{"there"}; }}.join();
    trace.settle();
    CHECK(trace.size() == 101);
  }
}

TEST_CASE("ended out of order: told, and nothing is lost or wrongly related") {
  diagnostics_log log;
  {
    recorded trace;
    auto outer = std::make_unique<spanwise::span>("outer");
    auto inner = std::make_unique<spanwise::span>("inner");
    outer.reset();
    CHECK(spanwise::current_context().span() == inner->context().span());
    {
      spanwise::span const below{"below"};
    }
    inner.reset();
    CHECK(!spanwise::current_context().span().valid());
    { spanwise::span const after{"after"}; }
    CHECK(trace["inner"].parent_span_id() == trace["outer"].span_id());
    CHECK(trace["below"].parent_span_id() == trace["inner"].span_id());
    CHECK(!trace["after"].parent_span_id().valid());
  }
  CHECK(log.lines().size() == 1);
  CHECK(told(log, "before a span that was started inside it"));
}

TEST_CASE("ended in random order: what is current is always the newest one alive") {
  diagnostics_log const log;
  recorded trace;
  std::vector<std::unique_ptr<spanwise::span>> alive;
  std::uint32_t random = 12345;
  std::size_t made = 0;
  for (int step = 0; step < 2000; ++step) {
    random = random * 1664525U + 1013904223U;
    if (alive.size() < 100 && (random >> 16) % 2 == 0) {
      alive.push_back(std::make_unique<spanwise::span>("x"));
      ++made;
    } else if (!alive.empty()) {
      alive.erase(alive.begin() + static_cast<std::ptrdiff_t>((random >> 16) % alive.size()));
    }
    spanwise::span_context const current = spanwise::current_context().span();
    if (alive.empty()) REQUIRE(!current.valid());
    else REQUIRE(current == alive.back()->context().span());
  }
  while (!alive.empty()) alive.erase(alive.begin());
  CHECK(trace.size() == made);
}

TEST_CASE("ended on another thread: told, and repaired on the first one", "[threads]") {
  diagnostics_log log;
  {
    recorded trace{spanwise::batch_options{}};
    auto span = std::make_unique<spanwise::span>("moved");
    std::thread{[taken = std::move(span)]() mutable {
      taken->set("thread", 2);
      taken.reset();
    }}.join();
    CHECK(!spanwise::current_context().span().valid());
    { spanwise::span const after{"after"}; }
    trace.settle();
    CHECK(!trace["after"].parent_span_id().valid());
    CHECK(shown(trace["moved"].attributes()) == "{thread: 2}");
  }
  CHECK(told(log, "ended on another thread"));
}

TEST_CASE("spans handed from thread to thread all arrive", "[threads]") {
  diagnostics_log const log;
  recorded trace{spanwise::batch_options{}};
  for (int round = 0; round < 50; ++round) {
    std::vector<std::unique_ptr<spanwise::span>> spans;
    std::thread{[&] {
      for (int i = 0; i < 20; ++i) spans.push_back(std::make_unique<spanwise::span>("x"));
    }}.join();
    std::thread{[&] {
      spanwise::span const own{"own"};
      for (auto& each : spans) each->set("round", round);
      spans.clear();
      spanwise::span const child{"child"};
    }}.join();
  }
  trace.settle();
  CHECK(trace.size() == 50 * 22);
  for (auto const& each : trace.spans())
    if (each.name() == "child") CHECK(each.parent_span_id().valid());
}

TEST_CASE("a thread that ends with a span alive: the span goes on elsewhere", "[threads]") {
  diagnostics_log const log;
  recorded trace{spanwise::batch_options{}};
  std::unique_ptr<spanwise::span> span;
  std::thread{[&] { span = std::make_unique<spanwise::span>("survivor"); }}.join();
  std::thread{[] { spanwise::span const other{"other thread"}; }}.join();
  span->set("a", 1);
  span.reset();
  trace.settle();
  CHECK(shown(trace["survivor"].attributes()) == "{a: 1}");
  CHECK(!trace["other thread"].parent_span_id().valid());
}

TEST_CASE("a span in thread_local memory ends with its thread, whatever was made first", "[threads]") {
  recorded trace{spanwise::batch_options{}};
  std::thread{[] {
    thread_local std::unique_ptr<spanwise::span> const made_first{new spanwise::span{"first"}};
    thread_local spanwise::span const direct{"direct"};
    static_cast<void>(made_first->recording());
    static_cast<void>(direct.recording());
  }}.join();
  std::thread{[] {
    // Known to the thread before any span, so destroyed after all of spanwise's own.
    thread_local std::unique_ptr<spanwise::span> late;
    late.reset();
    late = std::make_unique<spanwise::span>("late");
    late->set("a", 1);
  }}.join();
  trace.settle();
  CHECK(trace.size() == 3);
  CHECK(shown(trace["late"].attributes()) == "{a: 1}");
}

TEST_CASE("spans in destructors of thread_local objects do no harm", "[threads]") {
  recorded trace{spanwise::batch_options{}};
  std::thread{[] {
    thread_local cleaner const before{"before"};
    static_cast<void>(before.name);
    spanwise::span const span{"span"};
    thread_local cleaner const after{"after"};
    static_cast<void>(after.name);
  }}.join();
  std::thread{[] {
    auto const context = spanwise::attach(spanwise::context{elsewhere()});
    thread_local cleaner const between{"between"};
    static_cast<void>(between.name);
    spanwise::span const span{"span after attach"};
  }}.join();
  trace.settle();
  CHECK(trace["span"].name() == "span");
  CHECK(trace["after"].name() == "after");
}

TEST_CASE("an exception that goes through a span makes it an error") {
  recorded trace;
  try {
    spanwise::span const outer{"outer"};
    spanwise::span const inner{"inner"};
    throw std::runtime_error{"deep"};
  } catch (std::runtime_error const&) {
    spanwise::span const handler{"handler"};
  }
  CHECK(trace["outer"].status() == status_code::error);
  CHECK(trace["inner"].status() == status_code::error);
  CHECK(trace["handler"].status() == status_code::unset);
}

TEST_CASE("an exception that is caught inside leaves the span alone") {
  recorded trace;
  {
    spanwise::span const span{"x"};
    try {
      throw 1;
    } catch (int) {
    }
  }
  CHECK(trace.only().status() == status_code::unset);
}

TEST_CASE("what was said of the outcome stays when an exception goes through") {
  recorded trace;
  try {
    spanwise::span error{"error"};
    error.error("the reason");
    spanwise::span ok{"ok"};
    ok.ok();
    throw 1;
  } catch (int) {
  }
  CHECK(trace["error"].status() == status_code::error);
  CHECK(trace["error"].status_message() == "the reason");
  CHECK(trace["ok"].status() == status_code::ok);
}

TEST_CASE("a span made and ended in a destructor during unwinding is no error") {
  recorded trace;
  try {
    cleaner const clean{"cleanup"};
    throw 1;
  } catch (int) {
  }
  CHECK(trace.only().status() == status_code::unset);
  CHECK(trace.attributes() == "{cleaning: true}");
}

TEST_CASE("an exception within such a destructor counts for its own span") {
  recorded trace;
  struct careful {
    ~careful() {
      try {
        spanwise::span const span{"inner"};
        throw 2;
      } catch (int) {
      }
      spanwise::span const fine{"fine"};
    }
  };
  try {
    careful const guard;
    throw 1;
  } catch (int) {
  }
  CHECK(trace["inner"].status() == status_code::error);
  CHECK(trace["fine"].status() == status_code::unset);
}

TEST_CASE("ended by hand in a handler: no error by itself") {
  recorded trace;
  {
    spanwise::span span{"x"};
    try {
      throw 1;
    } catch (int) {
      span.end();
    }
  }
  CHECK(trace.only().status() == status_code::unset);
}

TEST_CASE("a detached span takes no error from what goes through its scope") {
  recorded trace;
  try {
    spanwise::detached_span const job{"job"};
    throw 1;
  } catch (int) {
  }
  CHECK(trace.only().status() == status_code::unset);
}

TEST_CASE("a span nested too deep is recorded, and told") {
  diagnostics_log log;
  constexpr std::size_t depth = 10'000;
  {
    recorded trace{spanwise::batch_options{}};
    std::vector<std::unique_ptr<spanwise::span>> spans;
    for (std::size_t i = 0; i < depth; ++i) spans.push_back(std::make_unique<spanwise::span>("x"));
    CHECK(spans.back()->recording());
    while (!spans.empty()) spans.pop_back();
    CHECK(!spanwise::current_context().span().valid());
    { spanwise::span const after{"after"}; }
    trace.settle();
    CHECK(trace.size() == depth + 1);
    CHECK(!trace["after"].parent_span_id().valid());
  }
  CHECK(told(log, "nested"));
}

TEST_CASE("a full queue drops the newest spans, counts them, and recovers") {
  diagnostics_log const log;
  recorded trace{spanwise::batch_options{.max_queue_bytes = 256 * 1024, .schedule_delay = std::chrono::hours{1}}};
  for (int i = 0; i < 200; ++i) {
    spanwise::span span{"x"};
    span.set("big", std::string(10'000, 'x'));
  }
  trace.settle();
  std::uint64_t const dropped = trace.counts().dropped_total();
  CHECK(trace.size() + dropped == 200);
  CHECK(dropped > 0);
  { spanwise::span const span{"after"}; }
  trace.settle();
  CHECK(trace["after"].name() == "after");
}
