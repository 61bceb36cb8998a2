#include <spanwise/export/console.hpp>
#include <spanwise/export/otlp_file.hpp>
#include <spanwise/export/otlp_http.hpp>
#include <spanwise/pipeline/batch.hpp>

#include "diagnostics_log.hpp"
#include "probe.hpp"

using namespace testing;

TEST_CASE("a full batch goes out long before the delay", "[threads]") {
  inbox box;
  auto tracing = spanwise::start(
      "test", spanwise::batch{spanwise::batch_options{.schedule_delay = 1h, .max_export_batch_size = 64}, probe{box}});
  auto const took = time_of([&] {
    make_spans(64);
    CHECK(box.wait_for(64));
  });
  CHECK(took < 1s);
  CHECK(box.batches() == std::vector<std::size_t>{64});
  auto const end = tracing.shutdown(5s);
  check_accounts(tracing.stats(), {box}, end);
}

TEST_CASE("fewer spans go out when the first of them has waited for the delay") {
  inbox box;
  auto tracing = spanwise::start("test", spanwise::batch{spanwise::batch_options{.schedule_delay = 200ms}, probe{box}});
  std::this_thread::sleep_for(250ms); // the delay counts from the first span, not from the start
  auto const took = time_of([&] {
    make_spans(3);
    CHECK(box.wait_for(3));
  });
  CHECK(took >= 150ms);
  CHECK(took < 600ms);
  CHECK(box.batches() == std::vector<std::size_t>{3});
  auto const end = tracing.shutdown(5s);
  check_accounts(tracing.stats(), {box}, end);
}

TEST_CASE("a delay of zero means at once") {
  inbox box;
  auto tracing = spanwise::start("test", spanwise::batch{spanwise::batch_options{.schedule_delay = 0ms}, probe{box}});
  make_spans(1);
  CHECK(box.wait_for(1, 500ms));
  auto const end = tracing.shutdown(5s);
  check_accounts(tracing.stats(), {box}, end);
}

TEST_CASE("flush sends what was ended before it, in batches of at most the size", "[threads]") {
  inbox box;
  auto tracing = spanwise::start("test", spanwise::batch{spanwise::batch_options{.schedule_delay = 1h}, probe{box}});
  make_spans(1200);
  CHECK(tracing.flush());
  CHECK(box.size() == 1200);
  auto const batches = box.batches();
  CHECK(std::all_of(batches.begin(), batches.end(), [](std::size_t size) { return size <= 512; }));
  CHECK(box->flushes == 1);
  CHECK(tracing.flush());
  CHECK(box.batches() == batches); // no empty batch
  auto const end = tracing.shutdown(5s);
  check_accounts(tracing.stats(), {box}, end);
}

TEST_CASE("each export gets until the export timeout, and without one as long as it takes") {
  inbox box;
  std::atomic<std::int64_t> given{0};
  auto const timed = [&](std::chrono::milliseconds timeout) {
    auto tracing = spanwise::start(
        "test", spanwise::batch{spanwise::batch_options{.export_timeout = timeout},
                                probe{box, [&](spanwise::span_batch const& batch, spanwise::deadline until) {
                                        given = until == spanwise::deadline::max() ? -1 : (until - spanwise::deadline::now()).ns;
                                        return box.take(batch);
                                      }}});
    make_spans(1);
    CHECK(tracing.flush());
    return given.load();
  };
  std::int64_t const limited = timed(20s);
  CHECK(limited <= 20'000'000'000);
  CHECK(limited >= 15'000'000'000);
  CHECK(timed(0ms) == -1);
}

TEST_CASE("batches of one span are fine") {
  inbox box;
  auto tracing =
      spanwise::start("test", spanwise::batch{spanwise::batch_options{.max_export_batch_size = 1}, probe{box}});
  make_spans(500);
  CHECK(tracing.flush());
  CHECK(box.batches() == std::vector<std::size_t>(500, 1));
  auto const end = tracing.shutdown(5s);
  check_accounts(tracing.stats(), {box}, end);
}

TEST_CASE("a batch may be larger than anything that fits into memory") {
  inbox box;
  std::size_t const size = GENERATE(as<std::size_t>{}, 1'000'000, std::size_t{1} << 31, SIZE_MAX);
  auto tracing =
      spanwise::start("test", spanwise::batch{spanwise::batch_options{.max_export_batch_size = size}, probe{box}});
  make_spans(2000);
  CHECK(tracing.flush());
  CHECK(box.batches() == std::vector<std::size_t>{2000});
  auto const end = tracing.shutdown(5s);
  check_accounts(tracing.stats(), {box}, end);
}

TEST_CASE("spans that fill the memory go out before the batch is full", "[threads]") {
  inbox box;
  diagnostics_log log;
  auto tracing = spanwise::start(
      "test",
      spanwise::batch{spanwise::batch_options{.schedule_delay = 1h, .max_export_batch_size = 100'000}, probe{box}});
  std::string const text(20'000, 'x');
  for (int i = 0; i < 2'000; ++i) { // 40 MB through 16 MiB
    spanwise::span one{"large", {"text", text}};
    if (i % 100 == 99) std::this_thread::sleep_for(25ms);
  }
  auto const end = tracing.shutdown(5s);
  CHECK(end.exported == 2000);
  check_accounts(tracing.stats(), {box}, end);
}

TEST_CASE("max_queue_size is exact: the newest spans are dropped and counted", "[threads]") {
  inbox box;
  gate hold;
  diagnostics_log log;
  auto tracing = spanwise::start(
      "test", spanwise::batch{
                  spanwise::batch_options{.max_queue_size = 100, .schedule_delay = 0ms, .max_export_batch_size = 10},
                  probe_behind(hold, box)});
  for (int i = 0; i < 150; ++i) {
    std::string const name = std::to_string(i);
    spanwise::span one{name};
  }
  CHECK(hold.wait_for_arrival());
  hold.open();
  auto const end = tracing.shutdown(5s);
  CHECK(end.exported == 100);
  CHECK(end.dropped == 50);
  auto const spans = check_accounts(tracing.stats(), {box}, end);
  CHECK(crowded_out(spans) == 50);
  auto const names = box.names();
  for (int i = 0; i < 100; ++i) CHECK(std::count(names.begin(), names.end(), std::to_string(i)) == 1);
}

TEST_CASE("max_queue_size is exact for several threads too, and has room again once spans are out", "[threads]") {
  inbox box;
  auto tracing = spanwise::start(
      "test", spanwise::batch{
                  spanwise::batch_options{.max_queue_size = 1000, .schedule_delay = 1h, .max_export_batch_size = 1000},
                  probe{box}});
  on_threads(4, [] { make_spans(249); });
  spanwise::trace_counts spans = check_accounts(tracing.stats(), {box});
  CHECK(spans.dropped_total() == 0);
  CHECK(tracing.flush());
  CHECK(box.size() == 996);
  on_threads(4, [] { make_spans(249); });
  CHECK(tracing.flush());
  CHECK(box.size() == 1992);
  auto const end = tracing.shutdown(5s);
  check_accounts(tracing.stats(), {box}, end);
}

TEST_CASE("a bounded queue goes out when it holds a full batch, not at the next look", "[threads]") {
  inbox box;
  auto tracing = spanwise::start(
      "test", spanwise::batch{
                  spanwise::batch_options{.max_queue_size = 1000, .schedule_delay = 1h, .max_export_batch_size = 500},
                  probe{box}});
  // Looks are 10 ms apart: fifty rounds that waited for one each take half a second. A busy machine gets more tries.
  std::size_t sent = 0;
  auto took = time_of([] {});
  for (int tries = 0; tries == 0 || (took >= 300ms && tries < 5); ++tries)
    took = time_of([&] {
      for (int round = 0; round < 50; ++round) {
        make_spans(500);
        box.wait_for(sent += 500);
      }
    });
  CHECK(took < 300ms);
  auto const end = tracing.shutdown(5s);
  CHECK(end.exported == sent);
  check_accounts(tracing.stats(), {box}, end);
}

TEST_CASE("memory bounds the queue where no number does: what does not fit is dropped and counted", "[threads]") {
  inbox box;
  gate hold;
  diagnostics_log log;
  auto tracing = spanwise::start(
      "test", spanwise::batch{spanwise::batch_options{.max_queue_bytes = 256 << 10, .schedule_delay = 0ms},
                              probe_behind(hold, box)});
  std::string const text(1000, 'x');
  for (int i = 0; i < 1000; ++i) spanwise::span one{"large", {"text", text}};
  CHECK(hold.wait_for_arrival());
  hold.open();
  auto const end = tracing.shutdown(5s);
  CHECK(end.exported > 150); // 256 KiB hold nearly as many of 1.1 KiB
  CHECK(end.exported < 256);
  CHECK(end.dropped == 1000 - end.exported);
  auto const spans = check_accounts(tracing.stats(), {box}, end);
  CHECK(crowded_out(spans) == end.dropped);
}

TEST_CASE("a queue that was full works again, with other sizes of span", "[threads]") {
  inbox box;
  diagnostics_log log;
  auto tracing = spanwise::start("test", spanwise::batch{spanwise::batch_options{.max_queue_bytes = 256 << 10,
                                                                                 .schedule_delay = 1h,
                                                                                 .max_export_batch_size = 4096},
                                                         probe{box}});
  std::uint64_t made = 0;
  for (std::size_t const size : {10U, 1000U, 5000U, 30000U, 100000U, 10U, 30000U}) {
    std::string const text(size, 'x');
    std::uint64_t const before = tracing.stats().spans.dropped_total();
    for (int i = 0; i < 300 || tracing.stats().spans.dropped_total() == before; ++i, ++made) {
      spanwise::span one{"some", {"text", text}};
      if (i > 100'000) break;
    }
    CHECK(tracing.flush());
    check_accounts(tracing.stats(), {box});
  }
  auto const end = tracing.shutdown(5s);
  CHECK(end.exported + end.dropped == made);
  check_accounts(tracing.stats(), {box}, end);
}

TEST_CASE("simple exports each span on the thread that ends it, in order") {
  inbox box;
  std::thread::id seen{};
  auto tracing =
      spanwise::start("test", spanwise::simple{probe{box, [&](spanwise::span_batch const& batch, spanwise::deadline) {
                                                       seen = std::this_thread::get_id();
                                                       return box.take(batch);
                                                     }}});
  {
    spanwise::span outer{"outer"};
    { spanwise::span inner{"inner"}; }
    CHECK(box.names() == std::vector<std::string>{"inner"});
  }
  CHECK(box.names() == std::vector<std::string>{"inner", "outer"});
  CHECK(seen == std::this_thread::get_id());
  auto const end = tracing.shutdown(5s);
  check_accounts(tracing.stats(), {box}, end);
}

TEST_CASE("simple never calls its exporter twice at a time", "[threads]") {
  inbox box;
  auto tracing = spanwise::start("test", spanwise::simple{probe{box}});
  on_threads(8, [] { make_spans(500); });
  CHECK(box.size() == 4000);
  auto const end = tracing.shutdown(5s);
  check_accounts(tracing.stats(), {box}, end);
}

namespace {
struct immediate_probe : probe {
  using probe::probe;
  static constexpr bool immediate = true;
};
} // namespace

TEST_CASE("an exporter given alone is batched unless it says that it suits to be immediate") {
  static_assert(spanwise::detail::immediate<spanwise::console>);
  static_assert(!spanwise::detail::immediate<spanwise::otlp_file> && !spanwise::detail::immediate<spanwise::otlp_http>);
  inbox box;
  {
    auto tracing = spanwise::start("test", immediate_probe{box});
    make_spans(1);
    CHECK(box.size() == 1);
  }
  {
    auto tracing = spanwise::start("test", probe{box});
    make_spans(1);
    CHECK(box.size() == 1);
    CHECK(tracing.flush());
    CHECK(box.size() == 2);
  }
}
