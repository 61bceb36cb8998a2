#include <spanwise/trace/span.hpp>

#include "recorded.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

using spanwise::span_kind;
using spanwise::status_code;
using testing::recorded;
using testing::shown;

namespace {

spanwise::span_context elsewhere(bool sampled, bool remote = true, std::string_view state = {}) {
  auto const flags = spanwise::trace_flags{static_cast<std::uint8_t>(sampled ? 0x03 : 0x02)};
  return {*spanwise::trace_id::from_hex("3f9a1c5be27d4d0b8c6e0a47d15f2b93"), *spanwise::span_id::from_hex("5ad3e7f1096b2c48"),
          flags, *spanwise::trace_state::parse(state), remote};
}

} // namespace

static_assert(sizeof(spanwise::span) <= 640);
static_assert(!std::is_copy_constructible_v<spanwise::span> && !std::is_move_constructible_v<spanwise::span>);
static_assert(!std::is_default_constructible_v<spanwise::span>);

TEST_CASE("a span arrives with what it was given when it goes out of scope") {
  recorded trace;
  {
    spanwise::span span{"place order", {"order.id", "A-17"}, {"order.items", 3}};
    span.set("order.total", 12.5);
    CHECK(span.recording());
    CHECK(trace.size() == 0);
  }
  auto const order = trace.only();
  CHECK(order.name() == "place order");
  CHECK(shown(order.attributes()) == "{order.id: \"A-17\", order.items: 3, order.total: 12.5}");
  CHECK(order.kind() == span_kind::internal);
  CHECK(order.status() == status_code::unset);
  CHECK(order.trace_id().valid());
  CHECK(order.span_id().valid());
  CHECK(!order.parent_span_id().valid());
  CHECK(order.trace_state().empty());
  CHECK(order.flags() == (0x03U | spanwise::span_view::remote_known));
  CHECK(order.dropped_attributes() == 0);
}

TEST_CASE("up to eight attributes at the start, in their order") {
  recorded trace;
  { spanwise::span const span{"x", {"a", 1}, {"b", 2}, {"c", 3}, {"d", 4}, {"e", 5}, {"f", 6}, {"g", 7}, {"h", 8}}; }
  CHECK(trace.attributes() == "{a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 8}");
}

TEST_CASE("an empty name is a name") {
  recorded trace;
  { spanwise::span const span{""}; }
  CHECK(trace.only().name().empty());
}

TEST_CASE("a name is kept as it is, however long") {
  recorded trace;
  std::string const name(10'000, 'n');
  { spanwise::span const span{name, {"a", 1}}; }
  CHECK(trace.only().name() == name);
  CHECK(trace.attributes() == "{a: 1}");
}

TEST_CASE("kinds") {
  recorded trace;
  { spanwise::span const span{"internal", {}}; }
  { spanwise::span const span{"server", span_kind::server}; }
  { spanwise::span const span{"client", span_kind::client, {"a", 1}}; }
  { spanwise::span const span{"producer", {.kind = span_kind::producer}}; }
  { spanwise::span const span{"consumer", {.kind = span_kind::consumer}, {"a", 1}}; }
  CHECK(trace["internal"].kind() == span_kind::internal);
  CHECK(trace["server"].kind() == span_kind::server);
  CHECK(trace["client"].kind() == span_kind::client);
  CHECK(trace["producer"].kind() == span_kind::producer);
  CHECK(trace["consumer"].kind() == span_kind::consumer);
}

TEST_CASE("the parent is the span around") {
  recorded trace;
  {
    spanwise::span const outer{"outer"};
    { spanwise::span const first{"first"}; }
    spanwise::span const second{"second"};
    spanwise::span const inner{"inner"};
  }
  auto const outer = trace["outer"];
  CHECK(trace["first"].parent_span_id() == outer.span_id());
  CHECK(trace["second"].parent_span_id() == outer.span_id());
  CHECK(trace["inner"].parent_span_id() == trace["second"].span_id());
  for (auto const& each : trace.spans()) {
    CHECK(each.trace_id() == outer.trace_id());
    CHECK((each.flags() & spanwise::span_view::remote) == 0);
  }
}

TEST_CASE("an ended span is no parent any more, though its scope goes on") {
  recorded trace;
  {
    spanwise::span outer{"outer"};
    outer.end();
    spanwise::span const next{"next"};
  }
  CHECK(!trace["next"].parent_span_id().valid());
  CHECK(trace["next"].trace_id() != trace["outer"].trace_id());
}

TEST_CASE("parent: a context from elsewhere, remote and sampled") {
  recorded trace;
  {
    spanwise::context const caller{elsewhere(true, true, "a=1,b=2")};
    spanwise::span const span{"handle", {.kind = span_kind::server, .parent = caller}};
    CHECK(span.context().span().state().text() == "a=1,b=2");
    CHECK(!span.context().span().remote());
    spanwise::span const inner{"inner"};
  }
  auto const handle = trace["handle"];
  CHECK(handle.trace_id() == elsewhere(true).trace_id());
  CHECK(handle.parent_span_id() == elsewhere(true).span_id());
  CHECK(handle.trace_state() == "a=1,b=2");
  CHECK(handle.flags() == (0x03U | spanwise::span_view::remote_known | spanwise::span_view::remote));
  CHECK(handle.local_root());
  CHECK(trace["inner"].parent_span_id() == handle.span_id());
  CHECK(trace["inner"].trace_state() == "a=1,b=2");
  CHECK(!trace["inner"].local_root());
}

TEST_CASE("parent: a context that says not sampled leaves out the whole tree below it") {
  recorded trace;
  {
    spanwise::context const caller{elsewhere(false)};
    spanwise::span span{"handle", {.parent = caller}};
    span.set("a", 1);
    CHECK(!span.recording());
    CHECK(span.context().span().trace_id() == caller.span().trace_id());
    CHECK(span.context().span().span_id().valid());
    CHECK(span.context().span().span_id() != caller.span().span_id());
    CHECK(!span.context().span().sampled());
    CHECK(span.context().span().flags().random());
    spanwise::span const inner{"inner"};
    CHECK(inner.context().span().trace_id() == caller.span().trace_id());
    CHECK(!inner.recording());
  }
  CHECK(trace.size() == 0);
  CHECK(trace.counts().sampled_out == 2);
}

TEST_CASE("parent: flags beyond sampled and random are not passed on, and random is not made up") {
  recorded trace;
  auto const with_flags = [](std::uint8_t flags) {
    return spanwise::context{spanwise::span_context{elsewhere(true).trace_id(), elsewhere(true).span_id(), {flags}}};
  };
  {
    spanwise::span const all{"all", {.parent = with_flags(0xff)}};
    CHECK(all.context().span().flags().value == 0x03);
  }
  {
    spanwise::span const old{"old", {.parent = with_flags(0x01)}};
    CHECK(old.context().span().flags().value == 0x01);
  }
  CHECK((trace["all"].flags() & 0xff) == 0x03);
  CHECK((trace["old"].flags() & 0xff) == 0x01);
}

TEST_CASE("parent: root starts a new trace inside another") {
  recorded trace;
  {
    spanwise::span const outer{"outer"};
    spanwise::span const fresh{"fresh", {.parent = spanwise::root}};
    spanwise::span const below{"below"};
  }
  CHECK(!trace["fresh"].parent_span_id().valid());
  CHECK(trace["fresh"].trace_id() != trace["outer"].trace_id());
  CHECK(trace["below"].parent_span_id() == trace["fresh"].span_id());
}

TEST_CASE("parent: an empty context, or one with half an id, is none") {
  recorded trace;
  {
    spanwise::span const outer{"outer"};
    spanwise::span const empty{"empty", {.parent = spanwise::context{}}};
    spanwise::context const no_span{spanwise::span_context{elsewhere(true).trace_id(), spanwise::span_id{}, {0x01}}};
    spanwise::span const half{"half", {.parent = no_span}};
  }
  for (auto const* name : {"empty", "half"}) {
    CHECK(!trace[name].parent_span_id().valid());
    CHECK(trace[name].trace_id() != trace["outer"].trace_id());
  }
  CHECK(trace["half"].trace_id() != elsewhere(true).trace_id());
}

TEST_CASE("a root takes no trace state from where it was made") {
  recorded trace;
  spanwise::context const caller{elsewhere(true, true, "a=1")};
  auto const scope = spanwise::attach(caller);
  { spanwise::span const fresh{"fresh", {.parent = spanwise::root}}; }
  { spanwise::span const child{"child"}; }
  CHECK(trace["fresh"].trace_state().empty());
  CHECK(trace["child"].trace_state() == "a=1");
}

TEST_CASE("baggage travels with the spans below, also below a root") {
  recorded trace;
  auto const scope = spanwise::attach(spanwise::context{{}, spanwise::baggage{}.set("tenant", "blue")});
  {
    spanwise::span const outer{"outer"};
    spanwise::span const fresh{"fresh", {.parent = spanwise::root}};
    CHECK(outer.context().baggage().get("tenant") == "blue");
    CHECK(spanwise::current_context().baggage().get("tenant") == "blue");
  }
  for (auto const& each : trace.spans()) CHECK(each.attributes().empty()); // it is never copied to them
}

TEST_CASE("a link to the future: a span is a parent after its end") {
  recorded trace;
  std::optional<spanwise::span> first{std::in_place, "first"};
  spanwise::context const kept = first->context();
  first.reset();
  { spanwise::span const next{"next", {.parent = kept}}; }
  CHECK(trace["next"].parent_span_id() == trace["first"].span_id());
}

TEST_CASE("context() is the same before and after the end") {
  recorded trace;
  spanwise::span span{"x"};
  spanwise::context const before = span.context();
  span.end();
  CHECK(span.context().span() == before.span());
  CHECK(trace.only().span_id() == before.span().span_id());
}

TEST_CASE("nothing changes a span after its end") {
  recorded trace;
  {
    spanwise::span span{"x", {"a", 1}};
    span.end();
    CHECK(!span.recording());
    span.set("a", 2);
    span.set({"b", 2}, {"c", 3});
    span.set("d", {1, 2});
    span.event("late", {"a", 1});
    span.link(elsewhere(true));
    span.error("late");
    span.ok();
    span.update_name("late");
    span.record_exception(std::string{"late"});
    span.record_failure(std::string{"late"});
    CHECK(!span.check(false));
    span.end();
    span.end(spanwise::time_point{1});
  }
  auto const span = trace.only();
  CHECK(span.name() == "x");
  CHECK(trace.attributes() == "{a: 1}");
  CHECK(span.events().empty());
  CHECK(span.links().empty());
  CHECK(span.status() == status_code::unset);
}

TEST_CASE("the first end counts") {
  recorded trace;
  {
    spanwise::span span{"x"};
    span.end(spanwise::time_point{2'000'000'000'000'000'000});
    span.end(spanwise::time_point{3'000'000'000'000'000'000});
  }
  CHECK(trace.only().end() == spanwise::time_point{2'000'000'000'000'000'000});
}

TEST_CASE("start and end can be told, in any clock's type, and are kept as told") {
  using namespace std::chrono;
  recorded trace;
  sys_time<milliseconds> const start{1'700'000'000'123ms};
  {
    spanwise::span span{"past", {.start = start}};
    span.end(sys_seconds{1'700'000'001s});
  }
  {
    spanwise::span span{"backwards", {.start = start}};
    span.end(start - hours{1});
  }
  CHECK(trace["past"].start().unix_ns == 1'700'000'000'123'000'000);
  CHECK(trace["past"].end().unix_ns == 1'700'000'001'000'000'000);
  CHECK(trace["backwards"].start().unix_ns == 1'700'000'000'123'000'000);
  CHECK(trace["backwards"].end().unix_ns == 1'699'996'400'123'000'000);
}

TEST_CASE("with only the start told, the end is now") {
  using namespace std::chrono;
  recorded trace;
  auto const before = spanwise::time_point{system_clock::now() - seconds{1}};
  { spanwise::span const span{"x", {.start = system_clock::now() - seconds{10}}}; }
  auto const span = trace.only();
  CHECK(span.end() > before);
  CHECK(span.end().unix_ns - span.start().unix_ns > 9'900'000'000);
  CHECK(span.end().unix_ns - span.start().unix_ns < 60'000'000'000);
}

TEST_CASE("times are those of the wall clock, and never run backwards") {
  using namespace std::chrono;
  recorded trace;
  auto const before = spanwise::time_point{system_clock::now()};
  for (int i = 0; i < 100; ++i) {
    spanwise::span const outer{"outer"};
    spanwise::span const inner{"inner"};
  }
  auto const after = spanwise::time_point{system_clock::now()};
  for (auto const& each : trace.spans()) {
    CHECK(each.start().unix_ns > before.unix_ns - 1'000'000);
    CHECK(each.end().unix_ns < after.unix_ns + 1'000'000);
    CHECK(each.end() >= each.start());
  }
}

TEST_CASE("a new name replaces the old one, each time") {
  recorded trace;
  {
    spanwise::span span{"GET", {"a", 1}};
    span.update_name("GET /orders/{id}");
    span.set("b", 2);
    span.update_name("");
    span.update_name("GET /orders");
  }
  CHECK(trace.only().name() == "GET /orders");
  CHECK(trace.attributes() == "{a: 1, b: 2}");
}

TEST_CASE("links at the start and later, in their order, with what the linked context says") {
  recorded trace;
  spanwise::span_context const local = elsewhere(true, false);
  {
    spanwise::span span{"x", {.links = {{elsewhere(true, true, "a=1"), {{"n", 1}}}, {local}}}};
    span.link(elsewhere(false), {"n", 3}, {"m", "4"});
  }
  std::vector<spanwise::link_view> links;
  for (auto const& each : trace.only().links()) links.push_back(each);
  REQUIRE(links.size() == 3);
  for (auto const& each : links) {
    CHECK(each.trace_id() == local.trace_id());
    CHECK(each.span_id() == local.span_id());
    CHECK(each.dropped_attributes() == 0);
  }
  CHECK(links[0].trace_state() == "a=1");
  CHECK(links[0].flags() == 0x303);
  CHECK(shown(links[0].attributes()) == "{n: 1}");
  CHECK(links[1].flags() == 0x103);
  CHECK(shown(links[1].attributes()) == "{}");
  CHECK(links[2].flags() == 0x302);
  CHECK(shown(links[2].attributes()) == "{n: 3, m: \"4\"}");
}

TEST_CASE("a link to nowhere is kept only if it says something") {
  recorded trace;
  {
    spanwise::span span{"x", {.links = {{spanwise::span_context{}}}}};
    span.link({});
    span.link({}, {"why", "lost"});
    span.link(spanwise::span_context{}.with_state(*spanwise::trace_state::parse("a=1")));
    span.link({}, {"why", std::optional<int>{}});
  }
  std::vector<spanwise::link_view> links;
  for (auto const& each : trace.only().links()) links.push_back(each);
  REQUIRE(links.size() == 2);
  CHECK(!links[0].span_id().valid());
  CHECK(shown(links[0].attributes()) == "{why: \"lost\"}");
  CHECK(links[1].trace_state() == "a=1");
  CHECK(trace.only().dropped_links() == 0);
}

TEST_CASE("events in their order, at the time of the call or at the time they are given") {
  using namespace std::chrono;
  recorded trace;
  {
    spanwise::span span{"x"};
    span.event("first");
    span.event("second", {"n", 2}, {"text", "t"});
    span.event("told", sys_seconds{1'000'000'000s}, {"n", 3});
    span.event("", {"n", 4});
  }
  auto const span = trace.only();
  std::vector<spanwise::event_view> events;
  for (auto const& each : span.events()) events.push_back(each);
  REQUIRE(events.size() == 4);
  CHECK(events[0].name() == "first");
  CHECK(events[0].time() >= span.start());
  CHECK(events[1].time() >= events[0].time());
  CHECK(span.end() >= events[1].time());
  CHECK(shown(events[1].attributes()) == "{n: 2, text: \"t\"}");
  CHECK(events[2].time().unix_ns == 1'000'000'000'000'000'000);
  CHECK(shown(events[2].attributes()) == "{n: 3}");
  CHECK(events[3].name().empty());
}

TEST_CASE("status: the rules of precedence") {
  recorded trace;
  struct step {
    status_code code;
    char const* text;
  };
  struct row {
    char const* name;
    std::vector<step> steps;
    status_code code;
    char const* text;
  };
  constexpr auto unset = status_code::unset;
  constexpr auto ok = status_code::ok;
  constexpr auto error = status_code::error;
  std::vector<row> const rows{
      {"none", {}, unset, ""},
      {"error", {{error, "a"}}, error, "a"},
      {"error without text", {{error, ""}}, error, ""},
      {"ok", {{ok, ""}}, ok, ""},
      {"ok takes no text", {{ok, "x"}}, ok, ""},
      {"unset says nothing", {{unset, "x"}}, unset, ""},
      {"ok after error", {{error, "a"}, {ok, ""}}, ok, ""},
      {"ok is final", {{ok, ""}, {error, "a"}}, ok, ""},
      {"ok is final, for unset too", {{ok, ""}, {unset, ""}}, ok, ""},
      {"unset after error", {{error, "a"}, {unset, ""}}, error, "a"},
      {"the last error counts", {{error, "a"}, {error, "b"}}, error, "b"},
      {"the last error counts, without text too", {{error, "a"}, {error, ""}}, error, ""},
  };
  for (row const& each : rows) {
    spanwise::span span{each.name, {"before", 1}};
    for (step const& one : each.steps) {
      span.status(one.code, one.text);
      span.set("between", 2);
    }
  }
  for (row const& each : rows) {
    INFO(each.name);
    CHECK(trace[each.name].status() == each.code);
    CHECK(trace[each.name].status_message() == each.text);
  }
}

TEST_CASE("the last value of a key counts, of whatever type, and is exported once") {
  recorded trace;
  {
    spanwise::span span{"x", {"a", 1}, {"b", 2}};
    span.set("a", "one");
    span.set("c", 3);
    span.set("a", true);
    span.set({"b", 20}, {"b", 21});
  }
  CHECK(trace.attributes() == "{a: true, b: 21, c: 3}");
}

TEST_CASE("keys made at run time are the same keys") {
  recorded trace;
  {
    spanwise::span span{"x", {"a.b", 1}};
    std::string key{"a"};
    span.set(spanwise::any_key(key + ".b"), 2);
    span.set(spanwise::any_key("Order ID"), 3);
    span.set({spanwise::any_key("\xc3\xa4"), {1, 2}});
    span.set(spanwise::any_key("list"), {"p", "q"});
  }
  CHECK(trace.attributes() == "{a.b: 2, Order ID: 3, \xc3\xa4: [1, 2], list: [\"p\", \"q\"]}");
}

TEST_CASE("an attribute without a value is left out") {
  recorded trace;
  {
    spanwise::span span{"x", {"a", std::optional<int>{}}, {"b", 1}};
    span.set("b", std::optional<std::string>{});
    span.set({"c", std::optional<int>{3}}, {});
  }
  CHECK(trace.attributes() == "{b: 1, c: 3}");
}

TEST_CASE("keys are told apart by the case of their letters too") {
  recorded trace;
  {
    spanwise::span span{"x", {spanwise::any_key("Foo"), 1}, {"foo", 2}};
    span.set(spanwise::any_key("FOO"), 3);
    span.set("foo", 4);
  }
  CHECK(trace.attributes() == "{Foo: 1, foo: 4, FOO: 3}");
}

TEST_CASE("false, zero, and empty text, bytes, lists, maps and values are values") {
  recorded trace;
  {
    spanwise::span span{"x", {"no", false}, {"zero", 0}, {"nothing", 0.0}, {"text", ""}};
    span.set("bytes", std::vector<std::byte>{});
    span.set("list", std::vector<int>{});
    span.set("map", {});
    span.set("empty", std::variant<std::monostate, int>{});
    span.set("holes", std::vector<std::optional<int>>{1, {}, 3});
  }
  CHECK(trace.attributes() ==
        "{no: false, zero: 0, nothing: 0.0, text: \"\", bytes: <>, list: [], map: {}, empty: empty, holes: [1, empty, 3]}");
}

TEST_CASE("spans in heap, in containers, in members") {
  recorded trace;
  {
    auto const owned = std::make_unique<spanwise::span>("owned");
    std::optional<spanwise::span> maybe;
    maybe.emplace("first");
    maybe.emplace("second");
    struct job {
      spanwise::span span{"member", {"job.id", 7}};
    } const work;
  }
  CHECK(trace["first"].parent_span_id() == trace["owned"].span_id());
  CHECK(trace["second"].parent_span_id() == trace["owned"].span_id());
  CHECK(trace["member"].parent_span_id() == trace["second"].span_id());
}

TEST_CASE("options may be kept: the parent in them is theirs") {
  recorded trace;
  spanwise::span_options options{.kind = spanwise::span_kind::server, .parent = spanwise::context{elsewhere(true)}};
  { spanwise::span const span{"x", options}; }
  CHECK(trace.only().parent_span_id() == elsewhere(true).span_id());
}

TEST_CASE("text that is a null pointer is empty text") {
  recorded trace;
  char const* const none = nullptr;
  {
    spanwise::span span{none, {"k", none}};
    span.event(none);
    span.error(none);
    span.update_name(none);
    spanwise::detached_span const job{none};
    spanwise::current_span().event(none);
    static_cast<void>(spanwise::tracer{none, none}.span(none));
  }
  CHECK(trace.spans().size() == 3);
  CHECK(trace.spans().back().events().size() == 2);
}

TEST_CASE("a kind or status that is none of the known ones counts as none") {
  recorded trace;
  {
    spanwise::span span{"x", {.kind = static_cast<spanwise::span_kind>(250)}};
    span.status(static_cast<spanwise::status_code>(250), "odd");
  }
  CHECK(trace.only().name() == "x");
  CHECK(trace.only().kind() == spanwise::span_kind::internal);
  CHECK(trace.only().status() == spanwise::status_code::unset);
}

TEST_CASE("a child with a name of any length starts when it starts") {
  for (std::size_t const size : {127U, 128U, 385U, 386U, 400U, 5000U}) {
    recorded trace;
    auto const before = std::chrono::system_clock::now();
    std::string const name(size, 'n');
    {
      spanwise::span const parent{"parent"};
      spanwise::span const child{name};
    }
    auto const after = std::chrono::system_clock::now();
    std::int64_t constexpr slack = 1'000'000; // two clocks
    CHECK(trace[name].start().unix_ns >= spanwise::time_point{before}.unix_ns - slack);
    CHECK(trace[name].start() <= trace[name].end());
    CHECK(trace[name].end().unix_ns <= spanwise::time_point{after}.unix_ns + slack);
  }
}
