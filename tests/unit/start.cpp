#include <spanwise/start.hpp>

#include "child_process.hpp"
#include "diagnostics_log.hpp"
#include "probe.hpp"

#include <map>
#include <optional>
#include <set>
#include <stdexcept>

using namespace testing;

namespace {

bool told(diagnostics_log const& log, std::string_view what) {
  auto const lines = log.lines();
  return std::any_of(lines.begin(), lines.end(), [&](std::string const& line) { return line.find(what) != line.npos; });
}

} // namespace

TEST_CASE("before the start and after the end spans do nothing, and cost no pipeline anything") {
  inbox box;
  make_spans(3);
  {
    auto tracing = spanwise::start("test", spanwise::simple{probe{box}});
    CHECK(tracing.running());
    make_spans(2);
    static_cast<void>(tracing.shutdown(1s));
    CHECK_FALSE(tracing.running());
    make_spans(4);
    CHECK(tracing.stats().spans.started == 2);
  }
  make_spans(5);
  CHECK(box.size() == 2);
}

TEST_CASE("a tracer made before the start comes alive with it, each time anew") {
  constexpr spanwise::tracer tracer{"acme", "1"};
  inbox box;
  for (int i = 0; i < 3; ++i) {
    CHECK_FALSE(tracer.enabled());
    auto tracing = spanwise::start("test", spanwise::simple{probe{box}});
    CHECK(tracer.enabled());
    auto one = tracer.span("one");
  }
  CHECK_FALSE(tracer.enabled());
}

TEST_CASE("the second start is told of; spans stay with the first, and tracers of the second go there") {
  inbox one;
  inbox two;
  diagnostics_log log;
  auto first = spanwise::start("first", spanwise::simple{probe{one}});
  auto second = spanwise::start("second", spanwise::simple{probe{two}});
  CHECK(told(log, "second pipeline"));
  CHECK(second.running());
  make_spans(3);
  auto const tracer = second.tracer("acme");
  { auto mine = tracer.span("mine"); }
  CHECK(one.size() == 3);
  CHECK(two.names() == std::vector<std::string>{"mine"});
  auto const first_end = first.shutdown(1s);
  { auto mine = tracer.span("mine"); }
  make_spans(1); // the second has taken its place
  CHECK(one.size() == 3);
  CHECK(two.size() == 3);
  auto const second_end = second.shutdown(1s);
  { auto mine = tracer.span("mine"); }
  make_spans(1);
  CHECK_FALSE(tracer.enabled());
  check_accounts(first.stats(), {one}, first_end);
  check_accounts(second.stats(), {two}, second_end);
}

TEST_CASE("a handle that takes another start ends the first one and goes on with the second") {
  inbox one;
  inbox two;
  diagnostics_log log;
  auto tracing = spanwise::start("first", spanwise::simple{probe{one}});
  make_spans(1);
  tracing = spanwise::start("second", spanwise::simple{probe{two}});
  CHECK(tracing.running());
  CHECK(one->alive == 0);
  make_spans(2);
  CHECK(one.size() == 1);
  CHECK(two.size() == 2);
}

TEST_CASE("durations of any unit and size are taken as they are meant") {
  inbox box;
  auto tracing = spanwise::start("test", spanwise::batch{spanwise::batch_options{.schedule_delay = 1h}, probe{box}},
                                 {.shutdown_timeout = std::chrono::milliseconds::max()});
  int made = 0;
  auto const flushes = [&](auto within) {
    make_spans(1);
    ++made;
    return tracing.flush(within) && box.size() == static_cast<std::size_t>(made);
  };
  CHECK(flushes(std::chrono::milliseconds::max()));
  CHECK(flushes(std::chrono::hours::max()));
  CHECK(flushes(std::chrono::hours{24 * 365 * 1000}));
  CHECK(flushes(std::chrono::duration<double>{1e300}));
  CHECK(flushes(std::chrono::duration<float>{2.5F}));
  static_cast<void>(tracing.flush(std::chrono::milliseconds::min())); // no time at all
  CHECK(tracing.shutdown(std::chrono::hours::max()).exported == static_cast<std::uint64_t>(made));
}

TEST_CASE("spans of several pipelines mix on one thread, and each pipeline gets its own", "[threads]") {
  std::vector<inbox> boxes(8);
  std::vector<std::unique_ptr<spanwise::provider>> all;
  for (int i = 0; i < 8; ++i)
    all.push_back(
        std::make_unique<spanwise::provider>("test", spanwise::batch{probe{boxes[static_cast<std::size_t>(i)]}}));
  on_threads(4, [&] {
    for (int round = 0; round < 50; ++round) {
      auto outer = all[0]->tracer("t").span("outer");
      for (auto const& each : all) auto inner = each->tracer("t").span("inner");
    }
  });
  for (std::size_t i = 0; i < 8; ++i) {
    auto const end = all[i]->shutdown(5s);
    CHECK(end.exported == (i == 0 ? 400 : 200));
    check_accounts(all[i]->stats(), {boxes[i]}, end);
  }
}

TEST_CASE("there is room for eight pipelines; a ninth is refused with a word and does nothing") {
  inbox box;
  inbox ninth;
  diagnostics_log log;
  auto tracing = spanwise::start("test", spanwise::simple{probe{box}});
  std::vector<spanwise::provider> more;
  for (int i = 0; i < 7; ++i) more.emplace_back("more", spanwise::simple{probe{box}});
  CHECK(log.lines().empty());
  {
    spanwise::provider refused{"ninth", spanwise::batch{probe{ninth}}};
    CHECK_FALSE(refused.running());
    CHECK(told(log, "eight pipelines"));
    { auto none = refused.tracer("x").span("none"); }
    CHECK_FALSE(refused.tracer("x").enabled());
    CHECK_FALSE(refused.flush());
    CHECK(refused.shutdown(1s).exported == 0);
    CHECK(refused.stats().branches.empty());
  }
  CHECK(box.size() == 0); // neither in the default pipeline
  CHECK(ninth->alive == 0);
  static_cast<void>(more.back().shutdown(1s));
  CHECK_FALSE(
      spanwise::provider{"still ninth", spanwise::simple{probe{ninth}}}.running()); // its accounts can be asked for
  more.pop_back();
  spanwise::provider eighth{"eighth", spanwise::simple{probe{ninth}}};
  CHECK(eighth.running());
  { auto one = eighth.tracer("x").span("one"); }
  CHECK(ninth.size() == 1);
}

TEST_CASE("tracing can be started and ended a thousand times", "[threads]") {
  inbox box;
  std::uint64_t made = 0;
  std::optional<spanwise::span> none;
  for (int i = 0; i < 1000; ++i) {
    auto tracing =
        i % 2 == 0
            ? spanwise::start("test", spanwise::simple{probe{box}})
            : spanwise::start(
                  "test", spanwise::batch{spanwise::batch_options{.max_queue_bytes = i % 3 == 0 ? 1 << 20 : 256 << 10},
                                          probe{box}});
    REQUIRE(tracing.running());
    make_spans(i % 7);
    made += static_cast<std::uint64_t>(i % 7);
    if (i % 10 == 0) continue; // ended by the destructor alone
    auto const end = tracing.shutdown(5s);
    if (end.exported != static_cast<std::uint64_t>(i % 7)) FAIL("round " << i);
  }
  CHECK(box.size() == made);
  CHECK(box.doubles() == 0);
  CHECK(box->alive == 0);
}

TEST_CASE("starts and ends race with threads that come, go and make spans", "[threads]") {
  diagnostics_log log;
  std::atomic<bool> over{false};
  std::vector<std::thread> busy;
  for (int i = 0; i < 3; ++i)
    busy.emplace_back([&] {
      while (!over) {
        spanwise::span outer{"outer"};
        make_spans(3);
        std::this_thread::yield();
      }
    });
  std::thread coming_and_going{[&] {
    while (!over) std::thread{[] { make_spans(2); }}.join();
  }};
  for (int round = 0; round < 60; ++round) {
    inbox box;
    auto tracing = round % 3 == 0 ? spanwise::start("test", spanwise::simple{probe{box}})
                                  : spanwise::start("test", spanwise::batch{probe{box}});
    std::this_thread::sleep_for(std::chrono::microseconds{200 * (round % 10)});
    auto const end = tracing.shutdown(5s);
    CHECK(end.exported == box.size());
    CHECK(box.doubles() == 0);
    CHECK(box->overlaps == 0);
    auto const stats = tracing.stats();
    CHECK(stats.branches[0].exported == box.size());
    CHECK(stats.branches[0].total() == stats.spans.settled);
  }
  over = true;
  for (std::thread& each : busy) each.join();
  coming_and_going.join();
}

TEST_CASE("a handle can be moved; what it was moved from is empty") {
  inbox box;
  auto tracing = spanwise::start("test", spanwise::batch{probe{box}});
  auto const tracer = tracing.tracer("x");
  auto moved = std::move(tracing);
  CHECK_FALSE(tracing.running());
  CHECK_FALSE(tracing.flush());
  CHECK(tracing.shutdown(1s).exported == 0);
  CHECK(moved.running());
  make_spans(1);
  { auto one = tracer.span("one"); }
  CHECK(moved.flush());
  CHECK(box.size() == 2);
  moved = std::move(*&moved);
  CHECK(moved.running());
  {
    spanwise::provider held = std::move(moved);
    make_spans(1);
  }
  CHECK(box.size() == 3);
  CHECK(box->alive == 0);
}

TEST_CASE("a handle may end on another thread than the one it was made on", "[threads]") {
  inbox box;
  std::optional<spanwise::provider> tracing{spanwise::start("test", spanwise::batch{probe{box}})};
  make_spans(3);
  std::thread{[&] { tracing.reset(); }}.join();
  CHECK(box.size() == 3);
  CHECK(box->alive == 0);
  make_spans(3);
  CHECK(box.size() == 3);
}

TEST_CASE("on the way out of a scope by an exception what is queued is sent", "[threads]") {
  inbox box;
  try {
    auto tracing = spanwise::start("test", spanwise::batch{probe{box}});
    spanwise::span open{"open"};
    make_spans(3);
    throw std::runtime_error{"out"};
  } catch (std::exception const&) {}
  CHECK(box.size() == 4);
}

TEST_CASE("a shutdown that lost nothing says nothing, one that did says what") {
  inbox box;
  {
    diagnostics_log log;
    { auto tracing = spanwise::start("test", spanwise::simple{probe{box}}); }
    CHECK(log.lines().empty());
  }
  diagnostics_log log;
  {
    auto tracing =
        spanwise::start("test", spanwise::simple{probe{box, [](spanwise::span_batch const& batch, spanwise::deadline) {
                                                         return spanwise::export_result{.failed = batch.records.size()};
                                                       }}});
    make_spans(3);
  }
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines()[0] == "tracing ended with 0 spans delivered, 3 lost and 0 unfinished or unsent");
}

TEST_CASE("what a shutdown said to its caller is not told again") {
  inbox box;
  auto const losing = [&] {
    return probe{box, [](spanwise::span_batch const& batch, spanwise::deadline) {
                   return spanwise::export_result{.failed = batch.records.size()};
                 }};
  };
  diagnostics_log log;
  {
    auto tracing = spanwise::start("test", spanwise::simple{losing()});
    make_spans(3);
    CHECK(tracing.shutdown(1s).dropped == 3);
  }
  CHECK(log.lines().empty());
}

TEST_CASE("spans that the sampler leaves out are in the accounts") {
  inbox box;
  auto tracing = spanwise::start("test", spanwise::batch{probe{box}},
                                 {.sampler = spanwise::parent_based{spanwise::trace_id_ratio{0.5}}});
  for (int i = 0; i < 200; ++i) {
    spanwise::span outer{"outer"};
    spanwise::span inner{"inner"};
  }
  auto const end = tracing.shutdown(5s);
  auto const spans = check_accounts(tracing.stats(), {box}, end);
  CHECK(spans.started == 400);
  CHECK(spans.sampled_out > 0);
  CHECK(spans.sampled_out < 400);
  CHECK(spans.sampled_out % 2 == 0);
  CHECK(end.exported == 400 - spans.sampled_out);
  CHECK(end.dropped == 0);
}

TEST_CASE("a forked child sends nothing of its parent's, and the parent goes on", "[fork]") {
  bool const at_once = GENERATE(false, true);
  inbox box;
  auto tracing =
      at_once ? spanwise::start("test", spanwise::simple{probe{box}})
              : spanwise::start("test", spanwise::batch{spanwise::batch_options{.schedule_delay = 1h}, probe{box}});
  make_spans(10, "before");
  std::size_t const seen = box.size();
  {
    spanwise::span open{"open"};
    child_process child{[&] {
      verdict all;
      all.expect(!tracing.running(), "the pipeline does not run here");
      {
        spanwise::span none{"none"};
        all.expect(!none.recording(), "spans do nothing here");
        open.set("some", 1);
        open.end(); // it began in the parent
      }
      all.expect(!tracing.flush(1s), "nothing to flush");
      auto const end = tracing.shutdown(1s);
      all.expect(end.exported + end.dropped + end.left == 0, "nothing to shut down");
      all.expect(tracing.stats().branches.empty(), "no accounts");
      { auto const gone = std::move(tracing); }
      all.expect(box.size() == seen, "nothing was exported");
      all.expect(box->alive == 1, "the exporter was left alone");
      return all.code();
    }};
    CHECK(child.end().code == 0);
    make_spans(10, "after");
  }
  CHECK(tracing.running());
  auto const end = tracing.shutdown(5s);
  CHECK(end.exported == 21);
  check_accounts(tracing.stats(), {box}, end);
}

TEST_CASE("a forked child can start its own tracing, with other ids and another instance", "[fork]") {
  inbox box;
  auto const noting = [](inbox& to, std::string& instance) {
    return probe{to, [&](spanwise::span_batch const& batch, spanwise::deadline) {
                   instance = batch.resource.text("service.instance.id");
                   return to.take(batch);
                 }};
  };
  std::string instance;
  auto tracing =
      spanwise::start("test", spanwise::batch{spanwise::batch_options{.schedule_delay = 1h}, noting(box, instance)});
  make_spans(10);
  REQUIRE(tracing.flush());
  REQUIRE_FALSE(instance.empty());
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  child_process child{[&] {
    verdict all;
    inbox own;
    std::string own_instance;
    {
      auto again = spanwise::start("child", spanwise::batch{noting(own, own_instance)});
      all.expect(again.running(), "it runs");
      make_spans(5);
      on_threads(3, [] { make_spans(5); });
      all.expect(again.flush(), "it can be flushed");
      auto const end = again.shutdown(5s);
      all.expect(end.exported == 20, "all were exported");
      all.expect(again.stats().spans.balanced(), "accounts balance");
      all.expect(!own_instance.empty() && own_instance != instance, "it is another instance");
      auto const once_more = spanwise::start("child", spanwise::simple{probe{own}});
      make_spans(1);
    }
    all.expect(own.size() == 21, "all came");
    all.expect(own.doubles() == 0, "none came twice");
    auto const ids = own.ids();
    all.expect(::write(ends[1], ids.data(), ids.size() * 8) == 168, "the pipe works");
    return all.code();
  }};
  CHECK(child.end().code == 0);
  std::uint64_t ids[21]{};
  CHECK(::read(ends[0], ids, sizeof ids) == 168);
  make_spans(21);
  auto const end = tracing.shutdown(5s);
  CHECK(end.exported == 31);
  std::set<std::uint64_t> all{std::begin(ids), std::end(ids)};
  for (std::uint64_t const id : box.ids()) all.insert(id);
  CHECK(all.size() == 52);
  for (int const each : ends) ::close(each);
}

TEST_CASE("forks in the middle of everything leave children that work and a parent that loses nothing", "[fork]") {
  inbox box;
  auto tracing = spanwise::start(
      "test", spanwise::batch{spanwise::batch_options{.schedule_delay = 0ms, .max_export_batch_size = 8}, probe{box}});
  std::atomic<bool> over{false};
  std::atomic<std::uint64_t> made{0};
  std::vector<std::thread> busy;
  for (int i = 0; i < (sanitized ? 0 : 3); ++i)
    busy.emplace_back([&] {
      while (!over) {
        make_spans(10);
        made += 10;
        static_cast<void>(tracing.stats());
        std::this_thread::sleep_for(50us);
      }
    });
  for (int round = 0; round < 60; ++round) {
    child_process child{[&] {
      verdict all;
      static_cast<void>(tracing.stats());
      static_cast<void>(tracing.flush(100ms));
      inbox own;
      auto again = spanwise::start("child", spanwise::batch{probe{own}});
      make_spans(3);
      all.expect(again.shutdown(5s).exported == 3, "the child's spans arrive");
      return all.code();
    }};
    auto const end = child.end();
    CHECK(end.code == 0);
    if (end.hung) break;
  }
  over = true;
  for (std::thread& each : busy) each.join();
  auto const end = tracing.shutdown(5s);
  CHECK(end.exported == made);
  check_accounts(tracing.stats(), {box}, end);
}

TEST_CASE("a child forked inside an exporter is free to trace", "[fork]") {
  inbox box;
  int child_code = -1;
  auto tracing =
      spanwise::start("test", spanwise::simple{probe{box, [&](spanwise::span_batch const& batch, spanwise::deadline) {
                                                       child_process child{[&] {
                                                         verdict all;
                                                         inbox own;
                                                         auto again =
                                                             spanwise::start("child", spanwise::simple{probe{own}});
                                                         make_spans(2);
                                                         all.expect(own.size() == 2, "its spans arrive");
                                                         return all.code();
                                                       }};
                                                       child_code = child.end().code;
                                                       return box.take(batch);
                                                     }}});
  make_spans(1);
  CHECK(child_code == 0);
  make_spans(1);
  CHECK(box.size() == 2);
}

namespace {

struct other_format {
  static constexpr std::string_view names[] = {"other"};
  static constexpr std::span<std::string_view const> fields() { return names; }
  void inject(spanwise::context const&, spanwise::text_map_ref to) const { spanwise::write_value(to, "other", "1"); }
  spanwise::context extract(spanwise::text_map_ref, spanwise::context base) const { return base; }
};

} // namespace

TEST_CASE("OTEL_SDK_DISABLED: nothing is started, spans do nothing, contexts still travel") {
  diagnostics_log const log;
  testing::inbox arrived;
  {
    auto tracing = spanwise::start(
        "test", spanwise::simple{testing::probe{arrived}},
        {.propagators = other_format{}, .environment = spanwise::environment{{"OTEL_SDK_DISABLED", "TRUE"}}});
    CHECK_FALSE(tracing.running());
    spanwise::span const span{"x"};
    CHECK_FALSE(span.recording());
    std::map<std::string, std::string> headers;
    spanwise::inject(headers);
    CHECK(headers.count("other") == 1);
    CHECK(tracing.flush());
    CHECK(tracing.shutdown().dropped == 0);
  }
  spanwise::reset_default_propagator();
  CHECK(arrived.size() == 0);
  CHECK(log.lines() ==
        std::vector<std::string>{"tracing was not started, as OTEL_SDK_DISABLED asks; spans do nothing"});
}

TEST_CASE("OTEL_PROPAGATORS chooses the formats of the process at the start, unless code does") {
  struct resetter {
    ~resetter() { spanwise::reset_default_propagator(); }
  } const at_the_end;
  spanwise::environment const asks_for_b3{{"OTEL_PROPAGATORS", "b3"}};
  auto const written = [] {
    spanwise::span const span{"x"};
    std::map<std::string, std::string> headers;
    spanwise::inject(headers);
    std::string names;
    for (auto const& [name, value] : headers) names += name + " ";
    return names;
  };
  testing::inbox box;
  {
    auto tracing = spanwise::start("test", spanwise::simple{probe{box}}, {.environment = asks_for_b3});
    CHECK(written() == "b3 ");
  }
  {
    auto tracing = spanwise::start("test", spanwise::simple{probe{box}},
                                   {.propagators = spanwise::trace_context{}, .environment = asks_for_b3});
    CHECK(written() == "traceparent ");
  }
  spanwise::reset_default_propagator();
  auto tracing = spanwise::start("test", spanwise::simple{probe{box}}, {.environment = spanwise::environment{}});
  CHECK(written() == "traceparent ");
}

TEST_CASE("OTEL_TRACES_SAMPLER chooses the sampler at the start, unless code does") {
  spanwise::environment const asks_for_none{{"OTEL_TRACES_SAMPLER", "always_off"}};
  testing::inbox box;
  {
    auto tracing = spanwise::start("test", spanwise::simple{probe{box}}, {.environment = asks_for_none});
    make_spans(2);
    CHECK(tracing.stats().spans.sampled_out == 2);
  }
  auto tracing = spanwise::start("test", spanwise::simple{probe{box}},
                                 {.sampler = spanwise::always_on{}, .environment = asks_for_none});
  make_spans(3);
  CHECK(box.size() == 3);
}

TEST_CASE("OTEL_LOG_LEVEL is heard before anything else is said") {
  struct resetter {
    ~resetter() { spanwise::set_diagnostic_level(spanwise::severity::info); }
  } const at_the_end;
  diagnostics_log const log;
  testing::inbox box;
  {
    auto tracing = spanwise::start(
        "test", spanwise::simple{probe{box}},
        {.environment = spanwise::environment{{"OTEL_LOG_LEVEL", "error"}, {"OTEL_SPAN_EVENT_COUNT_LIMIT", "many"}}});
  }
  CHECK(log.lines().empty());
  auto tracing = spanwise::start(
      "test", spanwise::simple{probe{box}},
      {.environment = spanwise::environment{{"OTEL_LOG_LEVEL", "WARN"}, {"OTEL_SPAN_EVENT_COUNT_LIMIT", "many"}}});
  CHECK(log.lines().size() == 1);
}

TEST_CASE("a configuration file that a program was not built to read is told of, and the other variables count") {
  diagnostics_log const log;
  testing::inbox box;
  auto tracing = spanwise::start("test", spanwise::simple{probe{box}},
                                 {.environment = spanwise::environment{{"OTEL_CONFIG_FILE", "/etc/otel.yaml"},
                                                                       {"OTEL_TRACES_SAMPLER", "always_off"}}});
  make_spans(1);
  CHECK(tracing.stats().spans.sampled_out == 1);
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines()[0].find("OTEL_CONFIG_FILE is set, but this program does not read it") == 0);
}
