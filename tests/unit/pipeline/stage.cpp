#include <spanwise/pipeline/stage.hpp>

#include "probe.hpp"

using namespace testing;

namespace {

struct keeps {
  bool keep(spanwise::span_view const&) const { return true; }
};
struct processes {
  template <class Next> void process(spanwise::span_batch const& batch, Next const& next) { next(batch); }
};
struct neither {
  bool keep(int) const { return true; }
};

static_assert(spanwise::stage<keeps>);
static_assert(spanwise::stage<processes>);
static_assert(!spanwise::stage<neither>);
static_assert(!spanwise::stage<probe>);

} // namespace

TEST_CASE("a filter lets the spans go on for which its function is true, and may keep count") {
  inbox box;
  int asked = 0;
  auto tracing =
      spanwise::start("test", spanwise::batch{spanwise::filter{[&asked](spanwise::span_view const& finished) {
                                                ++asked;
                                                return finished.name() != "health";
                                              }},
                                              spanwise::filter{[](auto const& finished) {
                                                return finished.status() != spanwise::status_code::error;
                                              }},
                                              probe{box}});
  make_spans(4);
  make_spans(3, "health");
  {
    spanwise::span bad{"bad"};
    bad.error("no");
  }
  auto const end = tracing.shutdown(5s);
  CHECK(asked == 8);
  CHECK(box.names() == std::vector<std::string>(4, "work"));
  CHECK(tracing.stats().branches[0].filtered == 4);
  check_accounts(tracing.stats(), {box}, end);
}

TEST_CASE("a stage sees what was overwritten with its last value only") {
  inbox box;
  std::vector<std::string> seen;
  auto tracing = spanwise::start("test", spanwise::simple{spanwise::filter{[&](spanwise::span_view const& finished) {
                                                            for (auto const& each : finished.attributes())
                                                              seen.emplace_back(each.value.as_string());
                                                            seen.emplace_back(finished.name());
                                                            return true;
                                                          }},
                                                          probe{box}});
  {
    spanwise::span one{"first name", {"key", "first"}};
    one.set("key", "last");
    one.update_name("last name");
  }
  CHECK(seen == std::vector<std::string>{"last", "last name"});
}

TEST_CASE("a stage of a simple pipeline runs on the thread that ends the span, and may make spans, which are none") {
  inbox box;
  auto tracing = spanwise::start("test", spanwise::simple{spanwise::filter{[](spanwise::span_view const&) {
                                                            spanwise::span own{"own"};
                                                            return true;
                                                          }},
                                                          probe{box}});
  make_spans(3);
  auto const end = tracing.shutdown(5s);
  CHECK(box.size() == 3);
  CHECK(tracing.stats().spans.started == 3);
  check_accounts(tracing.stats(), {box}, end);
}
