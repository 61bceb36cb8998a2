#include <spanwise/pipeline/node.hpp>

#include "diagnostics_log.hpp"
#include "probe.hpp"

#include <stdexcept>

using namespace testing;

namespace {

/// Lets spans go on whose name does not begin so, and remembers what it saw; can only be moved.
struct refusing {
  std::string start;
  std::shared_ptr<std::vector<std::string>> seen = std::make_shared<std::vector<std::string>>();
  std::unique_ptr<int> move_only = std::make_unique<int>(1);

  bool keep(spanwise::span_view const& finished) {
    seen->emplace_back(finished.name());
    return !finished.name().starts_with(start);
  }
};

/// Hands each span on as it is or with another name.
struct renaming {
  std::string from;
  std::string to;

  template <class Next> void process(spanwise::span_batch const& batch, Next const& next) {
    std::vector<spanwise::record> changed;
    std::vector<std::unique_ptr<std::byte[]>> messages;
    for (spanwise::record const& each : batch.records) {
      spanwise::span_view const old{each};
      if (old.name() != from) {
        changed.push_back(each);
        continue;
      }
      // The name is a field like any other: one that comes later counts.
      std::size_t const size = each.size + 2 + to.size();
      auto message = std::make_unique<std::byte[]>(size + spanwise::record::frame_size);
      std::byte* const at = message.get() + spanwise::record::frame_size;
      std::memcpy(at, each.message, each.size);
      at[each.size] = std::byte{0x2a};
      at[each.size + 1] = static_cast<std::byte>(to.size());
      std::memcpy(at + each.size + 2, to.data(), to.size());
      changed.push_back({at, static_cast<std::uint32_t>(size), each.scope, each.flags});
      messages.push_back(std::move(message));
    }
    next({batch.resource, batch.scopes, changed});
  }
};

struct halving {
  template <class Next> void process(spanwise::span_batch const& batch, Next const& next) {
    auto const half = batch.records.size() / 2;
    next({batch.resource, batch.scopes, batch.records.first(half)});
  }
};

struct piecewise {
  template <class Next> void process(spanwise::span_batch const& batch, Next const& next) {
    for (std::size_t i = 0; i < batch.records.size(); ++i)
      next({batch.resource, batch.scopes, batch.records.subspan(i, 1)});
  }
};

struct twice {
  template <class Next> void process(spanwise::span_batch const& batch, Next const& next) {
    next(batch);
    next(batch);
  }
};

struct silent {
  template <class Next> void process(spanwise::span_batch const&, Next const&) {}
};

struct throwing {
  std::size_t after = 0;

  template <class Next> void process(spanwise::span_batch const& batch, Next const& next) {
    next({batch.resource, batch.scopes, batch.records.first(after)});
    throw std::runtime_error{"stage"};
  }
};

struct throwing_keep {
  int calls = 0;
  bool keep(spanwise::span_view const&) {
    if (++calls == 2) throw 1;
    return false;
  }
};

bool told(diagnostics_log const& log, std::string_view what) {
  auto const lines = log.lines();
  return std::any_of(lines.begin(), lines.end(), [&](std::string const& line) { return line.find(what) != line.npos; });
}

} // namespace

TEST_CASE("stages run from left to right, each on what the one before let through") {
  inbox box;
  refusing first{"a"};
  refusing second{"b"};
  auto const seen_first = first.seen;
  auto const seen_second = second.seen;
  auto tracing = spanwise::start("test", spanwise::batch{std::move(first), std::move(second), probe{box}});
  for (char const* name : {"abc", "bcd", "cde"}) make_spans(1, name);
  auto const end = tracing.shutdown(5s);
  CHECK(*seen_first == std::vector<std::string>{"abc", "bcd", "cde"});
  CHECK(*seen_second == std::vector<std::string>{"bcd", "cde"});
  CHECK(box.names() == std::vector<std::string>{"cde"});
  CHECK(end.exported == 1);
  CHECK(end.dropped == 0);
  CHECK(tracing.stats().branches[0].filtered == 2);
  check_accounts(tracing.stats(), {box}, end);
}

TEST_CASE("an exporter is not called for a batch of which nothing is left") {
  inbox box;
  auto tracing = spanwise::start("test", spanwise::simple{refusing{""}, probe{box}});
  make_spans(3);
  CHECK(box->exports == 0);
  auto const end = tracing.shutdown(5s);
  CHECK(tracing.stats().branches[0].filtered == 3);
  check_accounts(tracing.stats(), {box}, end);
}

TEST_CASE("a stage may rewrite spans, and the stages after it see what it wrote") {
  inbox box;
  auto tracing = spanwise::start("test", spanwise::batch{renaming{"secret", "public"}, refusing{"secret"}, probe{box}});
  for (char const* name : {"one", "secret", "two"}) make_spans(1, name);
  auto const end = tracing.shutdown(5s);
  CHECK(box.names() == std::vector<std::string>{"one", "public", "two"});
  check_accounts(tracing.stats(), {box}, end);
}

TEST_CASE("what a stage does not hand on is filtered; it may hand on in pieces") {
  SECTION("half") {
    inbox box;
    auto tracing = spanwise::start("test", spanwise::batch{halving{}, probe{box}});
    make_spans(10);
    auto const end = tracing.shutdown(5s);
    CHECK(end.exported == 5);
    CHECK(tracing.stats().branches[0].filtered == 5);
    check_accounts(tracing.stats(), {box}, end);
  }
  SECTION("nothing") {
    inbox box;
    auto tracing = spanwise::start("test", spanwise::batch{silent{}, probe{box}});
    make_spans(10);
    auto const end = tracing.shutdown(5s);
    CHECK(tracing.stats().branches[0].filtered == 10);
    check_accounts(tracing.stats(), {box}, end);
  }
  SECTION("one by one, before another stage") {
    inbox box;
    auto tracing = spanwise::start("test", spanwise::batch{piecewise{}, refusing{"no"}, probe{box}});
    make_spans(7);
    make_spans(2, "no");
    auto const end = tracing.shutdown(5s);
    CHECK(box.batches() == std::vector<std::size_t>(7, 1));
    CHECK(tracing.stats().branches[0].filtered == 2);
    check_accounts(tracing.stats(), {box}, end);
  }
}

TEST_CASE("a stage that hands on more than it was given is told of; no span goes out twice") {
  inbox box;
  diagnostics_log log;
  auto tracing = spanwise::start("test", spanwise::batch{twice{}, probe{box}});
  make_spans(10);
  auto const end = tracing.shutdown(5s);
  CHECK(end.exported == 10);
  CHECK(told(log, "more spans than it was given"));
  check_accounts(tracing.stats(), {box}, end);
}

TEST_CASE("a stage that throws lets its batch through as it was") {
  inbox box;
  diagnostics_log log;
  SECTION("process") {
    auto tracing = spanwise::start("test", spanwise::batch{throwing{}, probe{box}});
    make_spans(10);
    auto const end = tracing.shutdown(5s);
    CHECK(end.exported == 10);
    check_accounts(tracing.stats(), {box}, end);
  }
  SECTION("keep") {
    auto tracing = spanwise::start("test", spanwise::batch{throwing_keep{}, probe{box}});
    make_spans(10);
    auto const end = tracing.shutdown(5s);
    CHECK(end.exported == 10);
    check_accounts(tracing.stats(), {box}, end);
  }
  SECTION("unless it had handed on a part of it: what is missing counts as filtered") {
    auto tracing = spanwise::start("test", spanwise::batch{throwing{4}, probe{box}});
    make_spans(10);
    auto const end = tracing.shutdown(5s);
    CHECK(end.exported == 4);
    CHECK(tracing.stats().branches[0].filtered == 6);
    check_accounts(tracing.stats(), {box}, end);
  }
  CHECK(told(log, "a stage of the pipeline threw"));
}

TEST_CASE("each branch of a tee gets each span and keeps its own accounts") {
  inbox good;
  inbox bad;
  inbox some;
  diagnostics_log log;
  auto tracing = spanwise::start(
      "test",
      spanwise::batch{spanwise::tee{
          probe{good},
          probe{bad, [](spanwise::span_batch const&, spanwise::deadline) -> spanwise::export_result { throw 1; }},
          spanwise::chain{refusing{"no"}, renaming{"work", "play"}, probe{some}}}});
  make_spans(5);
  make_spans(3, "no");
  CHECK_FALSE(tracing.flush()); // one branch failed
  CHECK(good->flushes + bad->flushes + some->flushes == 3);
  auto const end = tracing.shutdown(5s);
  auto const stats = tracing.stats();
  REQUIRE(stats.branches.size() == 3);
  CHECK(stats.branches[0] == spanwise::delivery_counts{.exported = 8});
  CHECK(stats.branches[1] == spanwise::delivery_counts{.failed = 8});
  CHECK(stats.branches[2] == spanwise::delivery_counts{.exported = 5, .filtered = 3});
  CHECK(some.names() == std::vector<std::string>(5, "play"));
  CHECK(end.exported == 0);
  CHECK(end.dropped == 8);
  CHECK(good->shutdowns + bad->shutdowns + some->shutdowns == 3);
  check_accounts(stats, {good, bad, some}, end);
}

TEST_CASE("what a stage before a tee takes out is filtered in every branch; tees nest") {
  inbox one;
  inbox two;
  inbox three;
  auto tracing = spanwise::start(
      "test", spanwise::batch{
                  refusing{"no"},
                  spanwise::tee{probe{one}, spanwise::chain{refusing{"w"}, spanwise::tee{probe{two}, probe{three}}}}});
  make_spans(2);
  make_spans(3, "no");
  make_spans(4, "yes");
  auto const end = tracing.shutdown(5s);
  auto const stats = tracing.stats();
  REQUIRE(stats.branches.size() == 3);
  CHECK(stats.branches[0] == spanwise::delivery_counts{.exported = 6, .filtered = 3});
  CHECK(stats.branches[1] == spanwise::delivery_counts{.exported = 4, .filtered = 5});
  CHECK(stats.branches[2] == spanwise::delivery_counts{.exported = 4, .filtered = 5});
  check_accounts(stats, {one, two, three}, end);
}

TEST_CASE("a branch that uses up its time leaves some to those after it", "[threads]") {
  inbox slow;
  inbox quick;
  std::atomic<std::int64_t> left_ms{-1};
  diagnostics_log log;
  auto tracing = spanwise::start(
      "test",
      spanwise::batch{spanwise::batch_options{.export_timeout = 400ms},
                      spanwise::tee{probe{slow,
                                          [](spanwise::span_batch const& batch, spanwise::deadline until) {
                                            std::this_thread::sleep_until(steady::time_point{until});
                                            return spanwise::export_result{.failed = batch.records.size()};
                                          }},
                                    probe{quick, [&](spanwise::span_batch const& batch, spanwise::deadline until) {
                                            left_ms = (until - steady::now()) / 1ms;
                                            return quick.take(batch);
                                          }}}});
  make_spans(3);
  CHECK_FALSE(tracing.flush());
  CHECK(left_ms > 100);
  CHECK(left_ms <= 200);
  CHECK(quick.size() == 3);
  auto const end = tracing.shutdown(5s);
  CHECK(end.dropped == 3);
  check_accounts(tracing.stats(), {slow, quick}, end);
}

TEST_CASE("exporters live as long as their pipeline, and only one of each is left after the start") {
  inbox one;
  inbox two;
  {
    auto tracing =
        spanwise::start("test", spanwise::batch{spanwise::tee{probe{one}, spanwise::chain{refusing{"x"}, probe{two}}}});
    CHECK(one->alive == 1);
    CHECK(two->alive == 1);
    auto moved = std::move(tracing);
    static_cast<void>(moved.shutdown(1s));
    CHECK(one->alive == 1);
  }
  CHECK(one->alive == 0);
  CHECK(two->alive == 0);
  CHECK(one->shutdowns == 1);
}
