// What happens when there is no memory, at each single allocation: nothing escapes, and the accounts still hold.
#include <spanwise/start.hpp>

#include "probe.hpp"

#include <cstdlib>
#include <new>

namespace {

std::atomic<long> until_failure{-1}; ///< allocations that still succeed; below zero: all do
std::atomic<bool> for_good{false};   ///< not one fails, but all from then on
std::atomic<long> allocations{0};
thread_local int spared = 0;

bool fails() noexcept {
  if (spared != 0) return false;
  ++allocations;
  long const before = until_failure.load();
  if (before < 0) return false;
  return for_good ? until_failure.fetch_sub(before > 0 ? 1 : 0) == 0 : until_failure.fetch_sub(1) == 0;
}

void* allocated(std::size_t size, std::size_t alignment) noexcept {
  if (fails()) return nullptr;
  void* memory = nullptr;
  return ::posix_memalign(&memory, alignment < sizeof(void*) ? sizeof(void*) : alignment, size == 0 ? 1 : size) == 0
             ? memory
             : nullptr;
}
void* allocated_or_thrown(std::size_t size, std::size_t alignment) {
  void* const memory = allocated(size, alignment);
  if (memory == nullptr) throw std::bad_alloc{};
  return memory;
}

constexpr std::size_t usual = alignof(std::max_align_t);

} // namespace

void* operator new(std::size_t size) {
  return allocated_or_thrown(size, usual);
}
void* operator new[](std::size_t size) {
  return allocated_or_thrown(size, usual);
}
void* operator new(std::size_t size, std::align_val_t by) {
  return allocated_or_thrown(size, static_cast<std::size_t>(by));
}
void* operator new(std::size_t size, std::nothrow_t const&) noexcept {
  return allocated(size, usual);
}
void* operator new[](std::size_t size, std::nothrow_t const&) noexcept {
  return allocated(size, usual);
}
void* operator new(std::size_t size, std::align_val_t by, std::nothrow_t const&) noexcept {
  return allocated(size, static_cast<std::size_t>(by));
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::nothrow_t const&) noexcept {
  std::free(memory);
}

using namespace testing;

namespace {

/// The test's own needs are always met.
struct sparing {
  sparing() { ++spared; }
  ~sparing() { --spared; }
};

struct sparing_probe {
  inbox box;
  spanwise::export_result export_spans(spanwise::span_batch const& batch, spanwise::deadline) {
    sparing const own;
    return box.take(batch);
  }
};

struct some_filter {
  bool keep(spanwise::span_view const& finished) const { return finished.name() != "filtered"; }
};

void do_everything() {
  static constexpr spanwise::tracer tracer{"some", "1"};
  std::string_view const long_text =
      "a text that is longer than what fits into a small string, several times over, so that it needs memory";
  {
    spanwise::span outer{"outer", {"key", long_text}};
    outer.set("key", long_text);
    for (int i = 0; i < 20; ++i) outer.set("more", long_text);
    spanwise::span filtered{"filtered"};
    auto inner = tracer.span("inner");
    inner.event("event", {"text", long_text});
    spanwise::detached_span apart{"apart"};
    auto const active = apart.activate();
    spanwise::span below{"below"};
  }
  std::thread* other = nullptr;
  {
    sparing const own;
    other = new std::thread{[] { spanwise::span one{"other"}; }};
  }
  other->join();
  sparing const own;
  delete other;
}

} // namespace

TEST_CASE("no memory at any one moment, or from one moment on: nothing escapes, nothing is counted wrong") {
  bool const at_once = GENERATE(false, true);
  for_good = GENERATE(false, true);
  spanwise::set_diagnostic_handler([](spanwise::severity, std::string_view, void*) noexcept {});
  long most = 1;
  long started = 0;
  long lost = 0;
  for (long nth = 0; nth < most; ++nth) {
    INFO("allocation " << nth << " fails");
    inbox box;
    std::optional<spanwise::provider> tracing;
    spanwise::shutdown_result end;
    spanwise::pipeline_stats stats;
    bool running = false;
    {
      allocations = 0;
      until_failure = nth;
      if (at_once) tracing.emplace(spanwise::start("test", spanwise::simple{some_filter{}, sparing_probe{box}}));
      else tracing.emplace(spanwise::start("test", spanwise::batch{some_filter{}, sparing_probe{box}}));
      running = tracing->running();
      do_everything();
      static_cast<void>(tracing->flush());
      do_everything();
      end = tracing->shutdown(5s);
      until_failure = -1;
      stats = tracing->stats();
      tracing.reset();
      most = std::max(most, allocations.load() + 3);
    }
    if (!running) {
      CHECK(box.size() == 0);
      continue;
    }
    ++started;
    lost += end.dropped != 0 ? 1 : 0;
    check_accounts(stats, {box}, end);
    CHECK(end.left == 0);
  }
  CHECK(started > 10);
  INFO(most << " allocations, " << started << " starts, " << lost << " with losses");
  inbox box;
  auto tracing = spanwise::start("test", spanwise::simple{some_filter{}, sparing_probe{box}});
  do_everything();
  CHECK(box.size() == 5);
  spanwise::set_diagnostic_handler(nullptr);
}
