#include <spanwise/trace/detached_span.hpp>

#include <spanwise/trace/current_span.hpp>
#include <spanwise/trace/tracer.hpp>

#include "diagnostics_log.hpp"
#include "recorded.hpp"

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using spanwise::detached_span;
using testing::recorded;
using testing::shown;

namespace {

spanwise::span_context elsewhere(std::uint8_t flags = 0x03) {
  return {*spanwise::trace_id::from_hex("3f9a1c5be27d4d0b8c6e0a47d15f2b93"), *spanwise::span_id::from_hex("5ad3e7f1096b2c48"),
          {flags}, *spanwise::trace_state::parse("a=1"), true};
}

} // namespace

static_assert(std::is_nothrow_move_constructible_v<detached_span> && std::is_nothrow_move_assignable_v<detached_span>);
static_assert(!std::is_copy_constructible_v<detached_span>);

TEST_CASE("a detached span takes every call that a span takes") {
  recorded trace;
  {
    detached_span job{"job", {.kind = spanwise::span_kind::consumer, .links = {{elsewhere()}}}, {"a", 1}, {"b", "x"}};
    CHECK(job.recording());
    job.set("c", 2.5);
    job.set({"d", true}, {"a", 10});
    job.set("list", {1, 2});
    job.set("map", {{"k", 1}});
    job.set(spanwise::any_key("Any"), {"p"});
    job.event("e", {"n", 1});
    job.event("at", spanwise::time_point{5}, {"n", 2});
    job.link(elsewhere(), {"n", 3});
    job.update_name("work");
    job.record_exception(std::runtime_error{"tried"}, {"n", 4});
    CHECK(job.check(true));
    CHECK(!job.check(false));
    job.error("why");
  }
  auto const work = trace["work"];
  CHECK(work.kind() == spanwise::span_kind::consumer);
  CHECK(shown(work.attributes()) == "{a: 10, b: \"x\", c: 2.5, d: true, list: [1, 2], map: {k: 1}, Any: [\"p\"]}");
  CHECK(work.events().size() == 3);
  CHECK(work.links().size() == 2);
  CHECK(work.status() == spanwise::status_code::error);
  CHECK(work.status_message() == "why");
}

TEST_CASE("record_failure makes an error of what was thrown") {
  recorded trace;
  {
    detached_span job{"job"};
    job.record_failure(std::make_exception_ptr(std::out_of_range{"too far"}));
  }
  CHECK(trace.only().status_message() == "too far");
  CHECK(trace.attributes() == "{error.type: \"std::out_of_range\"}");
}

TEST_CASE("a detached span is not current until it is activated") {
  recorded trace;
  {
    detached_span job{"job"};
    { spanwise::span const other{"other"}; }
    {
      auto const active = job.activate();
      spanwise::span const child{"child"};
      spanwise::current_span().set("on", "child");
    }
    {
      auto const active = job.activate();
      spanwise::current_span().set("on", "job");
      spanwise::current_span().event("e");
    }
    { spanwise::span const after{"after"}; }
    CHECK(job.recording());
  }
  CHECK(!trace["other"].parent_span_id().valid());
  CHECK(!trace["after"].parent_span_id().valid());
  CHECK(trace["child"].parent_span_id() == trace["job"].span_id());
  CHECK(shown(trace["child"].attributes()) == "{on: \"child\"}");
  CHECK(shown(trace["job"].attributes()) == "{on: \"job\"}");
  CHECK(trace["job"].events().size() == 1);
}

TEST_CASE("its parent is what was current when it was made, or what it was given") {
  recorded trace;
  {
    spanwise::span const outer{"outer"};
    detached_span const current{"current"};
    detached_span const given{"given", {.parent = spanwise::context{elsewhere()}}};
    detached_span const root{"root", {.parent = spanwise::root}};
  }
  CHECK(trace["current"].parent_span_id() == trace["outer"].span_id());
  CHECK(trace["given"].parent_span_id() == elsewhere().span_id());
  CHECK(trace["given"].trace_state() == "a=1");
  CHECK(!trace["root"].parent_span_id().valid());
}

TEST_CASE("moved: the new handle ends it, the old one is empty") {
  recorded trace;
  {
    detached_span first{"x"};
    spanwise::context const before = first.context();
    detached_span second{std::move(first)};
    CHECK(second.context().span() == before.span());
    first.set("lost", 1);
    first.end();
    CHECK(!first.recording());
    CHECK(!first.context().span().valid());
    CHECK(trace.size() == 0);
    second.set("kept", 1);
  }
  CHECK(trace.attributes() == "{kept: 1}");
}

TEST_CASE("assigned: what was there ends, also by itself") {
  recorded trace;
  {
    detached_span span{"first"};
    span = detached_span{"second"};
    CHECK(trace.size() == 1);
    CHECK(trace["first"].name() == "first");
    auto& same = span;
    span = std::move(same);
    CHECK(span.recording());
  }
  CHECK(trace.size() == 2);
}

TEST_CASE("in containers, captured by functions, as they go") {
  recorded trace;
  {
    std::deque<detached_span> queue;
    for (int i = 0; i < 10; ++i) queue.emplace_back("queued", spanwise::span_options{}, spanwise::attribute{"n", i});
    std::vector<detached_span> moved;
    for (auto& each : queue) moved.push_back(std::move(each));
    auto work = [span = detached_span{"captured"}]() mutable { span.end(); };
    auto const kept = std::make_shared<decltype(work)>(std::move(work));
    CHECK(trace.size() == 0);
  }
  CHECK(trace.size() == 11);
}

TEST_CASE("moved or ended while active: what is active stays active, and takes no more when ended") {
  recorded trace;
  {
    std::optional<detached_span> first{std::in_place, "x"};
    auto const active = first->activate();
    detached_span second{std::move(*first)};
    first.reset();
    spanwise::current_span().set("while", "moved");
    CHECK(spanwise::current_span().recording());
    second.end();
    CHECK(!spanwise::current_span().recording());
    spanwise::current_span().set("late", 1);
    CHECK(spanwise::current_context().span() == second.context().span());
    spanwise::span const child{"child"};
  }
  CHECK(shown(trace["x"].attributes()) == "{while: \"moved\"}");
  CHECK(trace["child"].parent_span_id() == trace["x"].span_id());
}

TEST_CASE("destroyed while active: the scope keeps what it needs") {
  recorded trace;
  {
    std::optional<detached_span> job{std::in_place, "x"};
    auto const active = job->activate();
    job.reset();
    CHECK(trace.size() == 1);
    spanwise::current_span().set("late", 1);
    spanwise::span const child{"child"};
  }
  CHECK(trace["child"].parent_span_id() == trace["x"].span_id());
  CHECK(shown(trace["x"].attributes()) == "{}");
}

TEST_CASE("active twice, nested and left in turn") {
  recorded trace;
  detached_span job{"job"};
  {
    auto const once = job.activate();
    auto const twice = job.activate();
    CHECK(spanwise::current_context().span() == job.context().span());
  }
  CHECK(!spanwise::current_context().span().valid());
  job.end();
}

TEST_CASE("started here, ended there, activated on both") {
  recorded trace;
  detached_span job{"job"};
  std::thread{[job = std::move(job)]() mutable {
    auto const active = job.activate();
    spanwise::span const there{"there"};
    spanwise::current_span().set("seen", "there");
    job.set("seen", "job");
  }}.join();
  CHECK(trace["there"].parent_span_id() == trace["job"].span_id());
  CHECK(shown(trace["job"].attributes()) == "{seen: \"job\"}");
}

TEST_CASE("the first end counts") {
  recorded trace;
  {
    detached_span job{"job"};
    job.end(spanwise::time_point{2'000'000'000'000'000'000});
    job.end();
    job.set("late", 1);
    job.update_name("late");
  }
  CHECK(trace.only().end().unix_ns == 2'000'000'000'000'000'000);
  CHECK(trace.only().name() == "job");
  CHECK(trace.attributes() == "{}");
}

TEST_CASE("not sampled: its context is passed on all the same") {
  recorded trace;
  spanwise::context const caller{elsewhere(0x02)};
  detached_span job{"job", {.parent = caller}};
  CHECK(!job.recording());
  CHECK(job.context().span().trace_id() == caller.span().trace_id());
  CHECK(job.context().span().span_id() != caller.span().span_id());
  auto const active = job.activate();
  spanwise::span const child{"child"};
  CHECK(!child.recording());
  CHECK(child.context().span().trace_id() == caller.span().trace_id());
}

TEST_CASE("before a start the parent itself is passed on") {
  spanwise::context const caller{elsewhere()};
  detached_span const job{"job", {.parent = caller}};
  CHECK(!job.recording());
  CHECK(job.context().span() == caller.span());
  {
    auto const active = job.activate();
    CHECK(spanwise::current_context().span() == caller.span());
    spanwise::current_span().set("a", 1);
    detached_span const below{"below"};
    CHECK(below.context().span() == caller.span());
    detached_span const root{"root", {.parent = spanwise::root}};
    CHECK(!root.context().span().valid());
  }
  CHECK(!spanwise::current_context().span().valid());
  CHECK(!detached_span{"nothing"}.context().span().valid());
}

TEST_CASE("any number of threads touch one span at once", "[threads]") {
  recorded trace{spanwise::batch_options{}};
  {
    detached_span job{"job"};
    std::vector<std::thread> threads;
    for (int number = 0; number < 4; ++number)
      threads.emplace_back([&job, number] {
        auto const active = job.activate();
        for (int i = 0; i < 200; ++i) {
          job.set(spanwise::any_key("t" + std::to_string(number)), i);
          spanwise::current_span().set("shared", std::string(static_cast<std::size_t>(i), 'x'));
          job.event("e");
          job.update_name("job");
          job.error("e");
          static_cast<void>(job.recording());
          static_cast<void>(job.context());
          spanwise::span const child{"child", {"n", i}};
        }
      });
    for (auto& each : threads) each.join();
  }
  trace.settle();
  auto const job = trace["job"];
  for (int number = 0; number < 4; ++number) CHECK(job.attribute("t" + std::to_string(number)).as_int() == 199);
  CHECK(job.attribute("shared").as_string().size() == 199);
  CHECK(job.events().size() == 128);
  CHECK(job.dropped_events() == 4 * 200 - 128);
  CHECK(trace.size() == 801);
}

TEST_CASE("many threads race to end it: one of them does", "[threads]") {
  recorded trace{spanwise::batch_options{}};
  for (int round = 0; round < 100; ++round) {
    detached_span job{"job"};
    std::vector<std::thread> threads;
    for (int number = 0; number < 3; ++number) threads.emplace_back([&job, number] {
        job.end(spanwise::time_point{1 + number});
        auto const active = job.activate();
        static_cast<void>(job.context());
      });
    for (auto& each : threads) each.join();
  }
  trace.settle();
  CHECK(trace.size() == 100);
}

TEST_CASE("an exporter may ask for the span that is being exported on its thread, and others need not wait for it") {
  struct asking {
    spanwise::detached_span* job;
    std::atomic<bool>* inside;
    std::atomic<bool>* go_on;
    spanwise::export_result export_spans(spanwise::span_batch const& batch, spanwise::deadline) const noexcept {
      spanwise::current_span().set("too", "late");
      *inside = !spanwise::current_span().recording() && !job->recording();
      inside->notify_all();
      go_on->wait(false);
      return {.exported = batch.records.size()};
    }
  };
  std::atomic<bool> inside{false};
  std::atomic<bool> go_on{false};
  spanwise::detached_span job{"before the start"};
  auto tracing = spanwise::start("test", spanwise::simple{asking{&job, &inside, &go_on}});
  job = spanwise::detached_span{"job"};
  std::thread ending{[&] {
    auto const active = job.activate();
    job.end();
  }};
  inside.wait(false);
  CHECK(!job.recording());
  CHECK(job.context().span().valid());
  job.end();
  go_on = true;
  go_on.notify_all();
  ending.join();
  CHECK(tracing.shutdown(std::chrono::seconds{5}).exported == 1);
}
