#include "work.hpp"

bench::order const& bench::some_order() {
  static order const one;
  return one;
}
