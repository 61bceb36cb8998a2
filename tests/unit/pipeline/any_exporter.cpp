#include <spanwise/pipeline/any_exporter.hpp>

#include "diagnostics_log.hpp"
#include "probe.hpp"

#include <stdexcept>

using namespace testing;

/// A description whose sender can't be set up, in one way or another.
struct broken {
  bool throws = false;
};

template <class Client> struct spanwise::sender<broken, Client> {
  sender(broken described, spanwise::exporter_setup const&) {
    if (described.throws) throw std::runtime_error{"no connection"};
  }
  [[nodiscard]] bool usable() const noexcept { return false; }
  spanwise::export_result export_spans(spanwise::span_batch const& batch, spanwise::deadline) noexcept {
    return {.exported = batch.records.size()}; // nobody should ask
  }
};

namespace {

struct plain {
  inbox box;
  std::shared_ptr<int> made = std::make_shared<int>(0);

  plain(inbox to, std::shared_ptr<int> count) : box{std::move(to)}, made{std::move(count)} {}
  plain(plain const& other) : box{other.box}, made{other.made} { ++*made; }
  spanwise::export_result export_spans(spanwise::span_batch const& batch, spanwise::deadline) {
    return box.take(batch);
  }
};

} // namespace

TEST_CASE("without a fallback the spans of an exporter that can't be set up are discarded and counted") {
  bool const throws = GENERATE(false, true);
  diagnostics_log log;
  auto tracing = spanwise::start("test", spanwise::batch{broken{throws}});
  CHECK(tracing.running());
  make_spans(3);
  CHECK_FALSE(tracing.flush());
  auto const end = tracing.shutdown(1s);
  CHECK(end.exported == 0);
  CHECK(end.dropped == 3);
  CHECK(tracing.stats().branches[0].failed == 3);
  CHECK(log.lines().size() == (throws ? 1 : 0)); // one that says it is not usable has told why itself
}

TEST_CASE("the fallback takes over from an exporter that can't be set up, with all that an exporter does",
          "[threads]") {
  bool const throws = GENERATE(false, true);
  inbox box;
  gate door;
  diagnostics_log log;
  probe made{box, [=](spanwise::span_batch const& batch, spanwise::deadline) mutable {
               if (batch.records.size() == 1) door.wait();
               return box.take(batch);
             }};
  made.on_cancel = [door]() mutable { door.open(); };
  auto tracing = spanwise::start("test", spanwise::batch{broken{throws}}, {.fallback = std::move(made)});
  make_spans(3);
  CHECK(tracing.flush());
  CHECK(box.size() == 3);
  CHECK(box->flushes == 1);
  make_spans(1); // hangs until it is cancelled
  auto const end = tracing.shutdown(200ms);
  CHECK(end.exported == 4);
  CHECK(box->cancels == 1);
  CHECK(box->shutdowns == 1);
  check_accounts(tracing.stats(), {box}, end);
}

TEST_CASE("the fallback steps in for one branch only") {
  inbox good;
  inbox spare;
  diagnostics_log log;
  auto tracing =
      spanwise::start("test", spanwise::simple{spanwise::tee{probe{good}, broken{}}}, {.fallback = probe{spare}});
  make_spans(3);
  auto const end = tracing.shutdown(1s);
  CHECK(end.exported == 3);
  check_accounts(tracing.stats(), {good, spare}, end);
}

TEST_CASE("where several branches fail, the fallback gets each span once, for the first of them") {
  inbox spare;
  inbox nobody;
  diagnostics_log log;
  auto tracing =
      spanwise::start("test", spanwise::simple{spanwise::tee{broken{}, broken{}}}, {.fallback = probe{spare}});
  make_spans(3);
  auto const end = tracing.shutdown(1s);
  CHECK(spare.size() == 3);
  CHECK(end.dropped == 3); // by the second branch
  check_accounts(tracing.stats(), {spare, nobody}, end);
}

TEST_CASE("a fallback that is not needed is never set up") {
  inbox box;
  auto const copies = std::make_shared<int>(0);
  spanwise::any_exporter const spare{plain{box, copies}};
  int const before = *copies;
  {
    auto tracing = spanwise::start("test", spanwise::simple{probe{box}}, {.fallback = spare});
    make_spans(1);
  }
  CHECK(*copies == before);
  CHECK(box.size() == 1);
}

TEST_CASE("a fallback that can be copied serves several pipelines") {
  inbox box;
  diagnostics_log log;
  spanwise::any_exporter const spare{plain{box, std::make_shared<int>(0)}};
  for (int i = 0; i < 3; ++i) {
    auto tracing = spanwise::start("test", spanwise::simple{broken{}}, {.fallback = spare});
    make_spans(1);
  }
  CHECK(box.size() == 3);
}

TEST_CASE("a fallback that can't be set up either is told of, and spans are discarded") {
  diagnostics_log log;
  auto tracing = spanwise::start("test", spanwise::simple{broken{true}}, {.fallback = broken{true}});
  make_spans(2);
  auto const end = tracing.shutdown(1s);
  CHECK(end.dropped == 2);
  CHECK(log.lines().size() == 2);
}

TEST_CASE("an empty fallback is none") {
  CHECK(spanwise::any_exporter{}.empty());
}

TEST_CASE("what is held says whether it could be set up") {
  struct without_a_word {
    spanwise::export_result export_spans(spanwise::span_batch const&, spanwise::deadline) { return {}; }
  };
  struct with_one : without_a_word {
    bool good = true;
    [[nodiscard]] bool usable() const {
      if (!good) throw std::runtime_error{"asked too much"};
      return good;
    }
  };
  spanwise::environment const env;
  spanwise::exporter_setup const setup{env};
  CHECK(spanwise::any_exporter{without_a_word{}}.make(setup).usable());
  CHECK(spanwise::any_exporter{with_one{}}.make(setup).usable());
  CHECK_FALSE(spanwise::any_exporter{with_one{{}, false}}.make(setup).usable());
}
