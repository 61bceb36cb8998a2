#include <spanwise/context/context_stack.hpp>

#include <spanwise/context/context.hpp>

#include "catch.hpp"

#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

using spanwise::attach;
using spanwise::attached;
using spanwise::context;
using spanwise::current_context;
namespace detail = spanwise::detail;

namespace {

spanwise::span_context numbered(std::uint32_t number) {
  std::uint8_t trace[16]{1};
  std::uint8_t span[8]{1};
  std::memcpy(span + 1, &number, sizeof number);
  return {spanwise::trace_id::from_bytes(trace), spanwise::span_id::from_bytes(span)};
}

std::uint32_t told(spanwise::misuse what) {
  return detail::diagnostics.misuses[static_cast<std::size_t>(what)].exchange(0, detail::relaxed);
}

} // namespace

TEST_CASE("the layout that versions share") {
  CHECK(sizeof(spanwise::shared::context_entry) == 64);
  CHECK(offsetof(spanwise::shared::context_entry, tag) == 28);
  CHECK(offsetof(spanwise::shared::context_entry, owner) == 56);
  CHECK(offsetof(spanwise::shared::context_stack, own) == 56);
}

TEST_CASE("contexts nested as deep as one likes up to the bound, up and down") {
  std::vector<std::unique_ptr<attached>> scopes;
  for (int round = 0; round < 2; ++round) {
    for (std::uint32_t depth = 1; depth <= 5000; ++depth) {
      scopes.push_back(std::make_unique<attached>(context{numbered(depth)}));
      REQUIRE(current_context().span() == numbered(depth));
    }
    for (std::uint32_t depth = 5000; depth >= 1; --depth) {
      REQUIRE(current_context().span() == numbered(depth));
      scopes.pop_back();
    }
    CHECK(!current_context().span().valid());
  }
  CHECK(detail::this_stack()->top == detail::this_stack()->own);
}

TEST_CASE("up and down across the border of a block") {
  std::vector<std::unique_ptr<attached>> scopes;
  for (std::uint32_t depth = 1; depth <= 11; ++depth) scopes.push_back(std::make_unique<attached>(context{numbered(depth)}));
  for (std::uint32_t i = 0; i < 1000; ++i) {
    attached const over{context{numbered(100 + i)}};
    attached const more{context{numbered(2000 + i)}};
    REQUIRE(current_context().span() == numbered(2000 + i));
  }
  CHECK(current_context().span() == numbered(11));
  while (!scopes.empty()) scopes.pop_back();
}

TEST_CASE("10,000 deep: beyond the bound nothing more becomes current, and all comes back") {
  static_cast<void>(told(spanwise::misuse::nested_too_deep));
  std::vector<std::unique_ptr<attached>> scopes;
  for (std::uint32_t depth = 1; depth <= 10'000; ++depth) scopes.push_back(std::make_unique<attached>(context{numbered(depth)}));
  CHECK(told(spanwise::misuse::nested_too_deep) > 1700);
  spanwise::span_context const deepest = current_context().span();
  CHECK(deepest.valid());
  CHECK(detail::this_stack()->blocks == detail::most_blocks);
  while (!scopes.empty()) scopes.pop_back();
  CHECK(!current_context().span().valid());
  CHECK(detail::this_stack()->top == detail::this_stack()->own);
}

TEST_CASE("taken away from below: marked ones are skipped when they come to the top") {
  static_cast<void>(told(spanwise::misuse::ended_out_of_order));
  std::vector<std::unique_ptr<attached>> scopes;
  for (std::uint32_t depth = 1; depth <= 200; ++depth) scopes.push_back(std::make_unique<attached>(context{numbered(depth)}));
  for (std::size_t i = 0; i + 1 < scopes.size(); ++i)
    if (i % 2 == 0) scopes[i].reset();
  for (std::uint32_t depth = 200; depth >= 2; depth -= 2) {
    REQUIRE(current_context().span() == numbered(depth));
    scopes[depth - 1].reset();
  }
  CHECK(!current_context().span().valid());
  CHECK(detail::this_stack()->top == detail::this_stack()->own);
  CHECK(told(spanwise::misuse::ended_out_of_order) == 100);
}

TEST_CASE("an entry of another version of spanwise: its ids are read, its pointers are left alone") {
  detail::context_stack& stack = *detail::this_stack();
  detail::context_entry* const foreign = detail::push_entry(stack);
  *foreign = {};
  foreign->trace_id[0] = 7;
  foreign->span_id[0] = 8;
  foreign->flags = 1;
  foreign->remote = 1;
  foreign->tag = detail::version_tag + 2;
  foreign->owner_kind = static_cast<unsigned char>(detail::entry_owner::span);
  foreign->trace_state = foreign->baggage = foreign->slots = reinterpret_cast<void*>(std::uintptr_t{16});
  int owner = 0;
  foreign->owner = &owner;
  context const seen = current_context();
  CHECK(seen.span().trace_id().bytes()[0] == 7);
  CHECK(seen.span().span_id().bytes()[0] == 8);
  CHECK(seen.span().sampled());
  CHECK(seen.span().remote());
  CHECK(seen.span().state().empty());
  CHECK(seen.baggage().empty());
  {
    auto const over = attach(context{numbered(1)});
    CHECK(current_context().span() == numbered(1));
  }
  detail::remove_entry(&stack, foreign, &owner, spanwise::misuse::detached_on_another_thread);
  CHECK(stack.top == stack.own);
}

TEST_CASE("a thread gets the stack that an ended one gave back, empty", "[threads]") {
  detail::context_stack* first = nullptr;
  detail::context_stack* second = nullptr;
  bool found = true;
  std::thread{[&] {
    first = detail::this_stack();
    auto* const left_behind = new attached{context{numbered(1)}};
    static_cast<void>(left_behind);
    static std::unique_ptr<attached> kept{left_behind};
  }}.join();
  std::thread{[&] {
    second = detail::this_stack();
    found = current_context().span().valid();
  }}.join();
  CHECK(first == second);
  CHECK(!found);
}

TEST_CASE("threads come and go at the same time, each with a stack of its own", "[threads]") {
  std::vector<std::thread> threads;
  std::vector<std::size_t> wrong(4);
  for (std::uint32_t number = 0; number < 4; ++number)
    threads.emplace_back([&, number] {
      for (std::uint32_t i = 0; i < 60; ++i)
        std::thread{[&] {
          auto const one = attach(context{numbered(number)});
          auto const two = attach(context{numbered(1000 + number)});
          if (current_context().span() != numbered(1000 + number)) ++wrong[number];
        }}.join();
    });
  for (auto& each : threads) each.join();
  for (std::size_t const each : wrong) CHECK(each == 0);
}
