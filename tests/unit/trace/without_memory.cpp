// Memory runs out at any allocation that spanwise makes on business threads: spans lose parts or are lost, and all of
// it is counted; nothing crashes and nothing throws.
#include <spanwise/trace/current_span.hpp>
#include <spanwise/trace/tracer.hpp>

#include "diagnostics_log.hpp"
#include "recorded.hpp"

#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

namespace {

/// Counts down to the allocation that fails, and fails all after it; below zero none does.
thread_local int until_failure = -1;

struct failing_from {
  explicit failing_from(int allocation) { until_failure = allocation; }
  failing_from(failing_from const&) = delete;
  failing_from& operator=(failing_from const&) = delete;
  ~failing_from() { until_failure = -1; }
};

} // namespace

void* operator new(std::size_t size, std::nothrow_t const&) noexcept {
  if (until_failure == 0) return nullptr;
  if (until_failure > 0) --until_failure;
  try {
    return ::operator new(size);
  } catch (...) {
    return nullptr;
  }
}

TEST_CASE("spans without memory beyond their own") {
  diagnostics_log const log;
  for (int allocation = 0; allocation < 30; ++allocation) {
    testing::recorded trace{spanwise::batch_options{}};
    std::string const big(3000, 'x');
    spanwise::baggage const baggage = spanwise::baggage{}.set("k", "v");
    bool const recorded_any = [&] {
      bool recording = false;
      std::thread{[&] {
        failing_from const here{allocation};
        auto const scope = spanwise::attach(spanwise::context{{}, baggage});
        spanwise::span outer{"outer", {"a", 1}};
        recording = outer.recording();
        outer.set("big", big);
        outer.set("big", big);
        outer.event("e", {"big", big});
        outer.link(outer.context().span(), {"big", big});
        outer.update_name(big);
        outer.error(big);
        for (int i = 0; i < 200; ++i) outer.set(spanwise::any_key("k" + std::to_string(i % 3)), i);
        std::vector<std::unique_ptr<spanwise::span>> deep;
        for (int i = 0; i < 100; ++i) deep.push_back(std::make_unique<spanwise::span>("deep"));
        while (!deep.empty()) deep.pop_back();
        spanwise::detached_span job{"job", {"a", 1}};
        auto const active = job.activate();
        spanwise::current_span().set("b", 2);
        spanwise::span const inner{"inner"};
        static_cast<void>(spanwise::tracer{"scope " + std::to_string(allocation)}.span("scoped"));
        static_cast<void>(baggage.set("other", big));
        static_cast<void>(outer.context().with(baggage));
      }}.join();
      return recording;
    }();
    trace.settle();
    std::size_t outer = 0;
    for (auto const& each : trace.spans())
      if (each.status() == spanwise::status_code::error) ++outer;
    CHECK(outer == (recorded_any ? 1U : 0U));
  }
}

TEST_CASE("a sampler that finds no memory is none, and spans go on") {
  spanwise::any_sampler const chosen = [] {
    failing_from const here{0};
    return spanwise::any_sampler{spanwise::always_off{}};
  }();
  CHECK(chosen.empty());
}
