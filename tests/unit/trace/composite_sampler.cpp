#include <spanwise/trace/annotating.hpp>
#include <spanwise/trace/composite_sampler.hpp>
#include <spanwise/trace/current_span.hpp>
#include <spanwise/trace/parent_threshold.hpp>
#include <spanwise/trace/probability.hpp>
#include <spanwise/trace/tracer.hpp>

#include "diagnostics_log.hpp"
#include "recorded.hpp"
#include "sampling_fixture.hpp"

using spanwise::always_off;
using spanwise::always_on;
using spanwise::composite_sampler;
using spanwise::parent_threshold;
using spanwise::probability;
using spanwise::sampling_intent;
using spanwise::sampling_threshold;
using spanwise::trace_state;
using namespace testing;

namespace {

/// Intends what it is made with.
struct scripted {
  sampling_intent wanted;
  [[nodiscard]] sampling_intent intent(spanwise::starting_span const&) const { return wanted; }
  [[nodiscard]] static spanwise::sampler_description description() { return "Scripted"; }
};

} // namespace

TEST_CASE("always on and off as composables: a threshold of 0, and none") {
  CHECK(state_after(ask_root(composite_sampler{always_on{}}, id_with(0))) == "ot=th:0");
  CHECK(state_after(ask_below(composite_sampler{always_on{}}, parent_of(id_with(0), "a=1,ot=th:8", 2))) ==
        "ot=th:0,a=1");
  auto const off = ask_below(composite_sampler{always_off{}}, parent_of(id_with(0), "a=1,ot=th:8"));
  CHECK(!kept(off));
  CHECK(state_after(off) == "a=1");
  CHECK(described(composite_sampler{always_on{}}) == "CompositeSampler{AlwaysOnSampler}");
}

TEST_CASE("a composite of probability decides as the probability sampler does") {
  composite_sampler const made{probability{0.3}};
  probability const plain{0.3};
  spanwise::detail::random_source random;
  random.seed();
  for (int i = 0; i < 2000; ++i) {
    auto const id = id_with(random() >> 8);
    for (char const* state : {"", "a=1", "ot=th:c", "ot=th:4ccd,b=2", "ot=rv:b0000000000000;x:1"}) {
      auto const parent = parent_of(id, state);
      auto const one = ask_below(made, parent);
      auto const other = ask_below(plain, parent);
      REQUIRE(one.decision == other.decision);
      REQUIRE(state_after(one, state) == state_after(other, state));
    }
  }
}

TEST_CASE("an unreliable threshold is compared with chance, and not told") {
  composite_sampler const half{scripted{{.threshold = sampling_threshold{sampling_threshold::whole / 2}}}};
  auto const parent = parent_of(id_with(0), "a=1,ot=th:8;rv:00000000000000");
  int sampled = 0;
  for (int i = 0; i < 1000; ++i) {
    auto const answer = ask_below(half, parent);
    CHECK(state_after(answer) == "ot=rv:00000000000000,a=1");
    sampled += kept(answer) ? 1 : 0;
  }
  CHECK(sampled > 350);
  CHECK(sampled < 650);
}

TEST_CASE("a state provider sees the decision, and th is set in what it gives") {
  struct counted {
    int calls = 0;
    bool sampled = false;
  } seen;
  spanwise::state_provider const provider{[](void const* with, trace_state const& from, bool sampled) noexcept {
                                            auto& own = *const_cast<counted*>(static_cast<counted const*>(with));
                                            ++own.calls;
                                            own.sampled = sampled;
                                            return from.set("vendor", sampled ? "kept" : "dropped");
                                          },
                                          &seen};
  sampling_intent const wanted{.threshold = sampling_threshold{0x80000000000000}, .reliable = true, .state = provider};
  composite_sampler const sampler{scripted{wanted}};
  CHECK(state_after(ask_below(sampler, parent_of(id_with(0xffffffffffffff), "a=1,ot=th:c"))) ==
        "ot=th:8,vendor=kept,a=1");
  CHECK(seen.sampled);
  CHECK(state_after(ask_below(sampler, parent_of(id_with(0), "a=1,ot=th:c"))) == "vendor=dropped,a=1");
  CHECK(!seen.sampled);
  CHECK(state_after(ask_root(sampler, id_with(0))) == "vendor=dropped");
  CHECK(seen.calls == 3);
}

TEST_CASE("attributes of an intent are for sampled spans alone") {
  composite_sampler const sampler{spanwise::annotating{probability{0.5}, {{"rule", "half"}}}};
  CHECK(ask_root(sampler, id_with(0xffffffffffffff)).attributes.groups().size() == 1);
  CHECK(ask_root(sampler, id_with(0)).attributes.empty());
}

TEST_CASE("the trace state of another size and many members: ot is put in front, the last one goes") {
  std::string text;
  for (int i = 0; i < 32; ++i) text += (i == 0 ? "m" : ",m") + std::to_string(i) + "=1";
  auto const answer = ask_below(composite_sampler{always_on{}}, parent_of(id_with(0), text));
  REQUIRE(answer.state);
  CHECK(answer.state->size() == 32);
  CHECK((*answer.state->begin()).value == "th:0");
  CHECK(!answer.state->get("m31"));
}

template <class Asked>
concept tells_trace_id = requires(Asked const& asked) {
  asked.trace_id;
};

TEST_CASE("composables are not told the trace id, and those built in neither add attributes nor change the state") {
  static_assert(tells_trace_id<spanwise::sampling_parameters> && !tells_trace_id<spanwise::starting_span>);
  spanwise::context const parent = parent_of(id_with(0xc0000000000000), "a=1,ot=th:c;rv:c0000000000000");
  spanwise::starting_span const asked{parent, "x", {}, {}, {}};
  auto const check = [&](auto const& composable, std::optional<sampling_threshold> threshold) {
    sampling_intent const wanted = composable.intent(asked);
    CHECK(wanted.threshold == threshold);
    CHECK(wanted.reliable == threshold.has_value());
    CHECK(wanted.attributes.empty());
    CHECK(wanted.state.change == nullptr);
  };
  check(always_on{}, sampling_threshold{});
  check(always_off{}, std::nullopt);
  check(probability{0.5}, sampling_threshold{0x80000000000000});
  check(probability{0}, std::nullopt);
  check(parent_threshold{always_off{}}, sampling_threshold{0xc0000000000000});
}

TEST_CASE("composites in a pipeline: what is settled asks nobody, and means the same") {
  recorded trace{
      sampled_by(composite_sampler{parent_threshold{spanwise::annotating{probability{1}, {{"rule", "root"}}}}})};
  {
    spanwise::span const root{"root", {"a", 1}};
    spanwise::span const child{"child"};
    CHECK(child.context().span().state().text() == "ot=th:0");
  }
  CHECK(shown(trace["root"].attributes()) == "{a: 1, rule: \"root\"}");
  CHECK(shown(trace["child"].attributes()) == "{}");
  {
    auto const caller = parent_of(id_with(0), "ot=th:8,a=1"); // sampled, but 0 is below the threshold
    spanwise::span const server{"server", {.parent = caller}};
    CHECK(server.context().span().sampled());
    CHECK(server.context().span().state().text() == "a=1");
  }
  {
    spanwise::span const server{"unsampled", {.parent = parent_of(id_with(0), "ot=th:8,a=1", 2)}};
    spanwise::span const child{"its child"};
    CHECK(!child.context().span().sampled());
    CHECK(child.context().span().state().text() == "a=1");
  }
  CHECK(trace.size() == 3);
}
