// Searching and sorting for what is drawn and told, not for what has to be fast: <algorithm> is dear to include.
#pragma once

#include <spanwise/detail/config.hpp>

#include <utility>
#include <vector>

namespace spanwise::inline SPANWISE_ABI::detail {

template <class Values, class Value> [[nodiscard]] constexpr bool contains(Values const& values, Value const& wanted) {
  for (auto const& each : values)
    if (each == wanted) return true;
  return false;
}

/// The first place of sorted values at which `before(value)` is false; their number if there is none.
template <class Values, class Before> [[nodiscard]] std::size_t first_not(Values const& values, Before const& before) {
  std::size_t low = 0;
  for (std::size_t high = values.size(); low < high;) {
    std::size_t const middle = low + (high - low) / 2;
    if (before(values[middle])) low = middle + 1;
    else high = middle;
  }
  return low;
}

/// True if sorted values have one like this.
template <class Values, class Value> [[nodiscard]] bool sorted_contains(Values const& values, Value const& wanted) {
  std::size_t const at = first_not(values, [&](auto const& each) { return each < wanted; });
  return at != values.size() && values[at] == wanted;
}

/// Sorts; what is equal keeps its order.
template <class Value, class Less> void sort_stably(std::vector<Value>& values, Less const& less) {
  std::vector<Value> merged(values.size());
  for (std::size_t run = 1; run < values.size(); run *= 2) {
    for (std::size_t begin = 0; begin < values.size(); begin += 2 * run) {
      std::size_t const middle = begin + run < values.size() ? begin + run : values.size();
      std::size_t const end = middle + run < values.size() ? middle + run : values.size();
      std::size_t left = begin;
      std::size_t right = middle;
      for (std::size_t at = begin; at < end; ++at) {
        bool const take_right = left == middle || (right < end && less(values[right], values[left]));
        merged[at] = values[take_right ? right++ : left++];
      }
    }
    values.swap(merged);
  }
}

} // namespace spanwise::inline SPANWISE_ABI::detail
