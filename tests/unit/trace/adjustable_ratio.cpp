#include <spanwise/trace/adjustable_ratio.hpp>
#include <spanwise/trace/composite_sampler.hpp>
#include <spanwise/trace/probability.hpp>
#include <spanwise/trace/sampler.hpp>
#include <spanwise/trace/tracer.hpp>

#include "diagnostics_log.hpp"
#include "recorded.hpp"
#include "sampling_fixture.hpp"

#include <thread>

using spanwise::adjustable_ratio;
using spanwise::composite_sampler;
using spanwise::trace_id_ratio;
using namespace testing;

TEST_CASE("copies share the ratio, and it decides as the constant one does") {
  adjustable_ratio const share{0.1};
  adjustable_ratio const copy = share;
  for (double const ratio : {0.1, 0.0, 1.0, 1.0 / 3, 1e-9}) {
    copy.set(ratio);
    CHECK(share.ratio() == ratio);
    spanwise::detail::random_source random;
    random.seed();
    for (int i = 0; i < 500; ++i) {
      auto const id = id_with(random() >> (8 + i % 3));
      REQUIRE(kept(ask_root(share, id)) == kept(ask_root(trace_id_ratio{ratio}, id)));
      auto const composed = ask_root(composite_sampler{share}, id);
      auto const constant = ask_root(spanwise::probability{ratio}, id);
      REQUIRE(kept(composed) == kept(constant));
      REQUIRE(state_after(composed) == state_after(constant));
    }
  }
  share.set(0.25);
  CHECK(described(copy) == "AdjustableRatio{0.25}");
}

TEST_CASE("a handle that was given away by a move still sets the ratio") {
  adjustable_ratio share{0.1};
  spanwise::parent_based const taken{std::move(share)};
  share.set(0.5); // NOLINT(bugprone-use-after-move)
  CHECK(taken.root.ratio() == 0.5);
}

TEST_CASE("a ratio that is none is clamped and told") {
  diagnostics_log const log;
  adjustable_ratio const share{0.5};
  share.set(3);
  CHECK(share.ratio() == 1);
  CHECK(log.lines().size() == 1);
}

TEST_CASE("a running pipeline takes it at once, for roots; nothing is known beforehand") {
  adjustable_ratio const share{0};
  recorded trace{sampled_by(spanwise::parent_based{share})};
  { spanwise::span const span{"none"}; }
  share.set(1);
  {
    spanwise::span const span{"all"};
    share.set(0);
    spanwise::span const child{"child"};
  }
  { spanwise::span const span{"none again"}; }
  CHECK(trace.size() == 2);
}

TEST_CASE("set while spans start", "[threads]") {
  adjustable_ratio const share{0.5};
  recorded trace{spanwise::batch_options{}, sampled_by(spanwise::parent_based{share})};
  spanwise::detail::atomic<bool> done{false};
  std::thread setter{[&] {
    for (int i = 0; !done.load(spanwise::detail::relaxed); ++i) share.set(i % 2 == 0 ? 0 : 1);
  }};
  std::thread other{[] {
    for (int i = 0; i < 2000; ++i) spanwise::span const span{"other"};
  }};
  for (int i = 0; i < 2000; ++i) {
    spanwise::span const root{"root"};
    spanwise::span const child{"child"};
  }
  other.join();
  done.store(true, spanwise::detail::relaxed);
  setter.join();
  trace.settle();
  auto const counts = trace.counts();
  CHECK(counts.started == 6000);
}
