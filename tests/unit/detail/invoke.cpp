#include <spanwise/detail/invoke.hpp>

#include "catch.hpp"

#include <functional>
#include <memory>
#include <string>
#include <type_traits>

using spanwise::detail::invoke;

namespace {

struct shelf {
  int books = 3;
  int add(int more) { return books += more; }
  [[nodiscard]] int count() const noexcept { return books; }
  std::string take() && { return "taken"; }
};
struct tall_shelf : shelf {};

/// Points at a shelf, and can be asked what it got.
struct handle {
  shelf* held;
  shelf& operator*() const { return *held; }
  [[nodiscard]] int get() const { return 7; }
};

union number {
  int whole;
};

int plain(int value) { return value + 1; }

} // namespace

TEST_CASE("functions and function objects") {
  CHECK(invoke(plain, 1) == 2);
  CHECK(invoke(&plain, 1) == 2);
  CHECK(invoke([](std::unique_ptr<int> given) { return *given; }, std::make_unique<int>(5)) == 5);
  CHECK(invoke(std::function<int(std::string)>{[](std::string const& text) { return static_cast<int>(text.size()); }},
               std::string{"abc"}) == 3);
  int held = 0;
  static_assert(std::is_same_v<decltype(invoke([&]() -> int& { return held; })), int&>);
}

TEST_CASE("member functions, of an object given itself, by pointer, or by reference_wrapper") {
  shelf one;
  tall_shelf two;
  CHECK(invoke(&shelf::add, one, 1) == 4);
  CHECK(invoke(&shelf::add, &one, 1) == 5);
  CHECK(invoke(&shelf::add, std::ref(one), 1) == 6);
  CHECK(invoke(&shelf::add, two, 1) == 4);
  CHECK(invoke(&shelf::add, std::ref(two), 1) == 5);
  CHECK(invoke(&shelf::add, std::make_unique<tall_shelf>(), 1) == 4);
  CHECK(invoke(&shelf::add, handle{&one}, 1) == 7);
  CHECK(invoke(&shelf::count, std::cref(one)) == 7);
  CHECK(invoke(&shelf::take, shelf{}) == "taken");
  CHECK(one.books == 7);
}

TEST_CASE("member objects, which stay what they are") {
  shelf one;
  shelf const fixed;
  invoke(&shelf::books, one) = 9;
  CHECK(invoke(&shelf::books, &one) == 9);
  CHECK(invoke(&shelf::books, std::ref(one)) == 9);
  CHECK(invoke(&shelf::books, fixed) == 3);
  static_assert(std::is_same_v<decltype(invoke(&shelf::books, one)), int&>);
  static_assert(std::is_same_v<decltype(invoke(&shelf::books, fixed)), int const&>);
  static_assert(std::is_same_v<decltype(invoke(&shelf::books, shelf{})), int&&>);
#if !defined(_LIBCPP_VERSION) // whose is_invocable knows no members of unions
  number some{4};
  CHECK(invoke(&number::whole, some) == 4);
#endif
}
