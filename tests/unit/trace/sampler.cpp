#include <spanwise/trace/sampler.hpp>

#include <spanwise/trace/current_span.hpp>
#include <spanwise/trace/tracer.hpp>

#include "diagnostics_log.hpp"
#include "recorded.hpp"

#include <cmath>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using spanwise::always_off;
using spanwise::always_on;
using spanwise::parent_based;
using spanwise::parent_case;
using spanwise::sampling_decision;
using spanwise::sampling_parameters;
using spanwise::sampling_result;
using spanwise::trace_id_ratio;
using testing::recorded;
using testing::shown;

namespace {

spanwise::options sampled_by(spanwise::any_sampler chosen) {
  spanwise::options with;
  with.sampler = std::move(chosen);
  return with;
}

spanwise::span_context parent_of(bool remote, bool sampled, std::string_view state = {}) {
  return {*spanwise::trace_id::from_hex("3f9a1c5be27d4d0b8c6e0a47d15f2b93"), *spanwise::span_id::from_hex("5ad3e7f1096b2c48"),
          {static_cast<std::uint8_t>(sampled ? 3 : 2)}, *spanwise::trace_state::parse(state), remote};
}

template <class Sampler>
sampling_decision ask(Sampler const& sampler, std::string_view trace_id, spanwise::context const& parent = {}) {
  return sampler.should_sample({parent, *spanwise::trace_id::from_hex(trace_id), "x", {}, {}, {}}).decision;
}

/// What a sampler saw, and what it is told to answer.
struct script {
  sampling_decision answer = sampling_decision::record_and_sample;
  std::vector<spanwise::attribute> attributes{};
  std::optional<spanwise::trace_state> state{};
  int calls = 0;
  std::string seen{};
  spanwise::trace_id trace{};
  spanwise::span_context parent{};
  std::string baggage{};
};

struct scripted {
  std::shared_ptr<script> with;

  [[nodiscard]] sampling_result should_sample(sampling_parameters const& asked) const {
    ++with->calls;
    with->trace = asked.trace_id;
    with->parent = asked.parent.span();
    with->baggage = asked.parent.baggage().get("tenant").value_or("");
    with->seen = std::string{asked.name} + " " + std::to_string(static_cast<int>(asked.kind)) + " " + shown(asked.attributes);
    for (spanwise::link_view const& each : asked.links) with->seen += " link" + shown(each.attributes());
    return {with->answer, with->attributes, with->state};
  }
  [[nodiscard]] static spanwise::sampler_description description() { return "Scripted"; }
};

struct throwing {
  [[nodiscard]] static sampling_result should_sample(sampling_parameters const&) { throw std::runtime_error{"no"}; }
  [[nodiscard]] static spanwise::sampler_description description() { return "Throwing"; }
};

/// Answers with what it was made with, and notes that it was asked.
struct noting {
  std::shared_ptr<std::string> notes;
  char letter;
  [[nodiscard]] sampling_result should_sample(sampling_parameters const&) const {
    notes->push_back(letter);
    return {sampling_decision::record_and_sample};
  }
  [[nodiscard]] spanwise::sampler_description description() const { return std::string(1, letter).c_str(); }
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

} // namespace

TEST_CASE("always on and always off, with their names") {
  CHECK(ask(always_on{}, "5b8aa5a2d2c872e83200000000000000") == sampling_decision::record_and_sample);
  CHECK(ask(always_off{}, "5b8aa5a2d2c872e832ffffffffffffff") == sampling_decision::drop);
  CHECK(always_on{}.description().view() == "AlwaysOnSampler");
  CHECK(always_off{}.description().view() == "AlwaysOffSampler");
}

TEST_CASE("a ratio keeps exactly the ids from its threshold on") {
  struct row {
    double ratio;
    std::uint64_t threshold;
  };
  for (row const each : {row{1, 0}, row{0.75, 0x40000000000000}, row{2.0 / 3, 0x55555555555558}, row{0.5, 0x80000000000000},
                         row{1.0 / 3, 0xaaaaaaaaaaaaac}, row{0.25, 0xc0000000000000}, row{0.1, 0xe6666666666666},
                         row{0.05, 0xf3333333333333}, row{0.01, 0xfd70a3d70a3d71}, row{0.001, 0xffbe76c8b43958},
                         row{0.0001, 0xfff972474538ef}, row{1e-6, 0xffffef39085f4a}, row{std::ldexp(1, -56), 0xffffffffffffff},
                         row{0, 0x100000000000000}}) {
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
  CHECK(ask(half, "ffffffffffffffffff7fffffffffffff", spanwise::context{parent_of(true, true)}) == sampling_decision::drop);
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

TEST_CASE("parent-based: each of the five situations has its sampler") {
  auto const notes = std::make_shared<std::string>();
  parent_based const five{noting{notes, 'r'}, noting{notes, 'S'}, noting{notes, 'U'}, noting{notes, 's'}, noting{notes, 'u'}};
  recorded trace{sampled_by(five)};
  { spanwise::span const span{"root"}; }
  { spanwise::span const span{"remote sampled", {.parent = spanwise::context{parent_of(true, true)}}}; }
  { spanwise::span const span{"remote unsampled", {.parent = spanwise::context{parent_of(true, false)}}}; }
  { spanwise::span const span{"local sampled", {.parent = spanwise::context{parent_of(false, true)}}}; }
  { spanwise::span const span{"local unsampled", {.parent = spanwise::context{parent_of(false, false)}}}; }
  { spanwise::span const span{"rooted", {.parent = spanwise::root}}; }
  CHECK(*notes == "rSUsur");
  CHECK(trace.size() == 6);
  CHECK(five.description().view() == "ParentBased{root:r,remoteParentSampled:S,remoteParentNotSampled:U,localParentSampled:s,"
                                     "localParentNotSampled:u}");
}

TEST_CASE("parent-based by default follows the parent, and asks its root without one") {
  recorded trace{sampled_by(parent_based{always_off{}})};
  { spanwise::span const span{"root"}; }
  {
    spanwise::span const span{"remote", {.parent = spanwise::context{parent_of(true, true)}}};
    spanwise::span const child{"child"};
  }
  { spanwise::span const span{"remote unsampled", {.parent = spanwise::context{parent_of(true, false)}}}; }
  CHECK(trace.size() == 2);
  CHECK(trace.counts().sampled_out == 2);
  CHECK(trace["remote"].local_root());
}

TEST_CASE("what a sampler knows beforehand is the same as what it says when asked") {
  std::string const ids[] = {"5b8aa5a2d2c872e83200000000000000", "5b8aa5a2d2c872e832ffffffffffffff"};
  auto const consistent = [&](auto const& sampler) {
    for (std::size_t i = 0; i < spanwise::parent_cases; ++i) {
      auto const which = static_cast<parent_case>(i);
      std::optional<sampling_decision> const known = sampler.fixed(which);
      spanwise::context const parent =
          which == parent_case::none
              ? spanwise::context{}
              : spanwise::context{parent_of(which == parent_case::remote_sampled || which == parent_case::remote_unsampled,
                                            which == parent_case::remote_sampled || which == parent_case::local_sampled)};
      for (std::string const& id : ids)
        if (known && *known != ask(sampler, id, parent)) return false;
    }
    return true;
  };
  CHECK(consistent(always_on{}));
  CHECK(consistent(always_off{}));
  for (double const ratio : {0.0, 0.5, 1.0}) {
    CHECK(consistent(trace_id_ratio{ratio}));
    CHECK(consistent(parent_based{trace_id_ratio{ratio}}));
    CHECK(consistent(parent_based{always_off{}, always_off{}, always_on{}, trace_id_ratio{ratio}, always_on{}}));
  }
}

TEST_CASE("a sampler sees name, kind, attributes, links, parent and trace id of what is about to start") {
  auto const with = std::make_shared<script>();
  recorded trace{sampled_by(scripted{with})};
  {
    spanwise::context const caller = spanwise::context{parent_of(true, true, "a=1"), spanwise::baggage{}.set("tenant", "blue")};
    spanwise::span span{"place order",
                        {.kind = spanwise::span_kind::server, .parent = caller, .links = {{parent_of(false, true), {{"n", 1}}}}},
                        {"order.id", "A-17"},
                        {"big", std::string(1000, 'x')}};
    CHECK(with->seen == "place order 1 {order.id: \"A-17\", big: \"" + std::string(1000, 'x') + "\"} link{n: 1}");
    CHECK(with->parent == caller.span());
    CHECK(with->baggage == "blue");
    CHECK(with->trace == caller.span().trace_id());
    span.set("late", 1);
  }
  {
    spanwise::span const root{"root", {.parent = spanwise::root}};
    CHECK(!with->parent.valid());
    CHECK(with->trace == root.context().span().trace_id());
  }
  CHECK(with->calls == 2);
}

TEST_CASE("a sampler adds attributes, which win, and sets the trace state") {
  auto const with = std::make_shared<script>();
  with->attributes = {{"rule", "all"}, {"order.id", "hidden"}};
  with->state = spanwise::trace_state::parse("ot=th:0");
  recorded trace{sampled_by(scripted{with})};
  {
    spanwise::span const span{"x", {.parent = spanwise::context{parent_of(true, true, "a=1")}}, {"order.id", "A-17"}};
    CHECK(span.context().span().state().text() == "ot=th:0");
    CHECK(spanwise::current_context().span().state().text() == "ot=th:0");
  }
  CHECK(trace.only().trace_state() == "ot=th:0");
  CHECK(trace.attributes() == "{order.id: \"hidden\", rule: \"all\"}");
  with->state = spanwise::trace_state{};
  { spanwise::span const span{"cleared", {.parent = spanwise::context{parent_of(true, true, "a=1")}}}; }
  CHECK(trace["cleared"].trace_state().empty());
}

TEST_CASE("a sampler that drops: no attributes, its trace state, and a new id all the same") {
  auto const with = std::make_shared<script>();
  with->answer = sampling_decision::drop;
  with->attributes = {{"rule", "none"}};
  with->state = spanwise::trace_state::parse("b=2");
  recorded trace{sampled_by(scripted{with})};
  {
    spanwise::span span{"x", {.parent = spanwise::context{parent_of(true, true, "a=1")}}, {"a", 1}};
    CHECK(!span.recording());
    CHECK(!span.context().span().sampled());
    CHECK(span.context().span().state().text() == "b=2");
    CHECK(span.context().span().span_id() != parent_of(true, true).span_id());
    CHECK(spanwise::current_context().span() == span.context().span());
    span.set("b", 1);
  }
  {
    spanwise::detached_span const job{"job"};
    CHECK(!job.recording());
  }
  CHECK(trace.counts().sampled_out == 2);
}

TEST_CASE("record only: recording, not sampled, not exported, counted") {
  auto const with = std::make_shared<script>();
  with->answer = sampling_decision::record_only;
  recorded trace{sampled_by(scripted{with})};
  {
    spanwise::span span{"x", {.parent = spanwise::context{parent_of(true, true)}}};
    CHECK(span.recording());
    CHECK(!span.context().span().sampled());
    span.set("a", 1);
  }
  CHECK(trace.size() == 0);
  CHECK(trace.counts().record_only == 1);
}

TEST_CASE("an accepted span has the sampled bit in its context, its record and what is current") {
  auto const with = std::make_shared<script>();
  recorded trace{sampled_by(scripted{with})};
  {
    spanwise::span const span{"x", {.parent = spanwise::context{parent_of(true, false)}}};
    CHECK(span.context().span().flags().value == 3);
    CHECK(spanwise::current_context().span().flags().value == 3);
  }
  CHECK((trace.only().flags() & 0xff) == 3);
  {
    spanwise::detached_span const job{"job"};
    CHECK(job.context().span().flags().value == 3);
  }
  CHECK(trace.size() == 2);
}

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

TEST_CASE("a ratio keeps about its share of random traces, and whole traces") {
  recorded trace{spanwise::batch_options{}, sampled_by(parent_based{trace_id_ratio{0.25}})};
  for (int i = 0; i < 20'000; ++i) {
    spanwise::span const outer{"outer"};
    spanwise::span const inner{"inner"};
  }
  trace.settle();
  std::size_t outer = 0;
  for (auto const& each : trace.spans()) outer += each.name() == "outer" ? 1 : 0;
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
    kept += by_low ? 1 : 0;
  }
  CHECK(kept > 1750);
  CHECK(kept < 2250);
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
