#include <spanwise/trace/composite_sampler.hpp>
#include <spanwise/trace/parent_threshold.hpp>
#include <spanwise/trace/rate_limiting.hpp>
#include <spanwise/trace/sampler.hpp>
#include <spanwise/trace/tracer.hpp>

#include "diagnostics_log.hpp"
#include "recorded.hpp"
#include "sampling_fixture.hpp"

#include <limits>
#include <thread>

using spanwise::parent_case;
using spanwise::rate_limiting;
using spanwise::sampling_decision;
using namespace testing;

namespace {

template <class Sampler> int kept_roots(Sampler const& sampler, int asked) {
  int count = 0;
  for (int i = 0; i < asked; ++i) count += kept(ask_root(sampler, id_with(0))) ? 1 : 0;
  return count;
}

} // namespace

TEST_CASE("as many are kept at once as the burst allows") {
  CHECK(kept_roots(rate_limiting{0.001, 7}, 1000) == 7);
  CHECK(kept_roots(rate_limiting{0.001}, 1000) == 1);
  int const many = kept_roots(rate_limiting{100}, 1000);
  CHECK(many >= 100);
  CHECK(many < 200); // in the less than a second that this took
}

TEST_CASE("spans with a parent in this process follow it, those of other processes count") {
  rate_limiting const sampler{0.001, 2};
  for (int i = 0; i < 10; ++i) {
    CHECK(kept(ask_below(sampler, parent_of(id_with(0), "", 3, false))));
    CHECK(!kept(ask_below(sampler, parent_of(id_with(0), "", 2, false))));
  }
  CHECK(sampler.fixed(parent_case::local_sampled) == sampling_decision::record_and_sample);
  CHECK(sampler.fixed(parent_case::local_unsampled) == sampling_decision::drop);
  CHECK(!sampler.fixed(parent_case::none));
  CHECK(kept(ask_below(sampler, parent_of(id_with(0), ""))));
  CHECK(kept(ask_root(sampler, id_with(0))));
  CHECK(!kept(ask_below(sampler, parent_of(id_with(0), ""))));
}

TEST_CASE("a rate that is none keeps nothing, and is told") {
  for (double const rate : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
    diagnostics_log const log;
    rate_limiting const none{rate};
    CHECK(kept_roots(none, 10) == 0);
    CHECK(none.fixed(parent_case::none) == sampling_decision::drop);
    CHECK(log.lines().size() == 1);
  }
  CHECK(kept_roots(rate_limiting{std::numeric_limits<double>::infinity()}, 1000) == 1000);
  CHECK(kept_roots(rate_limiting{0.001, std::numeric_limits<double>::quiet_NaN()}, 10) == 1);
  CHECK(described(rate_limiting{2.5}) == "RateLimiting{2.5}");
}

TEST_CASE("composed, what it keeps has no threshold") {
  spanwise::composite_sampler const sampler{spanwise::parent_threshold{rate_limiting{0.001, 2}}};
  CHECK(kept(ask_root(sampler, id_with(0))));
  CHECK(!ask_root(sampler, id_with(0)).state);
  CHECK(!kept(ask_root(sampler, id_with(0))));
  CHECK(kept(ask_below(sampler, parent_of(id_with(0), ""))));
}

TEST_CASE("in a pipeline, on several threads: whole traces, and no more than allowed", "[threads]") {
  recorded trace{spanwise::batch_options{}, sampled_by(spanwise::parent_based{rate_limiting{0.001, 50}})};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([] {
      for (int n = 0; n < 500; ++n) {
        spanwise::span const root{"root"};
        spanwise::span const child{"child"};
      }
    });
  for (std::thread& each : threads) each.join();
  trace.settle();
  CHECK(trace.size() == 100);
}
