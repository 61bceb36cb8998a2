#include <spanwise/pipeline/misuse_report.hpp>

#include "diagnostics_log.hpp"
#include "probe.hpp"

#include <set>

using namespace testing;
using spanwise::misuse;

TEST_CASE("each misuse has a sentence of its own that says how to mend it") {
  std::set<std::string_view> causes;
  for (auto const& each : spanwise::detail::misuse_texts) {
    causes.insert(each.cause);
    INFO(each.sentence);
    CHECK(each.sentence.size() > 40);
    CHECK(each.sentence.back() != '.');
    CHECK(each.sentence.find(':') == each.sentence.npos); // it follows "3 times:"
  }
  CHECK(causes.size() == static_cast<std::size_t>(misuse::count));
}

TEST_CASE("misuses are told once with their number, then not again for a while") {
  spanwise::detail::tell_misuse(); // what earlier tests left
  diagnostics_log log;
  spanwise::detail::tell_misuse();
  CHECK(log.lines().empty());
  spanwise::detail::count_misuse(misuse::ended_out_of_order);
  for (int i = 0; i < 5; ++i) spanwise::detail::count_misuse(misuse::bad_any_key);
  spanwise::detail::tell_misuse();
  auto const lines = log.lines();
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].starts_with("1 time: a span ended before"));
  CHECK(lines[1].starts_with("5 times: an attribute with an empty key"));
  spanwise::detail::count_misuse(misuse::bad_any_key);
  spanwise::detail::tell_misuse();
  CHECK(log.lines().size() == 2);
}

TEST_CASE("a running pipeline tells of misuse, whichever kind it is", "[threads]") {
  bool const at_once = GENERATE(false, true);
  diagnostics_log log;
  inbox box;
  auto tracing = at_once ? spanwise::start("test", spanwise::simple{probe{box}})
                         : spanwise::start("test", spanwise::batch{probe{box}});
  {
    auto outer = std::make_unique<spanwise::span>("outer");
    spanwise::span inner{"inner"};
    outer.reset();
  }
  CHECK(tracing.flush());
  if (!at_once) std::this_thread::sleep_for(100ms);
  auto const lines = log.lines();
  CHECK(std::count_if(lines.begin(), lines.end(), [](std::string const& line) {
          return line.find("ended before a span that was started inside it") != line.npos;
        }) == 1);
  CHECK(box.size() == 2);
}
