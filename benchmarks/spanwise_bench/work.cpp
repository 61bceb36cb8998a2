#include "work.hpp"

bench::order const& bench::some_order() {
  static order const one{3, 0.75, "web-shop", "customer 4711 of Springfield.."};
  return one;
}
