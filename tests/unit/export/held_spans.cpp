#include <spanwise/export/held_spans.hpp>

#include "catch.hpp"
#include "wire_writer.hpp"

#include <random>

using namespace testing;
using spanwise::detail::held_span;
using spanwise::detail::held_spans;

namespace {

constexpr char const* first_trace = "3f9a1c5be27d4d0b8c6e0a47d15f2b01";
constexpr char const* second_trace = "3f9a1c5be27d4d0b8c6e0a47d15f2b02";

std::string id(int number) {
  char text[17];
  std::snprintf(text, sizeof text, "%016x", static_cast<unsigned>(number));
  return text;
}

struct holding {
  held_spans<> held;

  /// A span named by its number; parent 0 is none, a negative one is in another process.
  void add(int own, int parent, char const* trace = first_trace, std::int64_t now = 0) {
    record_store store;
    std::uint32_t const flags = parent < 0 ? 0x303 : 0x103;
    store.add(span_message(trace, id(own), parent == 0 ? "" : id(parent < 0 ? -parent : parent), std::to_string(own), 1,
                           2, 1, flags));
    REQUIRE(held.add(store.records()[0], now));
  }
  std::string ready() {
    std::string names;
    held.take_ready([&](held_span const& one, std::span<std::byte const> bytes) {
      names += std::string{spanwise::span_view{bytes}.name()} + (one.late ? "! " : " ");
    });
    return names;
  }
  std::string all() {
    std::string names;
    held.take_all([&](held_span const&, std::span<std::byte const> bytes) {
      names += std::string{spanwise::span_view{bytes}.name()} + " ";
    });
    return names;
  }
};

} // namespace

TEST_CASE("spans wait for the root of their trace, in order of arrival") {
  holding run;
  run.add(3, 2);
  run.add(2, 1);
  CHECK_FALSE(run.held.any_ready());
  CHECK(run.ready().empty());
  run.add(9, 8, second_trace);
  run.add(1, 0);
  CHECK(run.held.any_ready());
  CHECK(run.ready() == "3 2 1 ");
  CHECK(run.held.size() == 1);
  CHECK(run.ready().empty());
  run.add(8, 0, second_trace);
  CHECK(run.ready() == "9 8 ");
  CHECK(run.held.size() == 0);
  CHECK(run.held.bytes() == 0);
}

TEST_CASE("a span with a parent in another process is a root here, and takes only what is below it") {
  holding run;
  run.add(5, 4); // below the server span 4
  run.add(7, 1); // a sibling elsewhere in the same trace
  run.add(4, -3);
  CHECK(run.ready() == "5 4 ");
  run.add(3, 1);
  run.add(1, 0);
  CHECK(run.ready() == "7 3 1 ");
}

TEST_CASE("a child that ends after its parent was taken comes at once, with what waited for it") {
  holding run;
  run.add(1, 0);
  CHECK(run.ready() == "1 ");
  run.add(3, 2);
  CHECK(run.ready().empty());
  run.add(2, 1);
  CHECK(run.ready() == "3 2! ");
}

TEST_CASE("traces that waited too long are given as far as they are there") {
  holding run;
  run.add(3, 2, first_trace, 100);
  run.add(9, 8, second_trace, 200);
  run.add(2, 1, first_trace, 300);
  run.held.expire(100);
  CHECK(run.ready().empty());
  run.held.expire(150);
  CHECK(run.ready() == "3 2 ");
  CHECK(run.all() == "9 ");
  CHECK(run.all().empty());
}

TEST_CASE("any order of arrival gives each span once, and the bytes stay those of the span") {
  std::mt19937 random{11};
  for (int round = 0; round < 200; ++round) {
    holding run;
    int const count = 1 + static_cast<int>(random() % 60);
    std::vector<int> order;
    for (int at = 1; at <= count; ++at) order.push_back(at);
    std::shuffle(order.begin(), order.end(), random);
    std::string names;
    for (int const at : order) {
      run.add(at, at == 1 ? 0 : static_cast<int>(random() % static_cast<unsigned>(count + 3)),
              random() % 2 == 0 ? first_trace : second_trace);
      if (random() % 3 == 0) names += run.ready();
    }
    names += run.ready();
    names += run.all();
    CHECK(run.held.size() == 0);
    std::vector<int> seen(static_cast<std::size_t>(count) + 1);
    for (std::size_t at = 0; at < names.size();) {
      ++seen[static_cast<std::size_t>(std::stoi(names.substr(at)))];
      at = names.find(' ', at) + 1;
    }
    for (int at = 1; at <= count; ++at) CHECK(seen[static_cast<std::size_t>(at)] == 1);
  }
}
