#include <spanwise/trace/token_bucket.hpp>

#include "catch.hpp"

#include <thread>
#include <vector>

using spanwise::detail::token_bucket;

namespace {

int taken(token_bucket& bucket, std::int64_t now, int asked) {
  int count = 0;
  for (int i = 0; i < asked; ++i) count += bucket.take(now) ? 1 : 0;
  return count;
}

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t start = 1000 * second;

} // namespace

TEST_CASE("a full bucket gives its burst, and then its rate") {
  token_bucket bucket{10, 5};
  CHECK(taken(bucket, start, 100) == 5);
  CHECK(taken(bucket, start + second / 10 - 1, 100) == 0);
  CHECK(taken(bucket, start + second / 10, 100) == 1);
  CHECK(taken(bucket, start + 3 * second / 10, 100) == 2);
  CHECK(taken(bucket, start + 1000 * second, 100) == 5); // a long rest is worth no more than the burst
}

TEST_CASE("over a long time the rate is kept to one") {
  token_bucket bucket{3, 1};
  int count = 0;
  for (std::int64_t now = start; now < start + 100 * second; now += second / 1000) count += bucket.take(now) ? 1 : 0;
  CHECK(count >= 299);
  CHECK(count <= 300);
}

TEST_CASE("a clock that stands or goes back gives nothing for it") {
  token_bucket bucket{10, 2};
  CHECK(taken(bucket, start, 10) == 2);
  CHECK(taken(bucket, start - 100 * second, 10) == 0);
  CHECK(taken(bucket, start, 10) == 0);
  CHECK(taken(bucket, start + second / 10, 10) == 1);
}

TEST_CASE("rates without measure") {
  token_bucket fast{1e300, 1e300};
  CHECK(taken(fast, start, 1000) == 1000);
  token_bucket slow{1e-300, 1};
  CHECK(taken(slow, start, 10) == 1);
  CHECK(taken(slow, start + 1'000'000 * second, 10) == 0);
  token_bucket half{0.5, 1.5};
  CHECK(taken(half, start, 10) == 1);
  CHECK(taken(half, start + second, 10) == 1);
  CHECK(taken(half, start + 2 * second, 10) == 0);
  token_bucket million{1e6, 1e6};
  CHECK(taken(million, start, 2'000'000) == 1'000'000);
}

TEST_CASE("a copy counts for itself") {
  token_bucket bucket{1, 2};
  CHECK(bucket.take(start));
  token_bucket copy{bucket};
  CHECK(taken(bucket, start, 10) == 1);
  CHECK(taken(copy, start, 10) == 1);
}

TEST_CASE("many threads take together what one could", "[threads]") {
  token_bucket bucket{1000, 1000};
  spanwise::detail::atomic<int> total{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int step = 0; step < 100; ++step)
        total.fetch_add(taken(bucket, start + step * second / 1000, 20), spanwise::detail::relaxed);
    });
  for (std::thread& each : threads) each.join();
  // All began with a full bucket, and the clock went on by 99 ms.
  CHECK(total.load(spanwise::detail::relaxed) >= 1000);
  CHECK(total.load(spanwise::detail::relaxed) <= 1099);
}
