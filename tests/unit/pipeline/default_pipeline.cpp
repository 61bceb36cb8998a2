#include <spanwise/pipeline/default_pipeline.hpp>

#include "diagnostics_log.hpp"
#include "probe.hpp"

#include <optional>

using namespace testing;

TEST_CASE("one after another takes the place of the one before") {
  inbox boxes[3];
  diagnostics_log log;
  std::optional<spanwise::provider> running[3];
  for (int i = 0; i < 3; ++i) running[i].emplace(spanwise::start("test", spanwise::simple{probe{boxes[i]}}));
  for (int i = 0; i < 3; ++i) {
    make_spans(1);
    CHECK(boxes[i].size() == 1);
    running[i].reset();
  }
  make_spans(1);
  CHECK(boxes[2].size() == 1);
}

TEST_CASE("one that has stopped takes no place, and neither does one that never wanted it") {
  inbox first;
  inbox beside;
  inbox third;
  diagnostics_log log;
  auto one = spanwise::start("test", spanwise::simple{probe{first}});
  spanwise::provider const own{"beside", spanwise::simple{probe{beside}}};
  auto two = spanwise::start("test", spanwise::simple{probe{third}});
  static_cast<void>(two.shutdown(1s));
  static_cast<void>(one.shutdown(1s));
  make_spans(1);
  CHECK(first.size() + beside.size() + third.size() == 0);
  auto const three = spanwise::start("test", spanwise::simple{probe{third}});
  make_spans(1);
  CHECK(third.size() == 1);
}

TEST_CASE("however starts and ends meet, the one that is left gets the spans", "[threads]") {
  diagnostics_log log;
  for (int round = 0; round < 200; ++round) {
    inbox one;
    inbox two;
    std::optional<spanwise::provider> first{spanwise::start("test", spanwise::simple{probe{one}})};
    std::optional<spanwise::provider> second;
    std::thread ending{[&] { first.reset(); }};
    second.emplace(spanwise::start("test", spanwise::simple{probe{two}}));
    if (round % 2 == 0) {
      std::thread also_ending{[&] { second.reset(); }};
      also_ending.join();
    }
    ending.join();
    make_spans(1);
    if (two.size() != (second ? 1 : 0)) FAIL("round " << round);
    second.reset();
    if (spanwise::detail::default_provider.load(spanwise::detail::seq_cst) != nullptr) FAIL("round " << round);
  }
}
