// What the measured spans look like. A span has a name of 14 characters and, where it is called "4", the attributes
// int, double, 8 and 30 bytes of text, with keys of 4 or 5 characters, and values that the compiler cannot know.
#pragma once

#include <spanwise/spanwise.hpp>

#include <string>

namespace bench {

/// Makes the compiler believe that a value is used, and that memory changed.
template <class Value> void keep(Value const& value) {
  asm volatile("" : : "r,m"(value) : "memory");
}

struct order {
  int items = 3;
  double load = 0.75;
  std::string store = "web-shop";
  std::string user = "customer 4711 of Springfield..";
};

inline constexpr auto nothing = [](auto&) {};
inline constexpr auto event = [](auto& made) { made.event("cache miss"); };

/// Makes a span with 4 attributes, and does `then` with it before it ends.
template <class Span = spanwise::span, class Then = decltype(nothing)> void span_4(order const& of, Then then = {}) {
  Span made{"charge a card.", {"items", of.items}, {"load", of.load}, {"store", of.store}, {"user", of.user}};
  then(made);
}
/// The same, an attribute at a time.
[[gnu::always_inline]] inline void span_4_set(order const& of) {
  spanwise::span made{"charge a card."};
  made.set("items", of.items);
  made.set("load", of.load);
  made.set("store", of.store);
  made.set("user", of.user);
}

} // namespace bench
