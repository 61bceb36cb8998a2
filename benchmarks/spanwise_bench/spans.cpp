// What a span costs the thread that makes it, in each of its kinds; where it has "literals", its attributes are four
// texts that the compiler knows. Between rounds the queue is emptied, untimed.
#include "cases.hpp"
#include "work.hpp"

#include <optional>

namespace {

using bench::order;

/// Around the measured spans: nothing, a sampled parent, or one that is not sampled.
enum class parent : std::uint8_t { none, sampled, unsampled };

template <class Operation>
void case_of(std::string_view kind, spanwise::clock_source clock, parent under, Operation&& operation) {
  std::string const name = "span/" + std::string{kind} + (clock == spanwise::clock_source::tsc ? "-tsc" : "");
  if (!bench::wanted(name, clock)) return;
  auto tracing = bench::start(clock);
  order const& of = bench::some_order();
  std::optional<spanwise::span> above;
  std::optional<spanwise::attached> unsampled;
  if (under != parent::none) above.emplace("parent");
  if (under == parent::unsampled) {
    auto const sampled = above->context();
    unsampled.emplace(spanwise::context{spanwise::span_context{sampled.span().trace_id(), sampled.span().span_id()}});
  }
  auto const round = [&] {
    for (std::size_t i = 0; i < bench::spans_a_round; ++i) operation(of);
  };
  bench::result const figures = bench::measure(name, bench::spans_a_round, round, [&] { tracing.flush(); });
  if (bench::dropped(name, tracing) == 0) bench::print(figures);
}

void with_clock(spanwise::clock_source clock) {
  case_of("off", clock, parent::sampled,
          [](order const& of) { bench::span_4<spanwise::basic_span<spanwise::off>>(of); });
  case_of("unsampled", clock, parent::unsampled, [](order const&) { spanwise::span const made{"charge a card."}; });
  case_of("unsampled-4", clock, parent::unsampled, [](order const& of) { bench::span_4(of); });
  case_of("child-0", clock, parent::sampled, [](order const&) { spanwise::span const made{"charge a card."}; });
  case_of("child-4", clock, parent::sampled, [](order const& of) { bench::span_4(of); });
  case_of("child-4-event", clock, parent::sampled, [](order const& of) { bench::span_4(of, bench::event); });
  case_of("child-4-literals", clock, parent::sampled, [](order const&) {
    spanwise::span const made{
        "charge a card.", {"http.method", "GET"}, {"http.route", "/api/v1/users"}, {"count", "42"}, {"ratio", "0.5"}};
  });
  case_of("child-4-set", clock, parent::sampled, [](order const& of) { bench::span_4_set(of); });
  case_of("root-4", clock, parent::none, [](order const& of) { bench::span_4(of); });
  case_of("detached-4", clock, parent::sampled, [](order const& of) { bench::span_4<spanwise::detached_span>(of); });
}

} // namespace

void bench::span_cases() {
  run("span/before-start", spans_a_round, [&of = some_order()] {
    for (std::size_t i = 0; i < spans_a_round; ++i) span_4(of);
  });
  with_clock(spanwise::clock_source::monotonic);
  with_clock(spanwise::clock_source::tsc);
}
