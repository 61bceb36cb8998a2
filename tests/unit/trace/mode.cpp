#include <spanwise/trace/mode.hpp>

#include <spanwise/trace/off.hpp>

#include "recorded.hpp"

#include <type_traits>

namespace {

inline constexpr spanwise::basic_tracer<spanwise::off> quiet{"acme.quiet", "1"};
inline constexpr spanwise::basic_tracer<spanwise::on> loud{"acme.loud", "1"};

} // namespace

static_assert(std::is_same_v<spanwise::default_mode, spanwise::on>);
static_assert(std::is_same_v<spanwise::span, spanwise::basic_span<spanwise::on>>);
static_assert(std::is_empty_v<spanwise::basic_span<spanwise::off>>);

TEST_CASE("one tracer off among others: its spans are nothing, those inside them belong to what is around") {
  testing::recorded trace;
  {
    auto const outer = loud.span("outer");
    auto const nothing = quiet.span("nothing", {"a", 1});
    auto const job = quiet.detached("nothing");
    auto const active = job.activate();
    auto const inner = loud.span("inner");
    quiet.in("nothing", [](auto& span) { span.set("a", 1); });
  }
  CHECK(trace.size() == 2);
  CHECK(trace["inner"].parent_span_id() == trace["outer"].span_id());
}
