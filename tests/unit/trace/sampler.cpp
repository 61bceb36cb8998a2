#include <spanwise/trace/sampler.hpp>

#include <spanwise/trace/current_span.hpp>
#include <spanwise/trace/tracer.hpp>

#include "recorded.hpp"

#include <memory>
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

} // namespace

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

TEST_CASE("a new name asks no sampler again, and what was decided stays") {
  auto const with = std::make_shared<script>();
  recorded trace{sampled_by(scripted{with})};
  {
    spanwise::span span{"before"};
    with->answer = sampling_decision::drop;
    span.update_name("after");
    CHECK(span.recording());
    CHECK(span.context().span().sampled());
  }
  CHECK(with->calls == 1);
  CHECK(trace.only().name() == "after");
}

TEST_CASE("attributes of a sampler count toward the limits, and overwrite when all places are taken") {
  auto const with = std::make_shared<script>();
  std::string const text(30, 'x');
  with->attributes = {{"a", "by the sampler"}, {"long", text}, {"one.too.many", 1}};
  spanwise::options chosen = sampled_by(scripted{with});
  chosen.limits.attribute_count = 3;
  chosen.limits.attribute_value_length = 20;
  for (auto const decision : {sampling_decision::record_and_sample, sampling_decision::record_only}) {
    with->answer = decision;
    recorded trace{std::move(chosen)};
    chosen = sampled_by(scripted{with});
    {
      spanwise::span const span{"x", {"a", 1}, {"b", 2}};
      CHECK(span.recording());
    }
    if (decision == sampling_decision::record_only) continue;
    CHECK(trace.attributes() == "{b: 2, a: \"by the sampler\", long: \"" + text.substr(0, 20) + "\"}");
    CHECK(trace.only().dropped_attributes() == 1);
  }
}

TEST_CASE("the sampler's trace state is the span's, also of one that is recorded only, and an empty one clears it") {
  auto const with = std::make_shared<script>();
  recorded trace{sampled_by(scripted{with})};
  for (auto const decision : {sampling_decision::drop, sampling_decision::record_only, sampling_decision::record_and_sample}) {
    with->answer = decision;
    auto const state_with = [&](std::optional<spanwise::trace_state> given) {
      with->state = std::move(given);
      spanwise::span const span{"x", {.parent = spanwise::context{parent_of(true, true, "a=1"), spanwise::baggage{}.set("k", "v")}}};
      spanwise::detached_span const job{"job", {.parent = spanwise::context{parent_of(true, true, "a=1")}}};
      CHECK(job.context().span().state() == span.context().span().state());
      CHECK(spanwise::current_context().span() == span.context().span());
      CHECK(spanwise::current_context().baggage().get("k") == "v");
      return std::string{span.context().span().state().text()};
    };
    CHECK(state_with(std::nullopt) == "a=1");
    CHECK(state_with(spanwise::trace_state::parse("b=2")) == "b=2");
    CHECK(state_with(spanwise::trace_state{}).empty());
  }
  CHECK(trace.size() == 6);
}

TEST_CASE("a sampler sees the last value of a key that is given twice, once") {
  static std::string seen;
  struct attentive {
    sampling_result should_sample(sampling_parameters const& asked) const {
      seen = testing::shown(asked.attributes);
      return {sampling_decision::record_and_sample};
    }
    spanwise::sampler_description description() const { return spanwise::sampler_description{"attentive"}; }
  };
  recorded traced{{.sampler = attentive{}}};
  { spanwise::span const span{"x", {"tier", "free"}, {"n", 1}, {"tier", "gold"}}; }
  CHECK(seen == "{n: 1, tier: \"gold\"}");
  CHECK(traced.attributes() == seen);
}
