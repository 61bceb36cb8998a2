#include <spanwise/async/bind.hpp>

#include <spanwise/trace/current_span.hpp>
#include <spanwise/trace/tracer.hpp>

#include "recorded.hpp"

#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>

using spanwise::bind;
using testing::recorded;

namespace {

int plain(int value) { return value + 1; }

struct basket {
  int items = 0;
  std::string add(int more) {
    items += more;
    return std::string{spanwise::current_context().baggage().get("k").value_or("")};
  }
};

} // namespace

TEST_CASE("bound, a function runs in the context that was current when it was bound", "[threads]") {
  recorded trace{spanwise::batch_options{}};
  {
    spanwise::span const outer{"outer"};
    std::thread{bind([] { spanwise::span const there{"in a thread"}; })}.join();
    std::async(std::launch::async, bind([] { spanwise::span const there{"in a future"}; })).get();
    std::packaged_task<void()> task{bind([] { spanwise::span const there{"in a task"}; })};
    std::thread{std::move(task)}.join();
    std::function<void()> const callback = bind([] { spanwise::span const there{"in a callback"}; });
    std::thread{callback}.join();
    std::thread{[] { spanwise::span const there{"not bound"}; }}.join();
  }
  trace.settle();
  for (auto const* name : {"in a thread", "in a future", "in a task", "in a callback"})
    CHECK(trace[name].parent_span_id() == trace["outer"].span_id());
  CHECK(!trace["not bound"].parent_span_id().valid());
}

TEST_CASE("arguments and results go through as they are") {
  auto const next = bind(&plain);
  CHECK(next(1) == 2);
  int value = 3;
  auto const same = bind([](int& given) -> int& { return given; });
  CHECK(&same(value) == &value);
  auto const owner = bind([](std::unique_ptr<int> given) { return given; });
  CHECK(*owner(std::make_unique<int>(5)) == 5);
  auto const nothing = bind([] {});
  nothing();
}

TEST_CASE("functions that only move, and functions that change") {
  auto moving = bind([held = std::make_unique<int>(7)] { return *held; });
  auto moved = std::move(moving);
  CHECK(moved() == 7);
  auto counting = bind([count = 0]() mutable { return ++count; });
  CHECK(counting() == 1);
  CHECK(counting() == 2);
  std::function<int()> copied = counting;
  CHECK(copied() == 3);
  CHECK(counting() == 3);
}

TEST_CASE("pointers to members take their object first") {
  spanwise::context const given{spanwise::span_context{}, spanwise::baggage{}.set("k", "v")};
  auto adding = spanwise::bind(&basket::add, given);
  auto const adding_too = spanwise::bind(&basket::add, given);
  auto const items = spanwise::bind(&basket::items);
  basket mine;
  CHECK(adding(mine, 4) == "v");
  CHECK(adding_too(&mine, 1) == "v");
  CHECK(adding_too(std::ref(mine), 1) == "v");
  CHECK(items(mine) == 6);
  items(mine) = 2;
  CHECK(items(std::as_const(mine)) == 2);
  static_assert(!std::is_invocable_v<decltype(adding), int, int>);
}

TEST_CASE("it can be asked whether it can be called") {
  auto const one = bind([](int given) { return given; });
  static_assert(std::is_invocable_v<decltype(one), int>);
  static_assert(!std::is_invocable_v<decltype(one)>);
  static_assert(!std::is_invocable_v<decltype(one), std::string>);
  auto counting = bind([count = 0]() mutable { return ++count; });
  static_assert(std::is_invocable_v<decltype(counting)>);
  static_assert(!std::is_invocable_v<decltype(counting) const>);
  CHECK(one(1) == 1);
}

TEST_CASE("called on the thread that bound it: its context inside, the current one again afterwards") {
  recorded trace;
  auto bound = [] {
    spanwise::span const first{"first"};
    return bind([] { spanwise::span const inside{"inside"}; });
  }();
  {
    spanwise::span const second{"second"};
    bound();
    bound();
    spanwise::span const after{"after"};
  }
  CHECK(trace["after"].parent_span_id() == trace["second"].span_id());
  std::size_t inside = 0;
  for (auto const& each : trace.spans())
    if (each.name() == "inside") inside += each.parent_span_id() == trace["first"].span_id() ? 1 : 0;
  CHECK(inside == 2);
}

TEST_CASE("an exception goes through, and the context is left") {
  spanwise::context const given{spanwise::span_context{}, spanwise::baggage{}.set("k", "v")};
  auto const throwing = bind([] { throw std::runtime_error{"no"}; }, given);
  CHECK_THROWS_AS(throwing(), std::runtime_error);
  CHECK(spanwise::current_context().baggage().empty());
}

TEST_CASE("a context can be given") {
  spanwise::context const given{spanwise::span_context{}, spanwise::baggage{}.set("k", "v")};
  auto const reading = bind([] { return std::string{spanwise::current_context().baggage().get("k").value_or("")}; }, given);
  CHECK(reading() == "v");
}

TEST_CASE("one bound function is called by many threads at once", "[threads]") {
  recorded trace{spanwise::batch_options{}};
  {
    spanwise::span const outer{"outer"};
    auto const work = bind([] {
      for (int i = 0; i < 200; ++i) spanwise::span const inner{"inner"};
    });
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back([&] { work(); });
    for (auto& each : threads) each.join();
  }
  trace.settle();
  CHECK(trace.size() == 801);
  for (auto const& each : trace.spans())
    if (each.name() == "inner") REQUIRE(each.parent_span_id() == trace["outer"].span_id());
}
