// Under more than a pipeline can carry whole traces are left out, and those that have begun stay whole.
#include <spanwise/pipeline/batch.hpp>

#include <spanwise/async/bind.hpp>

#include "diagnostics_log.hpp"
#include "probe.hpp"

#include <map>

using namespace testing;

namespace {

/// Traces of four spans and one more below the second: as many as it takes until some were shed, and twice as many again.
int make_traces_until_shed(spanwise::provider& tracing) {
  std::string const text(500, 'x');
  int most = 100'000;
  int made = 0;
  for (; made < most; ++made) {
    spanwise::span root{"root", {"text", text}};
    { spanwise::span one{"one", {"text", text}}; spanwise::span below{"below", {"text", text}}; }
    { spanwise::span two{"two", {"text", text}}; }
    { spanwise::span three{"three", {"text", text}}; }
    if (most == 100'000 && dropped(tracing.stats().spans, spanwise::drop_reason::trace_shed) != 0) most = 3 * made;
  }
  return made;
}

} // namespace

TEST_CASE("more than it can carry: whole traces are left out, and those that had begun stay whole", "[threads]") {
  for (bool const always : {false, true}) {
    inbox box;
    gate hold;
    diagnostics_log log;
    spanwise::options chosen;
    if (always) chosen.sampler = spanwise::always_on{}; // would record the children of spans that are not recorded
    auto tracing = spanwise::start("test",
                                   spanwise::batch{spanwise::batch_options{.max_queue_bytes = 1 << 20, .schedule_delay = 0ms},
                                                   probe_behind(hold, box)},
                                   std::move(chosen));
    auto const traces = static_cast<std::uint64_t>(make_traces_until_shed(tracing));
    CHECK(hold.wait_for_arrival());
    hold.open();
    auto const end = tracing.shutdown(5s);
    auto const spans = check_accounts(tracing.stats(), {box}, end);
    CHECK(spans.started == 5 * traces);
    CHECK(spans.sampled_out == 0);
    CHECK(dropped(spans, spanwise::drop_reason::queue_full) == 0);
    CHECK(dropped(spans, spanwise::drop_reason::trace_shed) == end.dropped);
    CHECK(end.exported > 1000);
    CHECK(end.exported % 5 == 0);
    auto const names = box.names();
    for (char const* name : {"root", "one", "below", "two", "three"})
      CHECK(std::count(names.begin(), names.end(), name) == static_cast<std::ptrdiff_t>(end.exported / 5));
    CHECK(log.lines().size() == 1);
    CHECK(log.lines().at(0).find("nearly full (1024 KiB) when their traces began") != std::string::npos);
  }
}

TEST_CASE("a trace that began before room was scarce goes on, one that is shed hands on that it is not recorded", "[threads]") {
  inbox box;
  gate hold;
  diagnostics_log log;
  auto tracing = spanwise::start("test",
                                 spanwise::batch{spanwise::batch_options{.max_queue_bytes = 1 << 20, .schedule_delay = 0ms},
                                                 probe_behind(hold, box)});
  {
    std::optional<spanwise::span> early;
    early.emplace("early");
    auto const elsewhere = early->context();
    std::thread{[&] {
      make_traces_until_shed(tracing);
      {
        spanwise::span const shed{"shed"};
        CHECK(!shed.recording());
        CHECK(shed.context().span().valid());
        CHECK(!shed.context().span().sampled());
        spanwise::span const below{"below it"};
        CHECK(!below.recording());
        CHECK(below.context().span().trace_id() == shed.context().span().trace_id());
      }
      spanwise::span const there{"there", {.parent = elsewhere}};
      CHECK(there.recording());
    }}.join();
    spanwise::span const here{"here"};
    CHECK(here.recording());
  }
  hold.open();
  auto const end = tracing.shutdown(5s);
  check_accounts(tracing.stats(), {box}, end);
  auto const names = box.names();
  for (char const* name : {"early", "there", "here"}) CHECK(std::count(names.begin(), names.end(), name) == 1);
}

TEST_CASE("scarce memory: samplers are still asked, what takes no memory goes on, and other pipelines know nothing of it", "[threads]") {
  struct counting {
    std::shared_ptr<std::atomic<int>> asked = std::make_shared<std::atomic<int>>(0);
    std::shared_ptr<std::atomic<int>> answer = std::make_shared<std::atomic<int>>(static_cast<int>(spanwise::sampling_decision::record_and_sample));
    spanwise::sampling_result should_sample(spanwise::sampling_parameters const&) const {
      ++*asked;
      return {static_cast<spanwise::sampling_decision>(answer->load())};
    }
    spanwise::sampler_description description() const { return "Counting"; }
  };
  inbox box, other_box;
  gate hold;
  diagnostics_log log;
  counting sampler;
  spanwise::options chosen;
  chosen.sampler = sampler;
  auto tracing = spanwise::start("test",
                                 spanwise::batch{spanwise::batch_options{.max_queue_bytes = 1 << 20, .schedule_delay = 0ms},
                                                 probe_behind(hold, box)},
                                 std::move(chosen));
  spanwise::options always;
  always.sampler = spanwise::always_on{};
  auto other = spanwise::start("other", spanwise::batch{probe{other_box}}, std::move(always));
  make_traces_until_shed(tracing);

  int const before = sampler.asked->load();
  std::uint64_t const shed_before = dropped(tracing.stats().spans, spanwise::drop_reason::trace_shed);
  *sampler.answer = static_cast<int>(spanwise::sampling_decision::drop);
  { spanwise::span const unwanted{"unwanted"}; CHECK(!unwanted.recording()); }
  CHECK(sampler.asked->load() == before + 1);
  CHECK(dropped(tracing.stats().spans, spanwise::drop_reason::trace_shed) == shed_before);
  *sampler.answer = static_cast<int>(spanwise::sampling_decision::record_only);
  { spanwise::span const looked_at{"looked at"}; CHECK(looked_at.recording()); }
  *sampler.answer = static_cast<int>(spanwise::sampling_decision::record_and_sample);
  {
    spanwise::span const shed{"shed"};
    CHECK(!shed.recording());
    spanwise::span const below{"below"};
    CHECK(!below.recording());
    spanwise::span const elsewhere = other.tracer("elsewhere").span("elsewhere");
    CHECK(elsewhere.recording());
    spanwise::span const back{"below both"};
    CHECK(!back.recording());
  }
  CHECK(sampler.asked->load() == before + 3);
  CHECK(dropped(tracing.stats().spans, spanwise::drop_reason::trace_shed) == shed_before + 3);
  hold.open();
  auto const end = tracing.shutdown(5s);
  check_accounts(tracing.stats(), {box}, end);
  CHECK(other.shutdown(5s).exported == 1);
}

TEST_CASE("a trace that is shed stays so wherever it is handed on in this process", "[threads]") {
  inbox box;
  gate hold;
  diagnostics_log log;
  spanwise::options always;
  always.sampler = spanwise::always_on{};
  auto tracing = spanwise::start("test",
                                 spanwise::batch{spanwise::batch_options{.max_queue_bytes = 1 << 20, .schedule_delay = 0ms},
                                                 probe_behind(hold, box)},
                                 std::move(always));
  make_traces_until_shed(tracing);
  auto const shed_so_far = [&] { return dropped(tracing.stats().spans, spanwise::drop_reason::trace_shed); };
  std::uint64_t const before = shed_so_far();
  spanwise::context handed, state_changed;
  {
    spanwise::span const shed{"shed"};
    handed = shed.context();
    state_changed = handed.with(handed.span().with_state(*spanwise::trace_state::parse("a=b")));
    spanwise::detached_span const apart{"apart"};
    auto const active = apart.activate();
    spanwise::span const in_it{"in it"};
    CHECK(!in_it.recording());
    CHECK(in_it.context().span().trace_id() == apart.context().span().trace_id());
  }
  CHECK(shed_so_far() == before + 3);
  // There is room again, which is for other traces.
  hold.open();
  REQUIRE(tracing.flush(5s));
  {
    spanwise::span const other{"other"};
    CHECK(other.recording());
  }
  for (spanwise::context const& parent : {handed, state_changed, spanwise::context{handed.span()}}) {
    CHECK(!spanwise::span{"given", {.parent = parent}}.recording());
    CHECK(!spanwise::detached_span{"given", {.parent = parent}}.recording());
    auto const attached = spanwise::attach(parent);
    spanwise::span const below{"attached"};
    CHECK(!below.recording());
    std::thread{spanwise::bind([&] { CHECK(!spanwise::span{"bound"}.recording()); })}.join();
  }
  CHECK(shed_so_far() == before + 3 + 3 * 4);
  // Who makes a context of ids says no more than they do, and a propagator asks another process.
  spanwise::span_context const same_ids{handed.span().trace_id(), handed.span().span_id(), handed.span().flags()};
  CHECK(same_ids == handed.span());
  CHECK(spanwise::span{"from ids", {.parent = spanwise::context{same_ids}}}.recording());
  auto const end = tracing.shutdown(5s);
  check_accounts(tracing.stats(), {box}, end);
}

TEST_CASE("what is left out has no effect on a later pipeline in the same place", "[threads]") {
  diagnostics_log log;
  spanwise::context kept;
  auto const always = [] {
    spanwise::options chosen;
    chosen.sampler = spanwise::always_on{};
    return chosen;
  };
  {
    inbox box;
    gate hold;
    auto tracing = spanwise::start("test",
                                   spanwise::batch{spanwise::batch_options{.max_queue_bytes = 1 << 20, .schedule_delay = 0ms},
                                                   probe_behind(hold, box)},
                                   always());
    make_traces_until_shed(tracing);
    {
      spanwise::span const shed{"shed"};
      kept = shed.context();
    }
    hold.open();
    auto const end = tracing.shutdown(5s);
    check_accounts(tracing.stats(), {box}, end);
  }
  inbox box;
  auto tracing = spanwise::start("test", spanwise::batch{probe{box}}, always());
  {
    spanwise::span const root{"root"};
    CHECK(root.recording());
    spanwise::span const below{"below", {.parent = kept}};
    CHECK(below.recording());
  }
  CHECK(tracing.shutdown(5s).exported == 2);
}

TEST_CASE("a span that no memory of this pipeline could hold costs no other one", "[threads]") {
  inbox box;
  diagnostics_log log;
  auto tracing = spanwise::start("test", spanwise::batch{spanwise::batch_options{.max_queue_bytes = 256 << 10}, probe{box}});
  {
    spanwise::span large{"large"};
    large.set("text", std::string(300'000, 'x'));
  }
  for (int i = 0; i < 50; ++i) CHECK(spanwise::span{"small"}.recording());
  auto const end = tracing.shutdown(5s);
  auto const spans = check_accounts(tracing.stats(), {box}, end);
  CHECK(end.exported == 50);
  CHECK(dropped(spans, spanwise::drop_reason::too_large) == 1);
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines()[0] == "1 span was dropped since the start, because each was larger than 223 KiB; set less on one span, "
                          "or raise max_queue_bytes");
}

TEST_CASE("a bounded queue takes as many spans as it may, and then no further trace until half of them are gone", "[threads]") {
  inbox box;
  gate hold;
  diagnostics_log log;
  auto tracing = spanwise::start(
      "test", spanwise::batch{spanwise::batch_options{.max_queue_size = 100, .schedule_delay = 1h, .max_export_batch_size = 20},
                              probe_behind(hold, box)});
  auto const lost = [&](spanwise::drop_reason why) { return dropped(tracing.stats().spans, why); };
  {
    std::optional<spanwise::span> early;
    early.emplace("early");
    auto const inside = early->context();
    std::thread{[&] {
      make_spans(100, "first");
      CHECK(lost(spanwise::drop_reason::queue_full) + lost(spanwise::drop_reason::trace_shed) == 0);
      make_spans(7, "shed");
      CHECK(lost(spanwise::drop_reason::trace_shed) == 7);
      { spanwise::span const no_room{"no room", {.parent = inside}}; CHECK(no_room.recording()); }
      CHECK(lost(spanwise::drop_reason::queue_full) == 1);
    }}.join();
    hold.open();
    CHECK(tracing.flush(5s));
    std::thread{[&] { CHECK(spanwise::span{"again"}.recording()); }}.join();
  }
  auto const end = tracing.shutdown(5s);
  CHECK(end.exported == 100 + 2);
  check_accounts(tracing.stats(), {box}, end);
}

TEST_CASE("a queue that is full most of the time passes whole traces on, few of them in shreds", "[threads]") {
  std::map<spanwise::trace_id, int> seen;
  diagnostics_log log;
  inbox box;
  auto tracing = spanwise::start(
      "test",
      spanwise::batch{spanwise::batch_options{.max_queue_size = 2048},
                      probe{box, [&](spanwise::span_batch const& batch, spanwise::deadline) {
                              for (spanwise::record const& each : batch.records) ++seen[spanwise::span_view{each}.trace_id()];
                              std::this_thread::sleep_for(2ms);
                              return box.take(batch);
                            }}});
  on_threads(2, [] {
    for (auto const until = steady::now() + 300ms; steady::now() < until;) {
      spanwise::span const root{"root"};
      make_spans(9, "child");
    }
  });
  auto const end = tracing.shutdown(5s);
  auto const spans = check_accounts(tracing.stats(), {box}, end);
  CHECK(dropped(spans, spanwise::drop_reason::trace_shed) > 0);
  std::size_t whole = 0;
  for (auto const& [id, count] : seen) whole += count == 10 ? 1 : 0;
  CHECK(whole > seen.size() * 8 / 10);
}

TEST_CASE("who exports at once leaves out no trace, also where threads hold all the memory", "[threads]") {
  inbox box;
  diagnostics_log log;
  auto tracing = spanwise::start("test", spanwise::simple{probe{box}});
  std::atomic<bool> over{false};
  std::atomic<std::size_t> done{0};
  std::vector<std::thread> threads;
  // As long as they live threads keep the chunk of their last span; these are more than there is memory for.
  for (auto const& [size, count] : {std::pair{900'000, 16}, {220'000, 10}, {28'000, 30}, {10, 150}})
    for (int i = 0; i < count; ++i) {
      threads.emplace_back([&, text = std::string(static_cast<std::size_t>(size), 'x')] {
        {
          spanwise::span one{"at rest"};
          one.set("text", text);
        }
        ++done;
        done.notify_all();
        over.wait(false);
      });
      for (std::size_t now = done; now != threads.size(); now = done) done.wait(now); // one at a time
    }
  for (int i = 0; i < 10; ++i)
    on_threads(1, [] {
      CHECK(spanwise::span{"small"}.recording());
      spanwise::span large{"large"};
      large.set("text", std::string(900'000, 'x'));
    });
  over = true;
  over.notify_all();
  for (std::thread& each : threads) each.join();
  auto const end = tracing.shutdown(5s);
  check_accounts(tracing.stats(), {box}, end);
  CHECK(end.dropped == 0);
  CHECK(end.exported == threads.size() + 20);
}
