#include <spanwise/detail/random.hpp>

#include "catch.hpp"

#include <bit>
#include <cmath>
#include <set>

using spanwise::detail::random_source;

TEST_CASE("seeded sources differ, and do not repeat themselves") {
  std::set<std::uint64_t> seen;
  for (int source = 0; source < 100; ++source) {
    random_source random;
    random.seed();
    for (int i = 0; i < 100; ++i) seen.insert(random());
  }
  CHECK(seen.size() == 10'000);
}

TEST_CASE("a seed again makes another sequence") {
  random_source random;
  random.seed();
  random_source const copy{random};
  random.seed();
  random_source other{copy};
  CHECK(random() != other());
}

TEST_CASE("never zero where that is asked for, even from a source that was never seeded") {
  random_source random;
  CHECK(random() == 0);
  random.seed();
  for (int i = 0; i < 1000; ++i) CHECK(random.nonzero() != 0);
}

TEST_CASE("each bit is set about half of the time, and bytes are spread evenly") {
  random_source random;
  random.seed();
  constexpr int draws = 20'000;
  int ones[64]{};
  int bytes[256]{};
  for (int i = 0; i < draws; ++i) {
    std::uint64_t const bits = random();
    for (int bit = 0; bit < 64; ++bit) ones[bit] += static_cast<int>(bits >> bit & 1);
    for (int byte = 0; byte < 8; ++byte) ++bytes[bits >> (8 * byte) & 0xff];
  }
  for (int const each : ones) CHECK(std::abs(each - draws / 2) < 450); // more than six standard deviations
  double chi_square = 0;
  double const expected = draws * 8.0 / 256;
  for (int const each : bytes) chi_square += (each - expected) * (each - expected) / expected;
  CHECK(chi_square > 150);
  CHECK(chi_square < 400);
}
