#include <spanwise/config/exporter_list.hpp>

#include "../export/export_fixture.hpp"
#include "catch.hpp"

using namespace spanwise;

namespace {

/// What the exporters of a test have done, in one text.
std::string trail;

struct station {
  std::string name;
  std::uint64_t takes = 1000;
  bool good = true;
  duration left{};

  export_result export_spans(span_batch const& batch, deadline until) {
    trail += name + " ";
    if (name == "thrower") throw 1;
    if (until != deadline::max())
      trail += "(" + std::to_string((until - deadline::now()).ns / 1'000'000'000 + 1) + "s) ";
    std::uint64_t const size = batch.records.size();
    return takes >= size ? export_result{.exported = size} : export_result{.exported = takes, .rejected = size - takes};
  }
  bool flush(deadline) {
    trail += name + "-flushed ";
    return good;
  }
  void shutdown(deadline) { trail += name + "-ended "; }
  void cancel() noexcept { trail += name + "-cancelled "; }
  [[nodiscard]] bool usable() const noexcept { return name != "unusable"; }
};

struct list_fixture {
  explicit list_fixture(std::vector<station> given, any_exporter instead = {}) : fallback{std::move(instead)} {
    trail.clear();
    detail::exporter_list list;
    for (station& one : given) list.all.push_back({any_exporter{std::move(one)}});
    node.emplace(std::move(list), detail::node_setup{setup, fallback, live});
  }
  [[nodiscard]] std::string counts() const {
    std::string all;
    node->each_counts([&](delivery_counts const& one) {
      for (std::uint64_t const count : {one.exported, one.rejected, one.failed, one.filtered})
        all += std::to_string(count) + " ";
      all += "| ";
    });
    return all;
  }

  environment env{};
  exporter_setup setup{env};
  any_exporter fallback;
  std::optional<detail::live_exporter> live;
  std::optional<detail::exporter_list_node> node;
};

} // namespace

TEST_CASE("each exporter of a list gets all spans, keeps its accounts, and the one that exported least counts") {
  list_fixture of{{{.name = "a"}, {.name = "b", .takes = 2}, {.name = "c"}}};
  sample_spans const spans{3};
  CHECK(of.node->run(spans, deadline::max()) == export_result{.exported = 2, .rejected = 1});
  CHECK(trail == "a b c ");
  CHECK(of.counts() == "3 0 0 0 | 2 1 0 0 | 3 0 0 0 | ");
  of.node->note_filtered(4);
  CHECK(of.counts() == "3 0 0 4 | 2 1 0 4 | 3 0 0 4 | ");
}

TEST_CASE("time is shared among those that are still to come") {
  list_fixture of{{{.name = "a"}, {.name = "b"}, {.name = "c"}}};
  static_cast<void>(of.node->run(sample_spans{1}, deadline::in(detail::seconds(30))));
  CHECK(trail == "a (10s) b (15s) c (30s) ");
}

TEST_CASE("flush, shutdown and cancel reach all of them, and one that fails makes a flush fail") {
  list_fixture of{{{.name = "a", .good = false}, {.name = "b"}}};
  CHECK_FALSE(of.node->flush(deadline::max()));
  of.node->cancel();
  of.node->shutdown(deadline::max());
  CHECK(trail == "a-flushed b-flushed a-cancelled b-cancelled a-ended b-ended ");
}

TEST_CASE("one that throws loses its own spans alone; the first that can't be set up is replaced by the fallback") {
  list_fixture of{{{.name = "thrower"}, {.name = "unusable"}, {.name = "unusable"}, {.name = "good"}},
                  any_exporter{station{.name = "fallback"}}};
  CHECK(of.node->run(sample_spans{2}, deadline::max()).exported == 0);
  CHECK(trail == "thrower fallback good ");
  CHECK(of.counts() == "0 0 2 0 | 2 0 0 0 | 0 0 2 0 | 2 0 0 0 | ");
  CHECK(of.node->failed() == 4);
}

TEST_CASE("with none all spans are filtered, and counted") {
  list_fixture of{{}};
  CHECK(of.node->run(sample_spans{2}, deadline::max()) == export_result{.filtered = 2});
  of.node->note_filtered(1);
  CHECK(of.counts() == "0 0 0 3 | ");
  CHECK(of.node->flush(deadline::max()));
}
