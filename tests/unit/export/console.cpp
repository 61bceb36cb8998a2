#include <spanwise/export/console.hpp>

#include "catch.hpp"
#include "wire_writer.hpp"

#include <cstdlib>

using namespace testing;
using spanwise::console;

static_assert(spanwise::exporter<spanwise::sender<console>>);

namespace {

constexpr std::uint64_t noon = 1'700'000'000'123'000'000; // 22:13:20.123 UTC
constexpr char const* trace = "3f9a1c5be27d4d0b8c6e0a47d15f2b01";

std::string id(unsigned number) {
  char text[17];
  std::snprintf(text, sizeof text, "%016x", number);
  return text;
}

wire_writer span_of(unsigned own, unsigned parent, std::string_view name, std::uint64_t from_us, std::uint64_t to_us,
                    std::uint32_t flags = 0x103) {
  return span_message(trace, id(own), parent == 0 ? "" : id(parent), name, noon + from_us * 1000, noon + to_us * 1000,
                      1, flags);
}

struct exporting {
  explicit exporting(console described = {}) : target{prepared(described), setup} {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
    resource.set({"service.name", "shop"});
  }

  std::string text;
  spanwise::environment env{{"LANG", "C.UTF-8"}, {"TERM", "xterm"}};
  spanwise::exporter_setup setup{env};
  spanwise::sender<console> target;
  spanwise::resource resource;
  static inline spanwise::scope_list scopes; // keeps its entries for good

  spanwise::export_result add(std::initializer_list<wire_writer> messages, std::uint16_t scope = 0) {
    record_store store;
    for (wire_writer const& each : messages) store.add(each, scope);
    return target.export_spans({resource, scopes, store.records()}, {});
  }
  std::string taken() { return std::exchange(text, {}); }

private:
  console prepared(console described) {
    described.write = [](std::string_view drawn, void* user) noexcept { *static_cast<std::string*>(user) += drawn; };
    described.user = &text;
    return described;
  }
};

} // namespace

TEST_CASE("a trace is shown when its root ends") {
  exporting run{{.width = 80}};
  CHECK(run.add({span_of(2, 1, "charge card", 500, 1110)}) == spanwise::export_result{.exported = 1});
  CHECK(run.taken().empty());
  run.add({span_of(1, 0, "place order", 0, 1240).message(9, key_value("order.items", any(3)))});
  CHECK(run.taken() == "trace 3f9a1c5be27d4d0b8c6e0a47d15f2b01  22:13:20.123  1.24 ms  2 spans\n"
                       "shop  place order    1.24 ms  ━━━━━━━━━━━━━━━━━━━━━━━━  order.items=3\n"
                       "      └ charge card  0.61 ms           ╺━━━━━━━━━━━╸\n");
}

TEST_CASE("everything that a span can hold is shown") {
  exporting run{{.width = 120, .scopes = true}};
  exporting::scopes.find_or_add(1, "", "", "");
  exporting::scopes.find_or_add(2, "acme.orders", "1.8.3", "");
  wire_writer event;
  event.fixed64(1, noon + 200'000).bytes(2, "cache miss").message(3, key_value("key", any_array({any("a"), any(1)})));
  wire_writer link;
  link.bytes(1, unhex("11111111111111111111111111111111")).bytes(2, unhex("2222222222222222"));
  run.add({span_of(1, 7, "GET /", 0, 1000, 0x303)
               .varint(6, 2)
               .message(9, key_value("ratio", any(0.25)))
               .message(11, event)
               .message(13, link)
               .message(15, wire_writer{}.bytes(2, "boom").varint(3, 2))
               .varint(10, 1)
               .varint(12, 2)},
          1);
  std::string const text = run.taken();
  for (char const* part :
       {"✗ GET / [server]", "ratio=0.25", "otel.scope.name=acme.orders", "otel.scope.version=1.8.3", "boom",
        "1 attribute dropped", "2 events dropped", "• cache miss", "+0.20 ms", "key=[\"a\",1]",
        "→ span 2222222222222222 of trace 11111111111111111111111111111111", "called by span 0000000000000007"}) {
    INFO(text);
    CHECK(text.find(part) != std::string::npos);
  }
}

TEST_CASE("attributes and events can be left out") {
  exporting run{{.attributes = false, .events = false}};
  run.add({span_of(1, 0, "x", 0, 1).message(9, key_value("k", any(1))).message(11, wire_writer{}.bytes(2, "e"))});
  std::string const text = run.taken();
  CHECK(text.find("k=1") == std::string::npos);
  CHECK(text.find("•") == std::string::npos);
}

TEST_CASE("flush and shutdown show what waits for its root, and after shutdown nothing is taken") {
  exporting run;
  run.add({span_of(2, 1, "charge card", 500, 1110)});
  CHECK(run.target.flush({}));
  std::string text = run.taken();
  CHECK(text.find("charge card") != std::string::npos);
  CHECK(text.find("within span 0000000000000001, which has not ended") != std::string::npos);
  run.add({span_of(3, 1, "send mail", 500, 1110)});
  run.target.shutdown({});
  text = run.taken();
  CHECK(text.substr(0, 7) == "\ntrace ");
  CHECK(text.find("send mail") != std::string::npos);
  CHECK(run.add({span_of(1, 0, "place order", 0, 1240)}) == spanwise::export_result{.failed = 1});
  run.target.shutdown({});
  CHECK(run.taken().empty());
}

TEST_CASE("no more is held than the bounds allow") {
  exporting run{{.max_spans = 10}};
  for (unsigned at = 2; at <= 11; ++at) run.add({span_of(at, 1, "step", 0, 1)});
  CHECK(run.taken().empty());
  run.add({span_of(12, 1, "step", 0, 1)});
  CHECK(run.taken().find("11 spans") != std::string::npos);
  exporting small{{.max_bytes = 1000}};
  for (unsigned at = 2; at <= 30; ++at) small.add({span_of(at, 1, "step", 0, 1)});
  CHECK_FALSE(small.taken().empty());
}

TEST_CASE("a trace whose root takes long is shown in parts") {
  exporting run{{.max_wait_ms = 0}};
  run.add({span_of(2, 1, "first", 0, 1)});
  run.add({span_of(3, 1, "second", 0, 1)});
  CHECK(run.taken().find("first") != std::string::npos);
}

TEST_CASE("spans may be held back for as long as there is time") {
  exporting run{{.max_wait_ms = INT64_MAX}};
  run.add({span_of(2, 1, "first", 0, 1)});
  CHECK(run.taken().empty());
}

TEST_CASE("a span that ends before it starts took no time, and the drawing says so") {
  exporting run;
  run.add({span_of(1, 0, "place order", 5, 4)});
  std::string const text = run.taken();
  CHECK(text.find("place order  0 ns") != std::string::npos);
  CHECK(text.find("-1") == std::string::npos);
  CHECK(text.find("ends before it starts") != std::string::npos);
}

TEST_CASE("text goes to a stream, without colours where that is no terminal") {
  std::FILE* const file = std::tmpfile();
  REQUIRE(file != nullptr);
  spanwise::environment const env{{"LANG", "C"}, {"TERM", "xterm"}};
  spanwise::exporter_setup const setup{env};
  spanwise::sender<console> target{console{.stream = file}, setup};
  record_store store;
  store.add(span_of(1, 0, "place order", 0, 1240));
  spanwise::resource const resource;
  target.export_spans({resource, exporting::scopes, store.records()}, {});
  std::rewind(file);
  char text[2000]{};
  std::size_t const size = std::fread(text, 1, sizeof text - 1, file);
  std::fclose(file);
  std::string_view const drawn{text, size};
  CHECK(drawn.find("place order  1.24 ms  ====") != std::string_view::npos);
  CHECK(drawn.find('\x1b') == std::string_view::npos);
}

TEST_CASE("colours and characters can be chosen") {
  exporting run{{.colors = true, .unicode = false}};
  run.add({span_of(1, 0, "place order", 0, 1240)});
  std::string const text = run.taken();
  CHECK(text.find("\x1b[36m") != std::string::npos);
  CHECK(text.find("====") != std::string::npos);
}

TEST_CASE("garbage is drawn without harm") {
  exporting run;
  CHECK(run.add({wire_writer{}.raw("\x0a\xff\x01 garbage"), wire_writer{}, span_of(1, 0, "\x1b[2J\xff", 5, 1)})
            .exported == 3);
  CHECK(run.taken().find('\x1b') == std::string::npos);
}
