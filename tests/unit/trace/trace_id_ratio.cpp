#include <spanwise/trace/sampler.hpp>
#include <spanwise/trace/trace_id_ratio.hpp>
#include <spanwise/trace/tracer.hpp>

#include "diagnostics_log.hpp"
#include "recorded.hpp"
#include "sampling_fixture.hpp"

#include <cmath>
#include <limits>

using spanwise::parent_based;
using spanwise::sampling_decision;
using spanwise::trace_id_ratio;
using namespace testing;

namespace {

sampling_decision ask(trace_id_ratio const& sampler, std::string_view trace_id, spanwise::context const& parent = {}) {
  return sampler.should_sample({parent, *spanwise::trace_id::from_hex(trace_id), "x", {}, {}, {}}).decision;
}

} // namespace

TEST_CASE("a ratio keeps exactly the ids from its threshold on") {
  struct row {
    double ratio;
    std::uint64_t threshold;
  };
  for (row const each : {row{1, 0}, row{0.75, 0x40000000000000}, row{2.0 / 3, 0x55555555555558},
                         row{0.5, 0x80000000000000}, row{1.0 / 3, 0xaaaaaaaaaaaaac}, row{0.25, 0xc0000000000000},
                         row{0.1, 0xe6666666666666}, row{0.05, 0xf3333333333333}, row{0.01, 0xfd70a3d70a3d71},
                         row{0.001, 0xffbe76c8b43958}, row{0.0001, 0xfff972474538ef}, row{1e-6, 0xffffef39085f4a},
                         row{std::ldexp(1, -56), 0xffffffffffffff}, row{0, 0x100000000000000}}) {
    auto const decide = [&](std::uint64_t randomness) {
      char text[33];
      std::snprintf(text, sizeof text, "5b8aa5a2d2c872e832%014llx", static_cast<unsigned long long>(randomness));
      return ask(trace_id_ratio{each.ratio}, text) == sampling_decision::record_and_sample;
    };
    CAPTURE(each.ratio);
    if (each.threshold != 0x100000000000000) CHECK(decide(each.threshold));
    if (each.threshold != 0) CHECK(!decide(each.threshold - 1));
    CHECK(decide(0xffffffffffffff) == (each.ratio > 0));
    CHECK(decide(0) == (each.ratio == 1));
  }
}

TEST_CASE("only the last 56 bits of the id count, and the parent does not") {
  trace_id_ratio const half{0.5};
  CHECK(ask(half, "5b8aa5a2d2c872e83280000000000000") == sampling_decision::record_and_sample);
  CHECK(ask(half, "ffffffffffffffffff7fffffffffffff") == sampling_decision::drop);
  CHECK(ask(half, "ffffffffffffffffff7fffffffffffff", parent_of(id_with(0), "")) == sampling_decision::drop);
}

TEST_CASE("ratios outside of 0 and 1 are clamped; what is no number keeps nothing") {
  CHECK(trace_id_ratio{2}.ratio() == 1);
  CHECK(trace_id_ratio{-1}.ratio() == 0);
  CHECK(trace_id_ratio{std::numeric_limits<double>::quiet_NaN()}.ratio() == 0);
  CHECK(trace_id_ratio{std::numeric_limits<double>::infinity()}.ratio() == 1);
  CHECK(ask(trace_id_ratio{-1}, "5b8aa5a2d2c872e832ffffffffffffff") == sampling_decision::drop);
  CHECK(ask(trace_id_ratio{2}, "5b8aa5a2d2c872e83200000000000000") == sampling_decision::record_and_sample);
}

TEST_CASE("a ratio that is none is told, once") {
  {
    diagnostics_log const log;
    double ratio = 10;
    CHECK(trace_id_ratio{ratio}.ratio() == 1);
    CHECK(trace_id_ratio{ratio}.ratio() == 1);
    REQUIRE(log.lines().size() == 1);
    CHECK(log.lines()[0] == "a sampling ratio above 1 counts as 1: every trace is kept; give a share such as 0.1");
  }
  {
    diagnostics_log const log;
    double ratio = -0.1;
    CHECK(trace_id_ratio{ratio}.ratio() == 0);
    REQUIRE(log.lines().size() == 1);
    CHECK(log.lines()[0] == "a sampling ratio below 0 counts as 0: no trace is kept");
  }
  {
    diagnostics_log const log;
    double ratio = std::numeric_limits<double>::quiet_NaN();
    CHECK(trace_id_ratio{ratio}.ratio() == 0);
    REQUIRE(log.lines().size() == 1);
    CHECK(log.lines()[0] == "a sampling ratio that is not a number counts as 0: no trace is kept");
  }
  diagnostics_log const log;
  for (double ratio : {0.0, 0.5, 1.0}) CHECK(trace_id_ratio{ratio}.ratio() == ratio);
  CHECK(log.lines().empty());
}

TEST_CASE("a constant ratio that is none is told when a pipeline takes it") {
  static constexpr trace_id_ratio too_much{10};
  static_assert(too_much.ratio() == 1);
  diagnostics_log const log;
  recorded const trace{sampled_by(parent_based{too_much})};
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines()[0].find("above 1") != std::string::npos);
}

TEST_CASE("descriptions tell ratios apart") {
  auto const described = [](double ratio) { return std::string{trace_id_ratio{ratio}.description().view()}; };
  CHECK(described(0.25) == "TraceIdRatioBased{0.25}");
  CHECK(described(0.1) == "TraceIdRatioBased{0.1}");
  CHECK(described(0.0001) == "TraceIdRatioBased{0.0001}");
  CHECK(described(0.3) == "TraceIdRatioBased{0.3}");
  CHECK(described(0.57) == "TraceIdRatioBased{0.57}");
  CHECK(described(0.99) == "TraceIdRatioBased{0.99}");
  CHECK(described(1) == "TraceIdRatioBased{1}");
  CHECK(described(0) == "TraceIdRatioBased{0.0}");
  for (double const ratio : {0.000001, 0.0123, 0.5, 0.999, 0.9999999, 1.0 / 3, 0.95}) {
    std::string const text = described(ratio);
    CAPTURE(text);
    CHECK(std::stod(text.substr(18)) == Approx(ratio).epsilon(1e-6));
  }
}

TEST_CASE("a ratio keeps about its share of random traces, and whole traces") {
  recorded trace{spanwise::batch_options{}, sampled_by(parent_based{trace_id_ratio{0.25}})};
  for (int i = 0; i < 20'000; ++i) {
    spanwise::span const outer{"outer"};
    spanwise::span const inner{"inner"};
  }
  trace.settle();
  std::size_t outer = 0;
  for (auto const& each : trace.spans()) outer += each.name() == "outer" ? 1U : 0U;
  CHECK(trace.size() == 2 * outer);
  CHECK(outer > 4700); // five standard deviations from 5000
  CHECK(outer < 5310);
}

TEST_CASE("what a lower ratio keeps a higher one keeps too") {
  spanwise::detail::random_source random;
  random.seed();
  trace_id_ratio const low{0.1};
  trace_id_ratio const high{0.2};
  std::size_t kept = 0;
  for (int i = 0; i < 20'000; ++i) {
    char text[33];
    std::snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(random()),
                  static_cast<unsigned long long>(random.nonzero()));
    bool const by_low = ask(low, text) == sampling_decision::record_and_sample;
    bool const by_high = ask(high, text) == sampling_decision::record_and_sample;
    REQUIRE((!by_low || by_high));
    kept += by_low ? 1U : 0U;
  }
  CHECK(kept > 1750);
  CHECK(kept < 2250);
}

TEST_CASE("a ratio is exact to the last bit, and nothing below 2^-56") {
  trace_id_ratio const odd{std::ldexp(0x10000000000001, -56)}; // where adding a half to a double rounds twice
  CHECK(kept(ask_root(odd, id_with(0xefffffffffffff))));
  CHECK(!kept(ask_root(odd, id_with(0xeffffffffffffe))));
  CHECK(!kept(ask_root(trace_id_ratio{std::nextafter(std::ldexp(1, -56), 0.0)}, id_with(0xffffffffffffff))));
  CHECK(trace_id_ratio{1e-300}.fixed(spanwise::parent_case::none) == sampling_decision::drop);
}

TEST_CASE("that it decides where a parent has decided is told once, and not of roots inside parent_based") {
  spanwise::detail::told_of_ratio_below_parent.store(false, spanwise::detail::relaxed);
  diagnostics_log const log;
  {
    recorded const trace{sampled_by(parent_based{trace_id_ratio{0.5}})};
    for (int i = 0; i < 10; ++i) {
      spanwise::span const root{"root"};
      spanwise::span const child{"child"};
    }
  }
  CHECK(log.lines().empty());
  recorded const trace{sampled_by(trace_id_ratio{0.5})};
  for (int i = 0; i < 10; ++i) {
    spanwise::span const root{"root"};
    spanwise::span const child{"child"};
  }
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines()[0].find("parent_based") != std::string::npos);
}
