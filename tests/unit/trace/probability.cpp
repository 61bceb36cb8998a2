#include <spanwise/trace/composite_sampler.hpp>
#include <spanwise/trace/current_span.hpp>
#include <spanwise/trace/parent_threshold.hpp>
#include <spanwise/trace/probability.hpp>
#include <spanwise/trace/rule_based.hpp>
#include <spanwise/trace/sampler.hpp>
#include <spanwise/trace/tracer.hpp>

#include "diagnostics_log.hpp"
#include "recorded.hpp"
#include "sampling_fixture.hpp"

#include <cmath>
#include <cstdlib>
#include <new>

using spanwise::parent_case;
using spanwise::probability;
using spanwise::sampling_decision;
using namespace testing;

namespace {
thread_local std::size_t allocations = 0;
} // namespace

// The compiler knows of no free inside a delete of ours, and warns.
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
#endif
void* operator new(std::size_t size) {
  ++allocations;
  if (void* const memory = std::malloc(size)) return memory;
  std::abort();
}
void* operator new(std::size_t size, std::nothrow_t const&) noexcept {
  ++allocations;
  return std::malloc(size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

TEST_CASE("kept is what has at least the threshold's randomness, and its trace state says so") {
  probability const tenth{0.1};
  CHECK(kept(ask_root(tenth, id_with(0xe6660000000000))));
  CHECK(state_after(ask_root(tenth, id_with(0xe6660000000000))) == "ot=th:e666");
  CHECK(!kept(ask_root(tenth, id_with(0xe665ffffffffff))));
  CHECK(!ask_root(tenth, id_with(0xe665ffffffffff)).state);
  CHECK(state_after(ask_root(probability{1}, id_with(0))) == "ot=th:0");
  CHECK(state_after(ask_root(probability{0.1, 14}, id_with(0xe6666666666666))) == "ot=th:e6666666666666");
  CHECK(!kept(ask_root(probability{0}, id_with(0xffffffffffffff))));
  CHECK(!kept(ask_root(probability{1e-300}, id_with(0xffffffffffffff))));
  CHECK(tenth.threshold()->value() == 0xe6660000000000);
}

TEST_CASE("the parent's decision does not count; its rv does, and stays") {
  probability const half{0.5};
  CHECK(kept(ask_below(half, parent_of(id_with(0xffffffffffffff), "", 2))));
  CHECK(!kept(ask_below(half, parent_of(id_with(0), "", 3))));
  auto const by_rv = ask_below(half, parent_of(id_with(0), "ot=rv:ffffffffffffff"));
  CHECK(kept(by_rv));
  CHECK(state_after(by_rv) == "ot=th:8;rv:ffffffffffffff");
  CHECK(!kept(ask_below(half, parent_of(id_with(0xffffffffffffff), "ot=rv:6e6d1a75832a2f"))));
  CHECK(kept(ask_below(probability{0.6}, parent_of(id_with(0), "ot=rv:6e6d1a75832a2f"))));
  CHECK(kept(ask_below(half, parent_of(id_with(0xffffffffffffff), "ot=rv:123")))); // malformed: the id counts
}

TEST_CASE("a parent's threshold is replaced, or goes where the span is dropped; all else stays") {
  probability const half{0.5};
  auto const above = parent_of(id_with(0xffffffffffffff), "vendor=1,ot=th:c;rv:ffffffffffffff,other=2");
  CHECK(state_after(ask_below(half, above)) == "ot=th:8;rv:ffffffffffffff,vendor=1,other=2");
  auto const below = parent_of(id_with(0), "vendor=1,ot=th:c;rv:00000000000000,other=2");
  CHECK(state_after(ask_below(half, below)) == "ot=rv:00000000000000,vendor=1,other=2");
  CHECK(state_after(ask_below(half, parent_of(id_with(0), "ot=th:8,a=1"))) == "a=1");
  auto const emptied = ask_below(half, parent_of(id_with(0), "ot=th:8"));
  REQUIRE(emptied.state);
  CHECK(emptied.state->empty());
  CHECK(!ask_below(half, parent_of(id_with(0), "a=1")).state); // nothing changes, so nothing is made
  CHECK(!ask_below(half, parent_of(id_with(0xffffffffffffff), "ot=th:8,a=1")).state);
}

TEST_CASE("where there is no room for a threshold, no wrong one stays") {
  diagnostics_log const log;
  std::string const filler(256 - 5 - 5, 'x');
  auto const parent = parent_of(id_with(0xffffffffffffff), "ot=th:8;fill:" + filler);
  auto const answer = ask_below(probability{0.1}, parent);
  CHECK(kept(answer));
  CHECK(state_after(answer) == "ot=fill:" + filler);
  CHECK(log.lines().size() == 1);
}

TEST_CASE("a root whose id is not random gets randomness of its own, kept or not") {
  probability const half{0.5};
  int sampled = 0;
  std::string last;
  for (int i = 0; i < 1000; ++i) {
    auto const answer = half.should_sample({spanwise::context{}, id_with(0), "x", {}, {}, {}, false});
    REQUIRE(answer.state);
    spanwise::ot_state const ot{*answer.state};
    REQUIRE(ot.randomness());
    CHECK(kept(answer) == half.threshold()->keeps(*ot.randomness()));
    CHECK(ot.threshold().has_value() == kept(answer));
    CHECK(last != answer.state->text());
    last = answer.state->text();
    sampled += kept(answer) ? 1 : 0;
  }
  CHECK(sampled > 350); // nine standard deviations
  CHECK(sampled < 650);
}

TEST_CASE("in a pipeline whose ids are not random, roots get rv, and children and exporters see it") {
  struct counting_ids {
    [[nodiscard]] static spanwise::trace_id generate_trace_id() { return id_with(7); }
    [[nodiscard]] static spanwise::span_id generate_span_id() {
      static spanwise::detail::atomic<std::uint64_t> last{0x0100};
      return *spanwise::span_id::from_hex("5ad3e7f1096b" +
                                          std::to_string(1000 + last.fetch_add(1, spanwise::detail::relaxed) % 9000));
    }
  };
  spanwise::options chosen = sampled_by(spanwise::parent_based{probability{1}});
  chosen.ids = counting_ids{};
  recorded trace{std::move(chosen)};
  {
    spanwise::span const root{"root"};
    spanwise::span const child{"child"};
    CHECK(!root.context().span().flags().random());
  }
  std::string const text{trace["root"].trace_state()};
  CHECK(text.starts_with("ot=th:0;rv:"));
  CHECK(text.size() == 11 + 14);
  CHECK(trace["child"].trace_state() == text);
}

TEST_CASE("that a caller's id is not known to be random is told once") {
  spanwise::detail::told_of_unknown_randomness.store(false, spanwise::detail::relaxed);
  diagnostics_log const log;
  probability const half{0.5};
  static_cast<void>(ask_root(half, id_with(5)));
  static_cast<void>(ask_below(half, parent_of(id_with(5), "", 3)));
  static_cast<void>(ask_below(half, parent_of(id_with(5), "ot=rv:ffffffffffffff", 1)));
  CHECK(log.lines().empty());
  auto const answer = ask_below(half, parent_of(id_with(5), "", 1));
  static_cast<void>(ask_below(half, parent_of(id_with(5), "", 1)));
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines()[0].find("ot=rv") != std::string::npos);
  CHECK(!answer.state); // not a root: no rv is added
}

TEST_CASE("what is known beforehand, and what it says of itself") {
  CHECK(probability{0}.fixed(parent_case::none) == sampling_decision::drop);
  CHECK(!probability{0}.fixed(parent_case::local_sampled));
  CHECK(!probability{1}.fixed(parent_case::none));
  CHECK(described(probability{0.1}) == "ProbabilitySampler{0.1}");
  CHECK(described(probability{1.0 / 3, 6}) == "ProbabilitySampler{0.3333333333333333,precision:6}");
  diagnostics_log const log;
  CHECK(probability{10}.ratio() == 1);
  CHECK(log.lines().size() == 1);
}

TEST_CASE("in a pipeline the threshold reaches children and what is exported, and a root allocates nothing") {
  recorded trace{sampled_by(spanwise::parent_based{probability{1}})};
  { spanwise::span const warm{"warm"}; }
  std::size_t const before = allocations;
  {
    spanwise::span const root{"root"};
    CHECK(allocations == before);
    CHECK(root.context().span().state().text() == "ot=th:0");
    spanwise::span const child{"child"};
    CHECK(child.context().span().state().text() == "ot=th:0");
  }
  CHECK(trace["root"].trace_state() == "ot=th:0");
  CHECK(trace["child"].trace_state() == "ot=th:0");
}

TEST_CASE("a share of random traces is kept, and all of each") {
  recorded trace{spanwise::batch_options{}, sampled_by(spanwise::parent_based{probability{0.25}})};
  for (int i = 0; i < 20'000; ++i) {
    spanwise::span const outer{"outer"};
    spanwise::span const inner{"inner"};
  }
  trace.settle();
  CHECK(trace.size() % 2 == 0);
  CHECK(trace.size() > 9'400);
  CHECK(trace.size() < 10'600);
  for (auto const& each : trace.spans()) REQUIRE(each.trace_state() == "ot=th:c");
}

TEST_CASE("rules and composites allocate nothing for a root either") {
  using namespace spanwise;
  recorded const trace{sampled_by(composite_sampler{parent_threshold{rule_based{
      rule{name_like{"all*"}, kind_is{span_kind::server}, always_on{}},
      rule{attribute_is{"route", "/a"}, probability{1}}, rule{name_is{"some"}, probability{0.5}}, always_off{}}}})};
  auto const start_all = [] {
    span const all{"all of them", {.kind = span_kind::server}};
    span const one{"one", {.parent = spanwise::root}, {"route", "/a"}};
    span const some{"some", {.parent = spanwise::root}};
    span const none{"none", {.parent = spanwise::root}};
    std::size_t const made = allocations;
    CHECK(all.context().span().state().text() == "ot=th:0");
    CHECK(one.context().span().state().text() == "ot=th:0");
    CHECK(some.recording() == (some.context().span().state().text() == "ot=th:8"));
    CHECK(!none.recording());
    return made;
  };
  static_cast<void>(start_all());
  std::size_t const before = allocations;
  CHECK(start_all() == before);
}
