#include <spanwise/export/memory.hpp>

#include "catch.hpp"
#include "wire_writer.hpp"

#include <thread>

using namespace testing;
using spanwise::memory;
using spanwise::memory_sink;

static_assert(spanwise::exporter<spanwise::sender<memory>>);

namespace {

wire_writer span_named(std::string_view name) {
  return span_message("3f9a1c5be27d4d0b8c6e0a47d15f2b93", "5ad3e7f1096b2c48", "", name, 1, 2)
      .message(9, key_value("n", any(3)));
}

struct exporting {
  memory_sink sink;
  spanwise::environment env{};
  spanwise::exporter_setup setup{env};
  spanwise::sender<memory> target{memory{sink}, setup};
  spanwise::resource resource;
  static inline spanwise::scope_list scopes; // keeps its entries for good

  spanwise::export_result operator()(std::initializer_list<char const*> names, std::uint16_t scope = 0) {
    record_store store;
    for (char const* name : names) store.add(span_named(name), scope);
    return target.export_spans({resource, scopes, store.records()}, {});
  }
};

} // namespace

TEST_CASE("spans are kept in order, with copies of all that they show") {
  exporting run;
  run.resource.set({"service.name", "shop"});
  exporting::scopes.find_or_add(1, "", "", "");
  exporting::scopes.find_or_add(2, "acme.orders", "1.8.3", "https://example.org/s");
  CHECK(run({"a", "b"}) == spanwise::export_result{.exported = 2});
  CHECK(run({"c"}, 1).exported == 1);
  run.resource.set({"service.name", "changed later"});

  auto const spans = run.sink.spans();
  REQUIRE(spans.size() == 3);
  CHECK(spans[0].name() == "a");
  CHECK(spans[1].name() == "b");
  CHECK(spans[2].name() == "c");
  CHECK(spans[0].attribute("n").as_int() == 3);
  CHECK(spans[0].scope_name().empty());
  CHECK(spans[2].scope_name() == "acme.orders");
  CHECK(spans[2].scope_version() == "1.8.3");
  CHECK(spans[2].scope_schema_url() == "https://example.org/s");
  CHECK(spans[2].resource().text("service.name") == "shop");
  run.sink.clear();
  CHECK(run.sink.size() == 0);
  CHECK(spans[2].name() == "c");
}

TEST_CASE("a span can be found by its name") {
  exporting run;
  run({"a", "b"});
  REQUIRE(run.sink.find("b"));
  CHECK(run.sink.find("b")->name() == "b");
  CHECK_FALSE(run.sink.find("c"));
}

TEST_CASE("after shutdown nothing is taken, and what there is stays") {
  exporting run;
  run({"a"});
  run.target.shutdown({});
  CHECK(run({"b", "c"}) == spanwise::export_result{.failed = 2});
  CHECK(run.sink.size() == 1);
}

TEST_CASE("a test can wait for spans from another thread") {
  exporting run;
  CHECK_FALSE(run.sink.wait_for(1, std::chrono::milliseconds{1}));
  std::thread other{[&] { run({"a", "b"}); }};
  CHECK(run.sink.wait_for(2));
  other.join();
}
