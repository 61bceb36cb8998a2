#include <spanwise/trace/thread_state.hpp>

#include <spanwise/trace/current_span.hpp>
#include <spanwise/trace/tracer.hpp>

#include "diagnostics_log.hpp"
#include "recorded.hpp"

#include <atomic>
#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

using testing::recorded;

namespace {

/// Runs `work` in a forked child; what it returned, or -1 if it did not end by itself.
template <class Work> int in_child(Work const& work) {
  pid_t const child = ::fork();
  if (child == 0) ::_exit(work());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string ids_of(spanwise::span const& span) {
  spanwise::span_context const own = span.context().span();
  return std::string{own.trace_id().hex().view()} + std::string{own.span_id().hex().view()};
}

} // namespace

TEST_CASE("ids are valid and unique over threads", "[threads]") {
  recorded trace{spanwise::batch_options{}};
  std::vector<std::thread> threads;
  for (int number = 0; number < 8; ++number)
    threads.emplace_back([] {
      for (int i = 0; i < 500; ++i) spanwise::span const span{"x"};
    });
  for (auto& each : threads) each.join();
  trace.settle();
  std::set<spanwise::span_id> spans;
  std::set<spanwise::trace_id> traces;
  for (auto const& each : trace.spans()) {
    REQUIRE(each.span_id().valid());
    REQUIRE(each.trace_id().valid());
    spans.insert(each.span_id());
    traces.insert(each.trace_id());
  }
  CHECK(spans.size() == 4000);
  CHECK(traces.size() == 4000);
}

TEST_CASE("threads that come and go leave nothing behind", "[threads]") {
  recorded trace{spanwise::batch_options{.schedule_delay = std::chrono::milliseconds{1}}};
  for (int i = 0; i < 300; ++i) std::thread{[] { spanwise::span const span{"x"}; }}.join();
  trace.settle();
  CHECK(trace.size() == 300);
}

TEST_CASE("spans of many threads, while pipelines start and stop: none is lost unseen", "[threads]") {
  diagnostics_log const log;
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int number = 0; number < 3; ++number)
    threads.emplace_back([&] {
      while (!stop.load()) {
        spanwise::span span{"outer", {"a", 1}};
        span.event("e");
        spanwise::span const inner{"inner"};
        spanwise::detached_span const job{"job"};
        std::this_thread::sleep_for(std::chrono::microseconds{20});
      }
    });
  for (int run = 0; run < 30; ++run) {
    spanwise::memory_sink sink;
    auto tracing = spanwise::start("test", spanwise::batch{spanwise::memory{sink}});
    while (sink.size() < 50) tracing.flush();
    static_cast<void>(tracing.shutdown(std::chrono::seconds{10}));
    // A span that ends just now may not have been counted yet.
    for (int wait = 0; wait < 100 && !tracing.stats().spans.balanced(); ++wait) std::this_thread::sleep_for(std::chrono::milliseconds{1});
    spanwise::pipeline_stats const stats = tracing.stats();
    REQUIRE(stats.branches.at(0).exported == sink.size());
    REQUIRE(stats.spans.settled == sink.size());
  }
  stop = true;
  for (auto& each : threads) each.join();
}

TEST_CASE("an exception count of its own for each thread") {
  spanwise::detail::thread_state* const state = spanwise::detail::this_thread();
  REQUIRE(state != nullptr);
  CHECK(state->exceptions() == 0);
  struct probe {
    unsigned& seen;
    ~probe() { seen = spanwise::detail::this_thread()->exceptions(); }
  };
  unsigned seen = 0;
  try {
    probe const at_unwinding{seen};
    throw 1;
  } catch (int) {
    CHECK(state->exceptions() == 0);
  }
  CHECK(seen == 1);
}

TEST_CASE("the child of a fork makes other ids than its parent, and than its siblings") {
  recorded trace;
  { spanwise::span const warm{"x"}; }
  std::set<std::string> ids;
  for (int child = 0; child < 3; ++child) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    CHECK(in_child([&] {
            spanwise::memory_sink sink;
            auto tracing = spanwise::start("child", spanwise::simple{spanwise::memory{sink}});
            spanwise::span const span{"x"};
            std::string const text = ids_of(span);
            return ::write(ends[1], text.data(), text.size()) == 48 ? 0 : 1;
          }) == 0);
    char text[48];
    REQUIRE(::read(ends[0], text, sizeof text) == 48);
    ids.insert(std::string{text, sizeof text});
    ::close(ends[0]);
    ::close(ends[1]);
    spanwise::span const span{"x"};
    ids.insert(ids_of(span));
  }
  CHECK(ids.size() == 6);
}

TEST_CASE("the child of a fork exports none of its parent's spans, and no call in it does harm") {
  recorded trace{spanwise::batch_options{.schedule_delay = std::chrono::hours{1}}};
  { spanwise::span const queued{"queued"}; }
  {
    spanwise::span open{"open"};
    spanwise::detached_span job{"job"};
    auto const active = job.activate();
    CHECK(in_child([&] {
            open.set("a", 1);
            spanwise::current_span().set("b", 1);
            { spanwise::span const after{"after"}; }
            job.end();
            open.end();
            if (trace.tracing().flush(std::chrono::seconds{1})) return 1;
            static_cast<void>(trace.tracing().shutdown(std::chrono::seconds{1}));
            if (trace.size() != 0) return 2;
            return 0;
          }) == 0);
    CHECK(open.recording());
  }
  trace.settle();
  CHECK(trace.size() == 3);
}

TEST_CASE("the child of a fork starts a pipeline of its own, on one thread or two", "[threads_and_fork]") {
  recorded trace{spanwise::batch_options{}};
  spanwise::span const open{"open"};
  for (bool const in_batches : {false, true})
    CHECK(in_child([&] {
            spanwise::memory_sink sink;
            auto tracing = in_batches ? spanwise::start("child", spanwise::batch{spanwise::memory{sink}})
                                      : spanwise::start("child", spanwise::simple{spanwise::memory{sink}});
            for (int i = 0; i < 100; ++i) spanwise::span const span{"child"};
            auto const end = tracing.shutdown(std::chrono::seconds{10});
            if (end.exported != 100 || sink.size() != 100) return 1;
            auto const first = sink.spans().front();
            return first.trace_id() == open.context().span().trace_id() &&
                           first.parent_span_id() == open.context().span().span_id()
                       ? 0
                       : 2;
          }) == 0);
}

// The allocators of the sanitizers may be locked for ever in such a child; that of the C library is not.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED
#endif
#endif
#if !defined(SANITIZED)

TEST_CASE("forked while other threads make spans: the child does not hang", "[threads_and_fork]") {
  recorded trace{spanwise::batch_options{}};
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int number = 0; number < 2; ++number)
    threads.emplace_back([&] {
      while (!stop.load()) {
        for (int i = 0; i < 50; ++i) spanwise::span const span{"x", {"big", std::string(500, 'x')}};
        std::thread{[] { spanwise::span const brief{"brief"}; }}.join();
        std::this_thread::sleep_for(std::chrono::microseconds{200});
      }
    });
  for (int child = 0; child < 20; ++child)
    CHECK(in_child([] {
            ::alarm(20);
            spanwise::memory_sink sink;
            auto tracing = spanwise::start("child", spanwise::batch{spanwise::memory{sink}});
            { spanwise::span const span{"child"}; }
            return tracing.shutdown(std::chrono::seconds{10}).exported == 1 ? 0 : 1;
          }) == 0);
  stop = true;
  for (auto& each : threads) each.join();
}

#endif
