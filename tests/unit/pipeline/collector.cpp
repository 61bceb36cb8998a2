#include <spanwise/pipeline/collector.hpp>

#include "diagnostics_log.hpp"
#include "hand_over_fixture.hpp"
#include "probe.hpp"

#include <map>
#include <random>

using namespace testing;
using namespace spanwise::detail;

TEST_CASE("spans are handed over whole, once and in order, while chunks are taken away all the time", "[threads]") {
  bool const fence_too = GENERATE(false, true);
  bare_core test{512 << 10, fence_too};
  provider_core& core = *test.core;
  std::vector<chunk*> const ballast = press(core.pool);

  std::atomic<int> running{4};
  std::atomic<std::uint64_t> written{0};
  std::atomic<std::uint64_t> begun{0}; // spans in a chunk without one before it
  std::vector<std::thread> threads;
  for (unsigned seed = 1; seed <= 4; ++seed)
    threads.emplace_back([&, seed] {
      std::mt19937 random{seed};
      for (int life = 0; life < 5; ++life) {
        producer* const mine = test.join();
        std::uint32_t number = 0;
        for (int i = 0; i < 4000; ++i) {
          auto const filling = static_cast<std::uint32_t>(random() % 16 == 0 ? random() % 9000 : random() % 100);
          if (write(core, *mine, number, filling)) ++number;
          if (mine->head.load(relaxed) != 0) ++begun;
          if (random() % 64 == 0) std::this_thread::sleep_for(std::chrono::microseconds{random() % 300});
        }
        written += number;
        bare_core::leave(mine);
      }
      --running;
    });

  collector reading{core, 512};
  reader all;
  std::mt19937 random{77};
  std::uint64_t most_producers = 0;
  int too_many = 0;
  for (bool last = false; !last;) {
    last = running == 0;
    for (std::size_t const most : {std::size_t{1}, std::size_t{7}, std::size_t{512}, std::size_t{512}}) {
      auto const batch = reading.gather(most);
      too_many += batch.size() > most ? 1 : 0;
      if (random() % 4 == 0) reading.maintain(); // in the middle of a batch too
      all.read(batch);
      reading.settle();
      reading.maintain();
    }
    if (last) all.read_all(reading);
    std::uint64_t producers = 0;
    for (producer* at = core.producers.load(acquire); at != nullptr; at = at->next) ++producers;
    most_producers = std::max(most_producers, producers);
  }
  for (std::thread& each : threads) each.join();
  CHECK(all.bad == 0);
  CHECK(too_many == 0);
  CHECK(all.seen == written);
  CHECK(all.seen > 10'000);
  CHECK(begun > 200); // chunks were taken away, and often
  CHECK(most_producers <= 20);
  reading.maintain();
  CHECK(core.producers.load(relaxed) == nullptr);
  std::size_t const used = core.pool.used_bytes();
  for (chunk* const each : ballast) core.pool.give_back(each);
  CHECK(used - ballast.size() * 8 * granule_size == core.pool.used_bytes());
  CHECK(core.pool.used_bytes() == 2 * granule_size); // nothing leaked: only the pool's own head is left
}

TEST_CASE("a chunk taken from a quiet thread is free for others, and the thread goes on with a new one") {
  bare_core test;
  provider_core& core = *test.core;
  collector reading{core, 512};
  reader all;
  producer* const mine = test.join();
  std::size_t const empty = core.pool.used_bytes();
  std::uint32_t number = 0;
  for (int round = 0; round < 5; ++round) {
    // The first chunk, then one of several, must be taken away alike.
    for (int i = 0; i < (round % 2 == 0 ? 1 : 400); ++i) CHECK(write(core, *mine, number++, 50));
    all.read_all(reading);
    CHECK(core.pool.used_bytes() > empty);
    std::vector<chunk*> ballast;
    while (chunk* const one = core.pool.take(1, 9, 0)) ballast.push_back(one); // "pressed": no second's wait
    reading.maintain();
    for (chunk* const each : ballast) core.pool.give_back(each);
    CHECK(core.pool.used_bytes() == empty);
  }
  CHECK(all.bad == 0);
  CHECK(all.seen == number);
  bare_core::leave(mine);
  reading.maintain();
  CHECK(core.producers.load(relaxed) == nullptr);
}

TEST_CASE("a thread that ends while its chunk is being taken away loses nothing") {
  bare_core test;
  provider_core& core = *test.core;
  collector reading{core, 512};
  reader all;
  producer* const mine = test.join();
  std::size_t const empty = core.pool.used_bytes();
  CHECK(write(core, *mine, 0, 50));
  all.read(reading.gather(512));
  reading.settle();
  std::vector<chunk*> const ballast = press(core.pool);
  mine->busy.store(1, relaxed); // inside, as it happens, when its chunk is asked for
  reading.maintain();
  CHECK(mine->gate.load(relaxed) == gate_state::reclaimed);
  mine->busy.store(0, relaxed);
  CHECK(write(core, *mine, 1, 50)); // begins a new chunk
  mine->busy.store(1, relaxed);     // is inside again when the old one might be taken ...
  bare_core::leave(mine);           // ... and ends
  reading.maintain();
  mine->busy.store(0, relaxed);
  reading.maintain();
  all.read(reading.gather(512));
  reading.settle();
  reading.maintain();
  CHECK(all.seen == 2);
  CHECK(all.bad == 0);
  CHECK(core.producers.load(relaxed) == nullptr);
  for (chunk* const each : ballast) core.pool.give_back(each);
  CHECK(core.pool.used_bytes() == empty);
}

TEST_CASE("a span that follows on a chunk which is being taken away is gathered at once") {
  bare_core test;
  provider_core& core = *test.core;
  collector reading{core, 512};
  reader all;
  producer* const mine = test.join();
  std::size_t const empty = core.pool.used_bytes();
  CHECK(write(core, *mine, 0, 50));
  all.read_all(reading);
  CHECK(write(core, *mine, 1, 50));
  std::vector<chunk*> const ballast = press(core.pool);
  all.read_all(reading);
  mine->busy.store(1, relaxed);
  reading.maintain();
  CHECK(mine->gate.load(relaxed) == gate_state::reclaimed);
  mine->busy.store(0, relaxed);
  CHECK(write(core, *mine, 2, 50)); // begins a new chunk, before anyone looks again
  all.read(reading.gather(512));
  CHECK(all.seen == 3);
  CHECK(all.bad == 0);
  reading.settle();
  bare_core::leave(mine);
  reading.maintain();
  CHECK(core.producers.load(relaxed) == nullptr);
  for (chunk* const each : ballast) core.pool.give_back(each);
  CHECK(core.pool.used_bytes() == empty);
}

TEST_CASE("from a thread that is inside nothing is taken away, whatever it finds at the gate later") {
  bare_core test;
  provider_core& core = *test.core;
  collector reading{core, 512};
  reader all;
  producer* const mine = test.join();
  CHECK(write(core, *mine, 0, 50));
  all.read_all(reading);
  std::vector<chunk*> const ballast = press(core.pool);
  std::size_t const used = core.pool.used_bytes();

  REQUIRE(mine->enter(!core.heavy_fences)); // and stays inside, with a place to write to in a chunk that looks drained
  unsigned char* const place = mine->reserve(core.pool, 1000);
  for (int i = 0; i < 3; ++i) reading.maintain();
  CHECK(mine->gate.load(relaxed) == gate_state::reclaimed);
  CHECK(core.pool.used_bytes() == used);
  while (chunk* const other = core.pool.take(1, 9, 0)) std::memset(other->data(), 0xff, other->capacity);
  put_message(place, *mine, 1, 1000 - head_at::message - sizeof(message_head));
  mine->publish(1000);
  reading.maintain();
  CHECK(core.pool.used_bytes() == core.pool.bytes());
  mine->leave();
  reading.maintain(); // has not gathered the second one yet
  CHECK(core.pool.used_bytes() == core.pool.bytes());
  all.read_all(reading);
  CHECK(all.seen == 2);
  CHECK(all.bad == 0);
  reading.maintain();
  CHECK(core.pool.used_bytes() == core.pool.bytes() - granule_size);
  CHECK(write(core, *mine, 2, 50));
  all.read_all(reading);
  CHECK(all.seen == 3);
  CHECK(all.bad == 0);
  bare_core::leave(mine);
  reading.maintain();
  CHECK(core.producers.load(relaxed) == nullptr);
}

TEST_CASE("no thread waits for others to be quiet until its spans are gathered") {
  bare_core test{1 << 20};
  provider_core& core = *test.core;
  collector reading{core, 512};
  producer* const quiet = test.join();
  producer* const loud = test.join();
  producer* const last = test.join();
  std::uint32_t number = 0;
  CHECK(write(core, *quiet, 0, 50));
  CHECK(write(core, *last, 0, 50));
  std::map<std::uint64_t, int> seen;
  for (int round = 0; round < 6; ++round) {
    while (number < 40U * static_cast<unsigned>(round + 1)) CHECK(write(core, *loud, number++, 50));
    for (auto const& each : reading.gather(16)) {
      std::uint64_t thread = 0;
      std::memcpy(&thread, each.message, 8);
      ++seen[thread];
    }
    reading.settle();
  }
  CHECK(seen[quiet->thread] == 1);
  CHECK(seen[last->thread] == 1);
  CHECK(seen[loud->thread] > 60);
  for (producer* const each : {quiet, loud, last}) bare_core::leave(each);
  while (!reading.gather(512).empty()) reading.settle();
  reading.maintain();
  CHECK(core.producers.load(relaxed) == nullptr);
}

TEST_CASE("a closed pipeline lets nobody in, and says so if somebody stays inside") {
  bare_core test;
  provider_core& core = *test.core;
  collector reading{core, 512};
  producer* const mine = test.join();
  CHECK(write(core, *mine, 0, 50));
  mine->busy.store(1, relaxed);
  CHECK_FALSE(reading.close(steady::now() + 20ms));
  mine->busy.store(0, relaxed);
  CHECK(reading.close(steady::now() + 20ms));
  CHECK_FALSE(write(core, *mine, 1, 50));
  CHECK(reading.gather(512).size() == 1);
  reading.settle();
  bare_core::leave(mine);
  reading.let_go();
  CHECK(core.producers.load(relaxed) == nullptr);
}

TEST_CASE("ten thousand short threads lose no span, and their memory is used again", "[threads]") {
  inbox box;
  auto tracing =
      spanwise::start("test", spanwise::batch{spanwise::batch_options{.max_queue_bytes = 2 << 20}, probe{box}});
  for (int round = 0; round < 2500; ++round) on_threads(4, [] { spanwise::span one{"short"}; });
  auto const end = tracing.shutdown(5s);
  CHECK(end.exported == 10'000);
  check_accounts(tracing.stats(), {box}, end);
}

TEST_CASE("threads come and go under steady load without using the memory up", "[threads]") {
  inbox box;
  auto tracing = spanwise::start(
      "test",
      spanwise::batch{spanwise::batch_options{.max_queue_bytes = 512 << 10, .max_export_batch_size = 64}, probe{box}});
  std::atomic<bool> over{false};
  std::thread steady_one{[&] {
    while (!over) {
      make_spans(3);
      std::this_thread::sleep_for(200us);
    }
  }};
  for (int round = 0; round < 500; ++round) {
    on_threads(2, [] { spanwise::span one{"short"}; });
    std::this_thread::sleep_for(500us);
  }
  over = true;
  steady_one.join();
  auto const end = tracing.shutdown(5s);
  CHECK(end.dropped == 0);
  auto const spans = check_accounts(tracing.stats(), {box}, end);
  CHECK(spans.dropped_total() == 0);
}

TEST_CASE("a thousand idle threads: bounded memory, which comes back, and each goes on recording", "[threads]") {
  inbox box;
  provider_core& core = provider_cores[0];
  auto tracing = spanwise::start("test", spanwise::batch{spanwise::batch_options{.schedule_delay = 0ms}, probe{box}});
  constexpr int count = 1000;
  std::size_t const empty = core.pool.used_bytes();
  std::mutex guard;
  std::condition_variable changed;
  int phase = 0;
  int done = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i)
    threads.emplace_back([&] {
      for (int mine = 1; mine <= 3; ++mine) {
        {
          spanwise::span one{"idle"};
        }
        std::unique_lock held{guard};
        ++done;
        changed.notify_all();
        changed.wait(held, [&] { return phase >= mine; });
      }
    });
  auto const all_are_done = [&](int so_far) {
    std::unique_lock held{guard};
    return changed.wait_for(held, 20s, [&] { return done == so_far; });
  };
  auto const go_on = [&] {
    std::lock_guard const held{guard};
    ++phase;
    changed.notify_all();
  };
  auto const wait_for_memory = [&] {
    auto const until = steady::now() + 5s;
    while (core.pool.used_bytes() != empty && steady::now() < until) std::this_thread::sleep_for(10ms);
    return core.pool.used_bytes() == empty;
  };
  REQUIRE(all_are_done(count));
  CHECK(core.pool.used_bytes() <= empty + count * granule_size);
  CHECK(tracing.flush());
  CHECK(box.size() == count);
  CHECK(wait_for_memory()); // after about a second
  go_on();
  REQUIRE(all_are_done(2 * count));
  CHECK(core.pool.used_bytes() <= core.pool.bytes());
  CHECK(tracing.flush());
  CHECK(box.size() == 2 * count);
  CHECK(wait_for_memory());
  go_on();
  REQUIRE(all_are_done(3 * count));
  go_on();
  for (std::thread& each : threads) each.join();
  auto const end = tracing.shutdown(5s);
  CHECK(end.exported == 3 * count);
  check_accounts(tracing.stats(), {box}, end);
}

TEST_CASE("a thread that ends leaves its spans to the pipeline", "[threads]") {
  inbox box;
  auto tracing = spanwise::start("test", spanwise::batch{spanwise::batch_options{.schedule_delay = 1h}, probe{box}});
  on_threads(1, [] { make_spans(200); });
  std::this_thread::sleep_for(100ms); // long enough to be forgotten, were it not for its spans
  check_accounts(tracing.stats(), {box});
  CHECK(tracing.flush());
  CHECK(box.size() == 200);
  on_threads(1, [] { make_spans(3); });
  auto const end = tracing.shutdown(5s);
  CHECK(end.exported == 203);
  check_accounts(tracing.stats(), {box}, end);
}

TEST_CASE("large spans that fit arrive, those that do not are counted", "[threads]") {
  inbox box;
  diagnostics_log log;
  auto tracing =
      spanwise::start("test", spanwise::batch{spanwise::batch_options{.schedule_delay = 1h},
                                              probe{box, [&](spanwise::span_batch const& batch, spanwise::deadline) {
                                                      std::this_thread::sleep_for(20ms);
                                                      return box.take(batch);
                                                    }}});
  std::string const text((1 << 20) - 4096, 'x');
  for (int i = 0; i < 40; ++i) spanwise::span one{"large", {"text", text}};
  auto const end = tracing.shutdown(5s);
  CHECK(end.exported >= 12);
  CHECK(end.exported + end.dropped == 40);
  auto const spans = check_accounts(tracing.stats(), {box}, end);
  CHECK(crowded_out(spans) == end.dropped);
}
