#include <spanwise/detail/sequence.hpp>

#include "catch.hpp"

#include <algorithm>
#include <random>

using namespace spanwise::detail;

TEST_CASE("sorting keeps the order of what is equal") {
  std::mt19937 random{1};
  for (std::size_t size = 0; size < 70; ++size) {
    std::vector<std::pair<unsigned, std::size_t>> values;
    for (std::size_t at = 0; at < size; ++at) values.emplace_back(random() % 8, at);
    auto expected = values;
    std::sort(expected.begin(), expected.end());
    sort_stably(values, [](auto const& left, auto const& right) { return left.first < right.first; });
    CHECK(values == expected);
  }
}

TEST_CASE("values are found in sequences") {
  std::vector<int> const sorted{1, 3, 3, 7};
  for (int wanted = 0; wanted < 9; ++wanted) {
    bool const there = std::find(sorted.begin(), sorted.end(), wanted) != sorted.end();
    CHECK(contains(sorted, wanted) == there);
    CHECK(sorted_contains(sorted, wanted) == there);
    auto const expected = std::lower_bound(sorted.begin(), sorted.end(), wanted) - sorted.begin();
    CHECK(first_not(sorted, [&](int each) { return each < wanted; }) == static_cast<std::size_t>(expected));
  }
}
