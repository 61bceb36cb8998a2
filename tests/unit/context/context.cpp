#include <spanwise/context/context.hpp>

#include "catch.hpp"
#include "diagnostics_log.hpp"

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using spanwise::attach;
using spanwise::baggage;
using spanwise::context;
using spanwise::current_context;

namespace {

inline constexpr spanwise::context_key<std::string> tenant{"tenant"};

spanwise::span_context numbered(std::uint8_t number, std::string_view state = {}) {
  std::uint8_t trace[16]{number};
  std::uint8_t span[8]{number};
  return {spanwise::trace_id::from_bytes(trace), spanwise::span_id::from_bytes(span), {1}, *spanwise::trace_state::parse(state), true};
}

std::uint32_t told(spanwise::misuse what) {
  return spanwise::detail::diagnostics.misuses[static_cast<std::size_t>(what)].exchange(0, spanwise::detail::relaxed);
}

} // namespace

TEST_CASE("the empty context has nothing") {
  context const empty;
  CHECK(!empty.span().valid());
  CHECK(empty.baggage().empty());
  CHECK(empty.get(tenant) == nullptr);
}

TEST_CASE("with() gives a new context and leaves the old one as it was") {
  context const first{numbered(1), baggage{}.set("a", "1")};
  context const other_span = first.with(numbered(2));
  context const other_baggage = first.with(baggage{}.set("b", "2"));
  context const with_value = first.with(tenant, std::string{"blue"});
  CHECK(first.span() == numbered(1));
  CHECK(first.baggage().get("a") == "1");
  CHECK(first.get(tenant) == nullptr);
  CHECK(other_span.span() == numbered(2));
  CHECK(other_span.baggage().get("a") == "1");
  CHECK(other_baggage.span() == numbered(1));
  CHECK(!other_baggage.baggage().get("a"));
  CHECK(*with_value.get(tenant) == "blue");
  CHECK(with_value.span() == numbered(1));
}

TEST_CASE("attached, a context is current until the scope ends") {
  CHECK(!current_context().span().valid());
  {
    auto const outer = attach(context{numbered(1, "a=1"), baggage{}.set("k", "v")}.with(tenant, std::string{"blue"}));
    CHECK(current_context().span() == numbered(1, "a=1"));
    CHECK(current_context().span().remote());
    CHECK(current_context().baggage().get("k") == "v");
    CHECK(*current_context().get(tenant) == "blue");
    {
      auto const inner = attach(current_context().with(numbered(2)));
      CHECK(current_context().span() == numbered(2));
      CHECK(*current_context().get(tenant) == "blue");
    }
    {
      auto const nothing = attach(context{});
      CHECK(!current_context().span().valid());
      CHECK(current_context().baggage().empty());
      CHECK(current_context().get(tenant) == nullptr);
    }
    CHECK(current_context().span() == numbered(1, "a=1"));
  }
  CHECK(!current_context().span().valid());
}

TEST_CASE("what is attached is a copy: the original may go") {
  std::optional<context> made{context{numbered(1, "state=some-longer-value"), baggage{}.set("k", std::string(1000, 'v'))}};
  auto const scope = attach(*made);
  made.reset();
  CHECK(current_context().baggage().get("k") == std::string(1000, 'v'));
  CHECK(current_context().span().state().text() == "state=some-longer-value");
}

TEST_CASE("a context taken along outlives its scope") {
  std::optional<context> taken;
  {
    auto const scope = attach(context{numbered(1)}.with(tenant, std::string(1000, 'x')));
    taken = current_context();
  }
  CHECK(taken->get(tenant)->size() == 1000);
}

TEST_CASE("new threads begin with the empty context", "[threads]") {
  auto const scope = attach(context{numbered(1)});
  bool found = true;
  std::thread{[&] { found = current_context().span().valid(); }}.join();
  CHECK(!found);
}

TEST_CASE("a value may make contexts current as it goes, when the last context that has it is left") {
  static int gone;
  gone = 0;
  struct busy {
    busy() = default;
    busy(busy&& other) noexcept : alive{std::exchange(other.alive, false)} {}
    ~busy() {
      if (!alive) return;
      ++gone;
      CHECK(spanwise::current_context().baggage().get("who") == "around");
      spanwise::context const own = spanwise::context{}.with(spanwise::baggage{}.set("who", "busy"));
      auto const scope = spanwise::attach(own);
      CHECK(spanwise::current_context().baggage().get("who") == "busy");
    }
    bool alive = true;
  };
  spanwise::context_key<busy> const key{"busy"};
  auto const around = spanwise::attach(spanwise::context{}.with(spanwise::baggage{}.set("who", "around")));
  for (int deep = 0; deep < 100; ++deep) { // also across the blocks of the stack
    std::vector<std::unique_ptr<spanwise::attached>> below;
    for (int i = 0; i < deep; ++i) below.push_back(std::make_unique<spanwise::attached>(spanwise::current_context()));
    auto last = std::make_unique<spanwise::attached>(spanwise::context{}.with(key, busy{}));
    CHECK(gone == deep);
    last.reset();
    CHECK(gone == deep + 1);
    CHECK(spanwise::current_context().baggage().get("who") == "around");
    while (!below.empty()) below.pop_back();
  }
  CHECK(spanwise::current_context().baggage().get("who") == "around");
}

TEST_CASE("left out of order: told, and what is current is the newest that is still attached") {
  static_cast<void>(told(spanwise::misuse::ended_out_of_order));
  std::optional<spanwise::attached> first{std::in_place, context{numbered(1)}};
  std::optional<spanwise::attached> second{std::in_place, context{numbered(2)}};
  std::optional<spanwise::attached> third{std::in_place, context{numbered(3)}};
  second.reset();
  CHECK(current_context().span() == numbered(3));
  CHECK(told(spanwise::misuse::ended_out_of_order) == 1);
  first.reset();
  CHECK(current_context().span() == numbered(3));
  third.reset();
  CHECK(!current_context().span().valid());
}

TEST_CASE("left on another thread: told, and repaired on the first", "[threads]") {
  static_cast<void>(told(spanwise::misuse::detached_on_another_thread));
  auto scope = std::make_unique<spanwise::attached>(context{numbered(1)}.with(tenant, std::string{"blue"}));
  std::optional<spanwise::span_context> there;
  std::thread{[&] {
    auto const own = attach(context{numbered(2)});
    scope.reset();
    there = current_context().span();
  }}.join();
  CHECK(there == numbered(2));
  CHECK(!current_context().span().valid());
  CHECK(told(spanwise::misuse::detached_on_another_thread) == 1);
}

TEST_CASE("one context is shared by many threads", "[threads]") {
  context const shared = context{numbered(1, "a=1"), baggage{}.set("k", "v")}.with(tenant, std::string{"blue"});
  std::vector<std::thread> threads;
  std::vector<int> good(4);
  for (std::size_t number = 0; number < 4; ++number)
    threads.emplace_back([&, number] {
      for (int i = 0; i < 500; ++i) {
        auto const scope = attach(shared);
        context const here = current_context();
        auto const deeper = attach(here.with(tenant, std::string{"red"}));
        good[number] += *here.get(tenant) == "blue" && here.baggage().get("k") == "v" && *current_context().get(tenant) == "red";
      }
    });
  for (auto& each : threads) each.join();
  for (int const each : good) CHECK(each == 500);
}
