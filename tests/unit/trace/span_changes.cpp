#include <spanwise/trace/span_changes.hpp>

#include <spanwise/trace/span.hpp>

#include "diagnostics_log.hpp"
#include "random_text.hpp"
#include "recorded.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

using spanwise::any_key;
using spanwise::status_code;
using testing::recorded;
using testing::shown;
namespace detail = spanwise::detail;

namespace {

/// Text as it arrives: what is no UTF-8 is replaced.
std::string repaired(std::string_view text) {
  std::string out;
  detail::repair_utf8(text, [&](std::string_view piece) { out += piece; });
  return out;
}

std::string numbered(std::size_t number) { return "key." + std::to_string(number); }

spanwise::options with(spanwise::span_limits const& limits) {
  spanwise::options chosen;
  chosen.limits = {.attribute_count = limits.attribute_count,
                   .event_count = limits.event_count,
                   .link_count = limits.link_count,
                   .attribute_per_event_count = limits.attribute_per_event_count,
                   .attribute_per_link_count = limits.attribute_per_link_count,
                   .attribute_value_length = limits.attribute_value_length,
                   .attribute_value_depth = limits.attribute_value_depth,
                   .max_span_bytes = limits.max_span_bytes};
  return chosen;
}

spanwise::span_context elsewhere() {
  return {*spanwise::trace_id::from_hex("3f9a1c5be27d4d0b8c6e0a47d15f2b93"), *spanwise::span_id::from_hex("5ad3e7f1096b2c48")};
}

std::uint32_t told(spanwise::misuse what) {
  return detail::diagnostics.misuses[static_cast<std::size_t>(what)].load(detail::relaxed);
}

} // namespace

TEST_CASE("attributes beyond the limit are left out and counted") {
  recorded trace{with({.attribute_count = 2})};
  {
    spanwise::span span{"x", {"a", 1}, {"b", 2}, {"c", 3}};
    span.set("d", 4);
  }
  CHECK(trace.attributes() == "{a: 1, b: 2}");
  CHECK(trace.only().dropped_attributes() == 2);
}

TEST_CASE("a key that is there can be overwritten when the limit is reached") {
  recorded trace{with({.attribute_count = 2})};
  {
    spanwise::span span{"x", {"a", 1}, {"b", 2}};
    span.set("a", 9);
    span.set("a", "nine");
  }
  CHECK(trace.attributes() == "{b: 2, a: \"nine\"}");
  CHECK(trace.only().dropped_attributes() == 0);
}

TEST_CASE("what was overwritten before makes room when the limit is reached") {
  recorded trace{with({.attribute_count = 3})};
  {
    spanwise::span span{"x", {"a", 1}, {"a", 2}, {"a", 3}};
    span.set("b", 1);
    span.set("c", 1);
    span.set("d", 1);
    span.set("b", 2);
  }
  CHECK(trace.attributes() == "{a: 3, c: 1, b: 2}");
  CHECK(trace.only().dropped_attributes() == 1);
}

TEST_CASE("the last value of a key wins, however often and among whichever others it is set") {
  std::mt19937 random{17};
  for (int round = 0; round < 300; ++round) {
    recorded trace;
    std::map<std::string, std::int64_t> wanted;
    std::string const prefix = "key." + std::to_string(round % 20) + ".";
    auto const kinds = 1 + random() % 12;
    auto const sets = 1 + random() % 40;
    {
      spanwise::span span{"x"};
      for (std::int64_t i = 0; i < static_cast<std::int64_t>(sets); ++i) {
        std::string const name = prefix + std::to_string(random() % kinds);
        wanted[name] = i;
        span.set(spanwise::any_key{name}, i);
      }
    }
    std::map<std::string, std::int64_t> seen;
    std::size_t count = 0;
    spanwise::memory_span const only = trace.only();
    for (spanwise::attribute_view const each : only.attributes()) {
      seen[std::string{each.key}] = each.value.as_int();
      ++count;
    }
    CHECK(seen == wanted);
    CHECK(count == wanted.size());
  }
}

TEST_CASE("a limit of no attributes drops each one") {
  recorded trace{with({.attribute_count = 0})};
  { spanwise::span const span{"x", {"a", 1}, {"b", 2}}; }
  CHECK(trace.attributes() == "{}");
  CHECK(trace.only().dropped_attributes() == 2);
}

TEST_CASE("by default 128 attributes, events and links") {
  recorded trace;
  {
    spanwise::span span{"x"};
    for (std::size_t i = 0; i < 130; ++i) {
      span.set(any_key(numbered(i)), i);
      span.event(numbered(i));
      span.link(elsewhere(), {"n", i});
    }
  }
  auto const span = trace.only();
  CHECK(span.attributes().size() == 128);
  CHECK(span.events().size() == 128);
  CHECK(span.links().size() == 128);
  CHECK(span.dropped_attributes() == 2);
  CHECK(span.dropped_events() == 2);
  CHECK(span.dropped_links() == 2);
  CHECK(shown(span.attribute("key.127")) == "127");
  CHECK((*span.events().begin()).name() == "key.0");
}

TEST_CASE("random keys with any limit: as a map with that many places") {
  testing::random_text random;
  for (int round = 0; round < 60; ++round) {
    auto const limit = static_cast<std::uint32_t>(random.below(20));
    recorded trace{with({.attribute_count = limit})};
    std::map<std::string, int> wanted;
    std::uint32_t dropped = 0;
    {
      spanwise::span span{"x"};
      for (int i = 0; i < 200; ++i) {
        std::string const key = random.of("abc", 3, 1);
        span.set(any_key(key), i);
        if (wanted.size() < limit || wanted.contains(key)) wanted[key] = i;
        else ++dropped;
      }
    }
    std::map<std::string, int> found;
    for (auto const& each : trace.only().attributes()) found[std::string{each.key}] = static_cast<int>(each.value.as_int());
    REQUIRE(found == wanted);
    REQUIRE(trace.only().attributes().size() == wanted.size());
    REQUIRE(trace.only().dropped_attributes() == dropped);
  }
}

TEST_CASE("events and links have limits of their own, and their attributes too") {
  recorded trace{with({.event_count = 1, .link_count = 1, .attribute_per_event_count = 1, .attribute_per_link_count = 2})};
  {
    spanwise::span span{"x", {.links = {{elsewhere(), {{"a", 1}, {"b", 2}, {"c", 3}}}, {elsewhere()}}}};
    span.link(elsewhere());
    span.event("kept", {"a", 1}, {"b", 2}, {"c", 3});
    span.event("dropped");
  }
  auto const span = trace.only();
  REQUIRE(span.events().size() == 1);
  auto const event = *span.events().begin();
  CHECK(event.name() == "kept");
  CHECK(shown(event.attributes()) == "{a: 1}");
  CHECK(event.dropped_attributes() == 2);
  CHECK(span.dropped_events() == 1);
  REQUIRE(span.links().size() == 1);
  auto const link = *span.links().begin();
  CHECK(shown(link.attributes()) == "{a: 1, b: 2}");
  CHECK(link.dropped_attributes() == 1);
  CHECK(span.dropped_links() == 2);
}

TEST_CASE("limits of zero") {
  recorded trace{with({.attribute_count = 0, .event_count = 0, .link_count = 0, .attribute_value_length = 0})};
  {
    spanwise::span span{"x", {.links = {{elsewhere()}}}, {"a", 1}};
    span.event("e");
  }
  auto const span = trace.only();
  CHECK((span.dropped_attributes() == 1 && span.dropped_events() == 1 && span.dropped_links() == 1));
}

TEST_CASE("limits of length and depth hold for events and links too, and not for names and descriptions") {
  recorded trace{with({.attribute_value_length = 2, .attribute_value_depth = 1})};
  {
    spanwise::span span{"long name", {"key", "long"}};
    span.event("long event", {"key", "long"}, {"deep", std::vector<std::vector<int>>{{1}}});
    span.link(elsewhere(), {"key", "long"});
    span.error("long error");
  }
  auto const span = trace["long name"];
  CHECK(trace.attributes() == "{key: \"lo\"}");
  CHECK(shown((*span.events().begin()).attributes()) == "{key: \"lo\", deep: [empty]}");
  CHECK((*span.events().begin()).name() == "long event");
  CHECK(shown((*span.links().begin()).attributes()) == "{key: \"lo\"}");
  CHECK(span.status_message() == "long error");
  CHECK(span.dropped_attributes() == 0);
}

TEST_CASE("keys are unique in events, links and maps: the last value counts") {
  recorded trace;
  {
    spanwise::span span{"x"};
    span.event("e", {"a", 1}, {"b", 1}, {"a", 2}, {"a", std::optional<int>{}});
    span.link(elsewhere(), {"a", 1}, {"a", 2});
    span.set("map", {{"a", 1}, {"b", 1}, {"a", 2}});
    span.set("multi", std::multimap<std::string, int>{{"a", 1}, {"a", 2}});
    span.set("deep", std::vector<std::vector<std::pair<std::string, int>>>{{{"a", 1}, {"a", 2}}});
  }
  auto const span = trace.only();
  CHECK(shown((*span.events().begin()).attributes()) == "{a: 2, b: 1}");
  CHECK(shown((*span.links().begin()).attributes()) == "{a: 2}");
  CHECK(trace.attributes() == "{map: {a: 2, b: 1}, multi: {a: [1, 2]}, deep: [{a: 2}]}");
}

TEST_CASE("keys are unique in maps of events too") {
  recorded trace;
  {
    spanwise::span span{"x"};
    span.event("e", {"map", {{"a", 1}, {"a", 2}}});
  }
  CHECK(shown((*trace.only().events().begin()).attributes()) == "{map: {a: 2}}");
}

TEST_CASE("an empty key is told and left out, wherever it stands") {
  diagnostics_log log;
  recorded trace;
  {
    spanwise::span span{"x", {any_key(""), 1}, {"a", 1}};
    span.set(any_key(""), 2);
    span.event("e", {any_key(""), 1}, {"b", 1});
    span.link(elsewhere(), {any_key(""), 1}, {"c", 1});
    CHECK(told(spanwise::misuse::bad_any_key) == 4);
  }
  auto const span = trace.only();
  CHECK(trace.attributes() == "{a: 1}");
  CHECK(shown((*span.events().begin()).attributes()) == "{b: 1}");
  CHECK(shown((*span.links().begin()).attributes()) == "{c: 1}");
  CHECK(span.dropped_attributes() == 0);
}

TEST_CASE("128 attributes of 4 KiB arrive whole") {
  recorded trace;
  {
    spanwise::span span{"x"};
    for (std::size_t i = 0; i < 128; ++i) span.set(any_key(numbered(i)), std::string(4096, static_cast<char>('a' + i % 26)));
  }
  auto const span = trace.only();
  CHECK(span.dropped_attributes() == 0);
  for (std::size_t i = 0; i < 128; ++i)
    CHECK(span.attribute(numbered(i)).as_string() == std::string(4096, static_cast<char>('a' + i % 26)));
}

TEST_CASE("a statement of 50 KB arrives whole, and so do other large parts") {
  recorded trace;
  std::string sql = "SELECT ";
  while (sql.size() < 50'000) sql += "column_" + std::to_string(sql.size()) + ", ";
  {
    spanwise::span span{"query", {"db.query.text", sql}};
    span.event("explained", {"plan", sql});
    span.error(sql);
  }
  auto const span = trace.only();
  CHECK(span.attribute("db.query.text").as_string() == sql);
  CHECK((*(*span.events().begin()).attributes().begin()).value.as_string() == sql);
  CHECK(span.status_message() == sql);
}

TEST_CASE("ten million sets of a few keys take bounded memory and time") {
  recorded trace;
  auto const began = std::chrono::steady_clock::now();
  {
    spanwise::span span{"x"};
    for (int i = 0; i < 10'000'000 / 4; ++i) {
      span.set("a", i);
      span.set("b", "text");
      span.set("c", 0.5);
      span.set("d", true);
    }
    CHECK(detail::overflow_bytes.load(detail::relaxed) < 16 * 1024);
  }
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds{60});
  CHECK(trace.only().attributes().size() == 4);
  CHECK(shown(trace.only().attribute("a")) == "2499999");
  CHECK(trace.only().dropped_attributes() == 0);
}

TEST_CASE("a million sets of ever new keys take bounded memory and time") {
  recorded trace;
  auto const began = std::chrono::steady_clock::now();
  {
    spanwise::span span{"x"};
    for (std::size_t i = 0; i < 1'000'000; ++i) span.set(any_key(numbered(i)), i);
    CHECK(detail::overflow_bytes.load(detail::relaxed) < 64 * 1024);
  }
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds{60});
  CHECK(trace.only().attributes().size() == 128);
  CHECK(trace.only().dropped_attributes() == 1'000'000 - 128);
}

TEST_CASE("a span at the end of its memory: values are cut, the rest is counted, what is set is kept") {
  diagnostics_log log;
  recorded trace{with({.max_span_bytes = 4096})};
  {
    spanwise::span span{"x", {"first", 1}};
    span.set("big", std::string(100'000, 'b'));
    span.set("late", std::string(1000, 'l'));
    span.set("last", 1);
    span.event("event");
    span.link(elsewhere());
    span.error("why it failed");
    CHECK(told(spanwise::misuse::span_memory_full) >= 1);
  }
  auto const span = trace.only();
  CHECK(shown(span.attribute("first")) == "1");
  std::string_view const kept = span.attribute("big").as_string();
  CHECK(kept.size() > 3400);
  CHECK(kept.find_first_not_of('b') == std::string::npos);
  CHECK(span.attribute("late").as_string().starts_with("llllllll"));
  CHECK(shown(span.attribute("last")) == "1");
  CHECK(span.status() == status_code::error);
  CHECK(span.dropped_attributes() >= 1);
  CHECK(span.bytes().size() < 4300);
}

TEST_CASE("a span at the end of its memory still takes overwrites and a new name") {
  recorded trace{with({.max_span_bytes = 4096})};
  {
    spanwise::span span{"x", {"a", std::string(2000, 'a')}};
    for (int i = 0; i < 100; ++i) span.set("a", std::string(2000, static_cast<char>('a' + i % 26)));
    span.set("b", std::string(100'000, 'b'));
    span.set("b", "small");
    span.set("c", 3);
    span.update_name("y");
    span.ok();
  }
  auto const span = trace.only();
  CHECK(span.name() == "y");
  CHECK(span.attribute("a").as_string() == std::string(2000, 'v'));
  CHECK(shown(span.attribute("b")) == "\"small\"");
  CHECK(shown(span.attribute("c")) == "3");
  CHECK(span.status() == status_code::ok);
}

TEST_CASE("the status is kept even when not a byte is left") {
  for (std::uint32_t most = 424; most < 480; ++most) {
    recorded trace{with({.max_span_bytes = most})};
    {
      spanwise::span span{"x", {"a", std::string(600, 'a')}};
      for (int i = 0; i < 20; ++i) span.set(any_key(std::string(1, static_cast<char>('b' + i))), 1);
      span.error("first");
      span.error("why");
    }
    REQUIRE(trace.only().status() == status_code::error);
  }
}

TEST_CASE("values that never fit do not use up the places of others") {
  recorded trace{with({.max_span_bytes = 512})};
  {
    spanwise::span span{"x"};
    for (int i = 0; i < 200; ++i) span.set(any_key(std::string(2000, 'k')), i);
    span.set("small", 1);
  }
  CHECK(shown(trace.only().attribute("small")) == "1");
  CHECK(trace.only().dropped_attributes() == 200);
}

TEST_CASE("a name and a description as long as they like are cut to the memory of the span") {
  recorded trace{with({.max_span_bytes = 1000})};
  {
    spanwise::span const span{std::string(5000, 'n')};
  }
  {
    spanwise::span span{"long error"};
    span.error(std::string(5000, 'e'));
  }
  for (auto const& each : trace.spans()) {
    CHECK(each.bytes().size() < 1200);
    if (each.name() != "long error") CHECK(each.name().size() > 850);
    else CHECK(each.status_message().size() > 800);
  }
}

TEST_CASE("all spans together hold no more than their budget; what goes beyond is cut") {
  diagnostics_log log;
  recorded trace;
  std::string const big(900'000, 'x');
  {
    std::vector<std::unique_ptr<spanwise::span>> spans;
    for (int i = 0; i < 100; ++i) {
      spans.push_back(std::make_unique<spanwise::span>("x"));
      spans.back()->set("big", big);
      spans.back()->set("small", 1);
      REQUIRE(detail::overflow_bytes.load(detail::relaxed) <= detail::most_overflow_bytes);
    }
    CHECK(detail::overflow_bytes.load(detail::relaxed) > detail::most_overflow_bytes - (2 << 20));
    while (!spans.empty()) spans.pop_back();
  }
  CHECK(detail::overflow_bytes.load(detail::relaxed) == 0);
  std::size_t whole = 0;
  for (auto const& each : trace.spans()) {
    CHECK(shown(each.attribute("small")) == "1");
    if (each.attribute("big").as_string() == big) ++whole;
    else CHECK(each.dropped_attributes() >= 1);
  }
  CHECK(whole >= 60);
  CHECK(whole < 100);
}

TEST_CASE("random calls in random order: the record can be read and holds what a model holds") {
  testing::random_text random;
  for (int round = 0; round < 300; ++round) {
    recorded trace{with({.attribute_count = 10, .event_count = 5, .link_count = 5})};
    std::map<std::string, std::string> attributes;
    std::string name = "start";
    std::string message;
    auto status = status_code::unset;
    std::size_t events = 0;
    std::size_t links = 0;
    {
      spanwise::span span{name};
      for (std::size_t calls = random.below(40); calls > 0; --calls) {
        std::string const text = random.of("xyz \xc3", random.below(300) + 1);
        switch (random.below(6)) {
        case 0: span.update_name(name = text); break;
        case 1: span.event(text, {"text", text}), ++events; break;
        case 2: span.link(elsewhere(), {"text", text}), ++links; break;
        case 3:
          span.error(text);
          status = status_code::error;
          message = text;
          break;
        default: {
          std::string const key = random.of("ab", 4, 1);
          span.set(any_key(key), text);
          if (attributes.size() < 10 || attributes.contains(key)) attributes[key] = repaired(text);
        }
        }
      }
    }
    auto const span = trace.only();
    REQUIRE(span.name() == repaired(name));
    REQUIRE(span.status() == status);
    REQUIRE(span.status_message() == repaired(message));
    std::map<std::string, std::string> found;
    for (auto const& each : span.attributes()) found[std::string{each.key}] = each.value.as_string();
    REQUIRE(found == attributes);
    REQUIRE(span.events().size() + span.dropped_events() == events);
    REQUIRE(span.links().size() + span.dropped_links() == links);
  }
}

TEST_CASE("a key of an event that comes again takes the place it has, also where there is room for no more") {
  recorded trace{{.limits = {.attribute_per_event_count = 1, .attribute_per_link_count = 1}}};
  {
    spanwise::span span{"x"};
    span.event("e", {"a", 1}, {"b", 2}, {"a", 3});
    span.link(spanwise::span_context{*spanwise::trace_id::from_hex("3f9a1c5be27d4d0b8c6e0a47d15f2b93"),
                                     *spanwise::span_id::from_hex("5ad3e7f1096b2c48")},
              {"a", 1}, {"b", 2}, {"a", std::optional<int>{}}, {"a", "x"});
  }
  auto const event = *trace.only().events().begin();
  CHECK(shown(event.attributes()) == "{a: 3}");
  CHECK(event.dropped_attributes() == 1);
  auto const link = *trace.only().links().begin();
  CHECK(shown(link.attributes()) == "{a: \"x\"}");
  CHECK(link.dropped_attributes() == 1);
}
