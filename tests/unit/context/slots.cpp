#include <spanwise/context/slots.hpp>

#include "catch.hpp"

#include <memory>
#include <string>
#include <utility>

using spanwise::context_key;
using spanwise::detail::slots;

namespace {

context_key<int> const number{"same name"};
context_key<int> const other_number{"same name"};
context_key<std::shared_ptr<int>> const owned{"owned"};

} // namespace

TEST_CASE("keys are told apart by what they are, not by their names") {
  slots const both = slots{}.with(number, 1).with(other_number, 2);
  CHECK(*both.find(number) == 1);
  CHECK(*both.find(other_number) == 2);
  CHECK(std::string{number.name()} == other_number.name());
  CHECK(slots{}.find(number) == nullptr);
}

TEST_CASE("a value set again hides the older one, which stays for those who have it") {
  slots const first = slots{}.with(number, 1);
  slots const second = first.with(number, 2);
  CHECK(*first.find(number) == 1);
  CHECK(*second.find(number) == 2);
}

TEST_CASE("values live as long as something refers to them, and no longer") {
  auto const value = std::make_shared<int>(7);
  slots kept;
  {
    slots const made = slots{}.with(owned, value).with(number, 1);
    slots const copy{made};
    kept = copy;
    CHECK(value.use_count() == 2);
  }
  CHECK(value.use_count() == 2);
  CHECK(**kept.find(owned) == 7);
  slots moved{std::move(kept)};
  kept = slots{};
  CHECK(value.use_count() == 2);
  moved = slots{};
  CHECK(value.use_count() == 1);
}

TEST_CASE("branches share what they have in common") {
  auto const value = std::make_shared<int>(7);
  {
    slots const trunk = slots{}.with(owned, value);
    slots const left = trunk.with(number, 1);
    slots const right = trunk.with(number, 2);
    CHECK(value.use_count() == 2);
    CHECK(*left.find(number) == 1);
    CHECK(*right.find(number) == 2);
    CHECK(left.find(owned) == right.find(owned));
  }
  CHECK(value.use_count() == 1);
}

TEST_CASE("a long chain is taken apart without using up the stack") {
  slots chain;
  for (int i = 0; i < 200'000; ++i) chain = chain.with(number, i);
  CHECK(*chain.find(number) == 199'999);
  chain = slots{};
  CHECK(chain.empty());
}

TEST_CASE("as a raw pointer and back") {
  auto const value = std::make_shared<int>(7);
  {
    slots made = slots{}.with(owned, value);
    void* const raw = made.release();
    CHECK(made.empty());
    {
      slots const shared = slots::share(raw);
      CHECK(shared.raw() == raw);
    }
    CHECK(value.use_count() == 2);
    slots const back = slots::adopt(raw);
    CHECK(**back.find(owned) == 7);
  }
  CHECK(value.use_count() == 1);
}
