#include <spanwise/trace/id_generator.hpp>

#include "diagnostics_log.hpp"
#include "recorded.hpp"

#include <array>
#include <atomic>
#include <memory>
#include <stdexcept>

using testing::recorded;

namespace {

spanwise::trace_id trace_of(std::uint8_t last) {
  std::array<std::uint8_t, 16> bytes{};
  bytes[15] = last;
  return spanwise::trace_id::from_bytes(bytes);
}
spanwise::span_id span_of(std::uint8_t last) {
  std::array<std::uint8_t, 8> bytes{};
  bytes[7] = last;
  return spanwise::span_id::from_bytes(bytes);
}

/// 1, 2, 3 ...
struct counting {
  std::shared_ptr<std::atomic<std::uint8_t>> traces = std::make_shared<std::atomic<std::uint8_t>>(std::uint8_t{0});
  std::shared_ptr<std::atomic<std::uint8_t>> spans = std::make_shared<std::atomic<std::uint8_t>>(std::uint8_t{0});
  spanwise::trace_id generate_trace_id() const { return trace_of(++*traces); }
  spanwise::span_id generate_span_id() const { return span_of(++*spans); }
};
struct counting_at_random : counting {
  static constexpr bool random = true;
};

} // namespace

TEST_CASE("ids come from the generator: a trace id for each root, a span id for each span, sampled or not") {
  recorded traced{{.ids = counting{}}};
  {
    spanwise::span const outer{"outer"};
    spanwise::span const inner{"inner"};
    CHECK(outer.context().span().trace_id() == trace_of(1));
    CHECK(inner.context().span().trace_id() == trace_of(1));
    CHECK(outer.context().span().span_id() == span_of(1));
    CHECK(inner.context().span().span_id() == span_of(2));
  }
  { spanwise::detached_span const other{"other"}; }
  traced.settle();
  CHECK(traced["inner"].span_id() == span_of(2));
  CHECK(traced["inner"].parent_span_id() == span_of(1));
  CHECK(traced["other"].trace_id() == trace_of(2));
  CHECK(traced["other"].span_id() == span_of(3));
}

TEST_CASE("spans that are not sampled have the generator's ids, too") {
  recorded const traced{{.sampler = spanwise::always_off{}, .ids = counting{}}};
  spanwise::span const one{"one"};
  spanwise::span const two{"two"};
  CHECK(one.context().span().trace_id() == trace_of(1));
  CHECK(two.context().span().span_id() == span_of(2));
  CHECK_FALSE(two.context().span().sampled());
}

TEST_CASE("only ids that are said to be random give roots the random flag; a child keeps that of its parent") {
  {
    recorded const traced{{.ids = counting{}}};
    spanwise::span const root{"root"};
    spanwise::span const child{"child"};
    CHECK(root.context().span().flags().value == 0x01);
    CHECK(child.context().span().flags().value == 0x01);
  }
  {
    recorded const traced{{.ids = counting_at_random{}}};
    spanwise::span const root{"root"};
    CHECK(root.context().span().flags().value == 0x03);
  }
  recorded const traced{{.ids = counting{}}};
  spanwise::context const parent{spanwise::span_context{trace_of(9), span_of(9), {0x03}}};
  spanwise::span const child{"child", {.parent = parent}};
  CHECK(child.context().span().flags().value == 0x03);
}

TEST_CASE("ids of zeros and exceptions are replaced by random ids, and told once") {
  struct zeros {
    spanwise::trace_id generate_trace_id() const { return {}; }
    spanwise::span_id generate_span_id() const { throw std::runtime_error{"none left"}; }
  };
  diagnostics_log const log;
  recorded const traced{{.ids = zeros{}}};
  spanwise::span const one{"one"};
  spanwise::span const two{"two", {.parent = spanwise::root}};
  CHECK(one.context().span().valid());
  CHECK(two.context().span().valid());
  CHECK(one.context().span().trace_id() != two.context().span().trace_id());
  CHECK(log.lines() ==
        std::vector<std::string>{"an id generator threw or gave an id of zeros; random ids stand in for those"});
}

TEST_CASE("without a generator roots are random and say so") {
  recorded const traced;
  spanwise::span const root{"root"};
  CHECK(root.context().span().flags().value == 0x03);
  CHECK(spanwise::any_id_generator{}.empty());
}

TEST_CASE("a generator that throws while it is moved is none, and told") {
  struct not_moved : counting {
    not_moved() = default;
    not_moved(not_moved const& other) : counting{other} { throw 1; }
  };
  diagnostics_log const log;
  spanwise::any_id_generator const made{not_moved{}};
  CHECK(made.empty());
  REQUIRE(log.lines().size() == 1);
  CHECK(log.lines()[0].find("the id generator that was given is not used") != std::string::npos);
}
