#include <spanwise/detail/counted.hpp>

#include "catch.hpp"

using namespace spanwise::detail;

namespace {

struct noted {
  explicit noted(int& count) : alive{&count} { ++*alive; }
  noted(noted const&) = delete;
  noted& operator=(noted const&) = delete;
  ~noted() { --*alive; }
  int* alive;
};

} // namespace

TEST_CASE("a counted value lives as long as one of its holders") {
  int alive = 0;
  counted<void> last;
  {
    auto const first = counted<noted>::make(alive);
    counted<noted const> second = first;
    last = second.get() == first.get() ? counted<void>{first} : counted<void>{};
    CHECK(alive == 1);
    second = nullptr;
    CHECK(second == nullptr);
  }
  CHECK(alive == 1);
  counted<void> const moved = std::move(last);
  CHECK(last == nullptr);
  CHECK(moved);
  last = moved;
  counted<void>& same = last;
  last = same;
  CHECK(alive == 1);
}

TEST_CASE("what cannot be moved can be made by a function") {
  int alive = 0;
  {
    auto const held = counted<noted>::made_by([&] { return noted{alive}; });
    CHECK(*held->alive == 1);
  }
  CHECK(alive == 0);
}

TEST_CASE("an owned value has one owner") {
  int alive = 0;
  {
    owned<noted> one;
    CHECK(!one);
    one.make(alive);
    one.make(alive);
    owned<noted> const other = std::move(one);
    CHECK(!one);
    CHECK(alive == 1);
  }
  CHECK(alive == 0);
}
