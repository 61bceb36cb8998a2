#include <spanwise/pipeline/tee.hpp>

#include "catch.hpp"

#include <memory>
#include <type_traits>

using namespace spanwise;

TEST_CASE("the shapes of a pipeline take their parts by value, also those that can only be moved") {
  auto both = spanwise::tee{std::make_unique<int>(1), chain{2, std::make_unique<int>(3)}};
  static_assert(std::is_same_v<decltype(both), spanwise::tee<std::unique_ptr<int>, chain<int, std::unique_ptr<int>>>>);
  CHECK(*std::get<0>(both.branches) == 1);
  CHECK(std::get<0>(std::get<1>(both.branches).parts) == 2);
  CHECK(*std::get<1>(std::get<1>(both.branches).parts) == 3);
}
