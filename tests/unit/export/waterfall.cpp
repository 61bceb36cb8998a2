#include <spanwise/export/waterfall.hpp>

#include "catch.hpp"

#include <cstdlib>
#include <random>

using namespace spanwise;

namespace {

constexpr std::int64_t noon = 1'700'000'000'123'000'000; // 22:13:20.123 UTC

trace_id trace(std::uint8_t number) {
  std::uint8_t bytes[16]{0x3f, 0x9a, 0x1c, 0x5b, 0xe2, 0x7d, 0x4d, 0x0b,
                         0x8c, 0x6e, 0x0a, 0x47, 0xd1, 0x5f, 0x2b, number};
  return trace_id::from_bytes(bytes);
}

span_id id(std::uint8_t number) {
  std::uint8_t bytes[8]{0, 0, 0, 0, 0, 0, 0, number};
  return span_id::from_bytes(bytes);
}

waterfall_span span_of(std::uint8_t own, std::uint8_t parent, std::string name, double from_ms, double to_ms) {
  waterfall_span out;
  out.trace_id = trace(1);
  out.span_id = id(own);
  out.parent_id = id(parent);
  out.service = "shop";
  out.name = std::move(name);
  out.start = time_point{noon + static_cast<std::int64_t>(from_ms * 1e6)};
  out.end = time_point{noon + static_cast<std::int64_t>(to_ms * 1e6)};
  return out;
}

std::string drawn(std::vector<waterfall_span> const& spans, waterfall_style const& style = {}) {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  std::string out;
  draw_waterfall(spans, style, out);
  return out;
}

std::size_t lines_of(std::string const& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

} // namespace

TEST_CASE("a small trace") {
  std::vector<waterfall_span> spans{span_of(2, 1, "charge card", 0.5, 1.11), span_of(1, 0, "place order", 0, 1.24)};
  spans[1].attributes = {{"order.items", "3"}};
  CHECK(drawn(spans, {.width = 80}) == "trace 3f9a1c5be27d4d0b8c6e0a47d15f2b01  22:13:20.123  1.24 ms  2 spans\n"
                                       "shop  place order    1.24 ms  ━━━━━━━━━━━━━━━━━━━━━━━━  order.items=3\n"
                                       "      └ charge card  0.61 ms           ╺━━━━━━━━━━━╸\n");
  CHECK(drawn(spans, {.width = 80, .unicode = false}) ==
        "trace 3f9a1c5be27d4d0b8c6e0a47d15f2b01  22:13:20.123  1.24 ms  2 spans\n"
        "shop  place order     1.24 ms  ========================  order.items=3\n"
        "      `- charge card  0.61 ms           =============\n");
}

TEST_CASE("errors, events, links, kinds and notes") {
  std::vector<waterfall_span> spans{span_of(1, 0, "place order", 0, 1.24), span_of(2, 1, "charge card", 0.5, 1.11),
                                    span_of(3, 1, "send mail", 1.15, 1.2)};
  spans[0].kind = span_kind::server;
  spans[1].status = status_code::error;
  spans[1].message = "card declined";
  spans[1].events = {{"retry", time_point{spans[1].start.unix_ns + 200'000}, {{"n", "1"}}}};
  spans[1].links = {{trace(9), id(7)}};
  spans[2].service = "mail";
  spans[2].notes = {"3 attributes dropped"};
  CHECK(drawn(spans, {.width = 90}) ==
        "trace 3f9a1c5be27d4d0b8c6e0a47d15f2b01  22:13:20.123  1.24 ms  3 spans  1 error\n"
        "shop  place order [server]   1.24 ms  ━━━━━━━━━━━━━━━━━━━━━━━━━━━\n"
        "      ├ ✗ charge card        0.61 ms             ━━━━━━━━━━━━━\n"
        "      │     card declined\n"
        "      │     → span 0000000000000007 of trace 3f9a1c5be27d4d0b8c6e0a47d15f2b09\n"
        "      │   • retry           +0.20 ms                 ╵             n=1\n"
        "mail  └ send mail           50.00 µs                           ━   3 attributes dropped\n");
}

TEST_CASE("spans whose parents are absent stand at the left and say so") {
  std::vector<waterfall_span> spans{span_of(5, 9, "orphan", 0, 1), span_of(6, 10, "served", 1, 2),
                                    span_of(7, 3, "inner", 2, 3), span_of(8, 2, "late", 3, 4)};
  spans[1].parent_is = parent_place::in_another_process;
  spans[2].parent_is = parent_place::not_ended;
  spans[3].parent_is = parent_place::drawn_before;
  std::string const text = drawn(spans);
  CHECK(text.find("parent 0000000000000009 not seen") != std::string::npos);
  CHECK(text.find("called by span 000000000000000a") != std::string::npos);
  CHECK(text.find("within span 0000000000000003, which has not ended") != std::string::npos);
  CHECK(text.find("ended after its parent, span 0000000000000002") != std::string::npos);
}

TEST_CASE("parents that name each other in a circle, doubled ids and spans that are their own parent are drawn once") {
  CHECK(lines_of(drawn({span_of(1, 2, "a", 0, 1), span_of(2, 1, "b", 0, 1)}, {.width = 160})) == 3);
  CHECK(lines_of(drawn({span_of(1, 1, "self", 0, 1)}, {.width = 160})) == 2);
  CHECK(lines_of(drawn({span_of(1, 0, "a", 0, 1), span_of(1, 0, "a", 0, 1), span_of(2, 1, "b", 0, 1)})) == 4);
}

TEST_CASE("several traces are drawn one after the other") {
  std::vector<waterfall_span> spans{span_of(1, 0, "first", 0, 1), span_of(2, 0, "second", 0, 1),
                                    span_of(3, 1, "child", 0, 1)};
  spans[1].trace_id = trace(2);
  std::string const text = drawn(spans);
  CHECK(lines_of(text) == 6);
  CHECK(text.find("\n\ntrace 3f9a1c5be27d4d0b8c6e0a47d15f2b02") != std::string::npos);
  CHECK(drawn({}).empty());
}

TEST_CASE("colours come only when asked for, and each one ends on its line") {
  std::vector<waterfall_span> spans{span_of(1, 0, "place order", 0, 1.24)};
  spans[0].status = status_code::error;
  CHECK(drawn(spans).find('\x1b') == std::string::npos);
  std::string const text = drawn(spans, {.colors = true});
  CHECK(text.find("\x1b[31m✗ \x1b[0m") != std::string::npos);
  std::size_t escapes = 0, ends = 0;
  for (std::size_t at = text.find('\x1b'); at != std::string::npos; at = text.find('\x1b', at + 1)) {
    ++escapes;
    if (text.compare(at, 4, "\x1b[0m") == 0) ++ends;
  }
  CHECK(escapes == 2 * ends);
}

TEST_CASE("no line is wider than the terminal, whatever is drawn") {
  std::mt19937 random{7};
  std::uniform_real_distribution<double> moment{0, 100};
  for (int round = 0; round < 300; ++round) {
    std::vector<waterfall_span> spans;
    std::size_t const count = 1 + random() % 40;
    for (std::size_t at = 0; at < count; ++at) {
      auto const own = static_cast<std::uint8_t>(at + 1);
      auto const parent = static_cast<std::uint8_t>(random() % 3 == 0 ? at : random() % (count + 2));
      waterfall_span one = span_of(own, parent, std::string(random() % 70, 'n'), moment(random), moment(random));
      one.service = std::string(random() % 25, 's');
      one.message = std::string(random() % 300, "m "[random() % 2]);
      one.status = static_cast<status_code>(random() % 3);
      one.kind = static_cast<span_kind>(random() % 5);
      for (std::size_t attributes = random() % 6; attributes > 0; --attributes)
        one.attributes.push_back({"key", std::string(random() % 200, 'v')});
      if (random() % 3 == 0)
        one.events.push_back({"e", time_point{static_cast<std::int64_t>(random())}, one.attributes});
      if (random() % 9 == 0) one.start = time_point{INT64_MIN};
      if (random() % 9 == 0) one.end = time_point{INT64_MAX};
      spans.push_back(one);
    }
    std::size_t const width = 60 + random() % 100;
    std::string const text = drawn(spans, {.width = width, .unicode = random() % 2 == 0});
    std::size_t rows = 0;
    for (std::size_t at = 0; at < text.size();) {
      std::size_t const end = text.find('\n', at);
      std::string_view const line = std::string_view{text}.substr(at, end - at);
      if (line.substr(0, 6) != "trace ") CHECK(detail::display_width(line) <= width);
      at = end + 1;
      ++rows;
    }
    CHECK(rows > spans.size());
  }
}

TEST_CASE("a chain of ten thousand spans neither overflows nor drifts out of view") {
  std::vector<waterfall_span> spans;
  for (std::uint32_t at = 1; at <= 10'000; ++at) {
    waterfall_span one = span_of(0, 0, "step", 0, 1);
    std::uint8_t bytes[8]{};
    for (int byte = 0; byte < 4; ++byte) bytes[byte] = static_cast<std::uint8_t>(at >> (8 * byte));
    one.span_id = span_id::from_bytes(bytes);
    std::uint32_t const parent = at - 1;
    for (int byte = 0; byte < 4; ++byte) bytes[byte] = static_cast<std::uint8_t>(parent >> (8 * byte));
    one.parent_id = span_id::from_bytes(bytes);
    spans.push_back(one);
  }
  CHECK(lines_of(drawn(spans)) == 10'001);
}
