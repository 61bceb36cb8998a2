// The prices below which a span cannot go on this machine: reading a clock, and storing what a span amounts to.
#include "cases.hpp"
#include "work.hpp"

#include <cstring>

namespace {

constexpr std::size_t record_size = 192;

/// Copies a record of a 4-attribute span into memory that is used again and again, as chunks are.
void copy_floor() {
  std::vector<unsigned char> ring(std::size_t{1} << 20);
  unsigned char record[record_size]{1};
  std::size_t at = 0;
  bench::run("floor/copy", bench::spans_a_round, [&] {
    for (std::size_t i = 0; i < bench::spans_a_round; ++i) {
      bench::keep(record);
      std::memcpy(ring.data() + at, record, record_size);
      at = at + 2 * record_size < ring.size() ? at + record_size : 0;
    }
    bench::keep(*ring.data());
  });
}

} // namespace

void bench::floor_cases() {
  run("floor/clock", spans_a_round, [] {
    for (std::size_t i = 0; i < spans_a_round; ++i) keep(nanoseconds(CLOCK_MONOTONIC));
  });
  run("floor/tsc", spans_a_round, [] {
    for (std::size_t i = 0; i < spans_a_round; ++i) keep(spanwise::detail::read_tsc());
  });
  copy_floor();
}
