#include <spanwise/trace/any_sampler.hpp>
#include <spanwise/trace/current_span.hpp>
#include <spanwise/trace/sampler.hpp>
#include <spanwise/trace/tracer.hpp>

#include "diagnostics_log.hpp"
#include "recorded.hpp"
#include "sampling_fixture.hpp"

#include <chrono>
#include <stdexcept>
#include <thread>

using spanwise::always_on;
using spanwise::parent_case;
using spanwise::sampling_decision;
using spanwise::sampling_parameters;
using spanwise::sampling_result;
using spanwise::trace_id_ratio;
using namespace std::chrono_literals;
using namespace testing;

namespace {

struct throwing {
  [[nodiscard]] static sampling_result should_sample(sampling_parameters const&) { throw std::runtime_error{"no"}; }
  [[nodiscard]] static spanwise::sampler_description description() { return "Throwing"; }
};

/// Makes spans while it decides.
struct busy {
  [[nodiscard]] static sampling_result should_sample(sampling_parameters const&) {
    spanwise::span span{"inside the sampler"};
    span.set("a", 1);
    spanwise::detached_span const job{"inside too"};
    return {sampling_decision::record_and_sample};
  }
  [[nodiscard]] static spanwise::sampler_description description() { return "Busy"; }
};

/// Calls the span that it is asked about.
struct meddling {
  [[nodiscard]] static sampling_result should_sample(sampling_parameters const& asked) {
    std::string const name{asked.name};
    auto const current = spanwise::current_span();
    current.set("by.the.sampler", 1);
    current.error("not yet");
    current.event(std::string(5'000, 'e')); // would move what `asked` views
    CHECK(asked.name == name);
    return {sampling_decision::record_and_sample};
  }
  [[nodiscard]] static spanwise::sampler_description description() { return "Meddling"; }
};

/// Gives answers that are none.
struct senseless {
  [[nodiscard]] static sampling_result should_sample(sampling_parameters const&) {
    return {static_cast<sampling_decision>(77)};
  }
  [[nodiscard]] static std::optional<sampling_decision> fixed(parent_case which) {
    if (which == parent_case::none) throw std::runtime_error{"no"};
    return static_cast<sampling_decision>(77);
  }
  [[nodiscard]] static spanwise::sampler_description description() { throw std::runtime_error{"no"}; }
};

struct throws_when_moved {
  throws_when_moved() = default;
  throws_when_moved(throws_when_moved const&) { ++copies; }
  throws_when_moved(throws_when_moved&&) {
    if (++moves == 1) throw std::runtime_error{"no"};
  }
  [[nodiscard]] static sampling_result should_sample(sampling_parameters const&) { return {}; }
  [[nodiscard]] static spanwise::sampler_description description() { return "Throws"; }
  static inline int copies = 0;
  static inline int moves = 0;
};

struct slow {
  spanwise::detail::atomic<bool>* inside;
  [[nodiscard]] sampling_result should_sample(sampling_parameters const&) const {
    inside->store(true, spanwise::detail::release);
    std::this_thread::sleep_for(400ms);
    return {sampling_decision::record_and_sample};
  }
  [[nodiscard]] static spanwise::sampler_description description() { return "Slow"; }
};

} // namespace

TEST_CASE("a sampler that throws drops its span, and that is told") {
  diagnostics_log log;
  recorded trace{sampled_by(throwing{})};
  for (int i = 0; i < 3; ++i) {
    spanwise::span const span{"x", {"a", 1}};
    CHECK(!span.recording());
  }
  CHECK(trace.counts().sampled_out == 3);
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines()[0].find("sampler") != std::string::npos);
}

TEST_CASE("spans that a sampler makes are none") {
  recorded trace{sampled_by(busy{})};
  {
    spanwise::span const outer{"outer"};
    spanwise::span const inner{"inner"};
  }
  CHECK(trace.size() == 2);
  CHECK(shown(trace["outer"].attributes()) == "{}");
  CHECK(trace["inner"].parent_span_id() == trace["outer"].span_id());
}

TEST_CASE("any_sampler holds one by value, empty it holds none") {
  spanwise::any_sampler none;
  CHECK(none.empty());
  CHECK(none.description().view().empty());
  spanwise::any_sampler one{trace_id_ratio{0.5}};
  CHECK(!one.empty());
  CHECK(one.description().view() == "TraceIdRatioBased{0.5}");
  none = std::move(one);
  CHECK(none.description().view() == "TraceIdRatioBased{0.5}");
  spanwise::any_sampler const moved{std::move(none)};
  CHECK(moved.fixed(parent_case::none) == std::nullopt);
  CHECK(spanwise::any_sampler{always_on{}}.fixed(parent_case::none) == sampling_decision::record_and_sample);
}

TEST_CASE("a sampler that calls the span it is asked about does no harm") {
  recorded trace{sampled_by(meddling{})};
  {
    spanwise::span const outer{"outer"};
    spanwise::span inner{"inner", {"a", 1}};
    inner.set("b", 2);
  }
  CHECK(trace.size() == 2);
  CHECK(shown(trace["inner"].attributes()) == "{a: 1, b: 2}");
  CHECK(trace["inner"].events().empty());
  CHECK(trace["inner"].status() == spanwise::status_code::unset);
}

TEST_CASE("answers that are none count as a drop, and are not known beforehand") {
  spanwise::any_sampler held{senseless{}};
  CHECK(held.description().view().empty());
  for (std::size_t i = 0; i < spanwise::parent_cases; ++i) CHECK(!held.fixed(static_cast<parent_case>(i)));
  recorded trace{sampled_by(std::move(held))};
  {
    spanwise::span const one{"x"};
    CHECK(!one.recording());
    CHECK(!one.context().span().sampled());
  }
  CHECK(trace.counts().sampled_out == 1);
}

TEST_CASE("a sampler that throws while it is moved is none, which is told") {
  diagnostics_log const log;
  throws_when_moved const original;
  spanwise::any_sampler const held{original};
  CHECK(held.empty());
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines()[0].find("roots are kept") != std::string::npos);
}

TEST_CASE("a slow sampler holds up its own thread alone; a shutdown keeps its deadline", "[threads]") {
  spanwise::detail::atomic<bool> inside{false};
  std::thread asking;
  {
    recorded trace{sampled_by(slow{&inside})};
    asking = std::thread{[] { spanwise::span const one{"x"}; }};
    while (!inside.load(spanwise::detail::acquire)) std::this_thread::yield();
    auto const begin = std::chrono::steady_clock::now();
    auto const end = trace.tracing().shutdown(50ms);
    CHECK(std::chrono::steady_clock::now() - begin < 300ms);
    CHECK(end.exported + end.left + end.dropped == 1);
    trace.was_stopped();
  }
  asking.join();
}
