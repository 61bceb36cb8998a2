#include <spanwise/export/waterfall_tree.hpp>

#include "catch.hpp"

using namespace spanwise;
using namespace spanwise::detail;

namespace {

span_id id(std::uint8_t number) {
  std::uint8_t bytes[8]{0, 0, 0, 0, 0, 0, 0, number};
  return span_id::from_bytes(bytes);
}

waterfall_span span_of(std::uint8_t own, std::uint8_t parent, std::int64_t start) {
  waterfall_span out;
  out.span_id = id(own);
  out.parent_id = id(parent);
  out.name = std::string(1, static_cast<char>('a' + own - 1));
  out.start = time_point{start};
  return out;
}

/// The rows as text, each event as its name, each missing parent as a question mark.
std::string rows_of(std::vector<waterfall_span> const& spans, std::size_t deepest = 10) {
  std::vector<waterfall_span const*> pointers;
  for (auto const& each : spans) pointers.push_back(&each);
  std::string out;
  waterfall_tree const tree{pointers, ascii_glyphs, deepest};
  for (waterfall_row const& row : tree.rows())
    out +=
        row.lead + (row.event != nullptr ? row.event->name : row.span->name) + (row.parent_missing ? "?" : "") + "\n";
  return out;
}

} // namespace

TEST_CASE("children stand below their parent, by time of start") {
  CHECK(rows_of({span_of(4, 2, 25), span_of(3, 1, 30), span_of(2, 1, 20), span_of(1, 0, 10)}) ==
        "a\n|- b\n|  `- d\n`- c\n");
}

TEST_CASE("events stand directly below their span") {
  std::vector<waterfall_span> spans{span_of(1, 0, 10), span_of(2, 1, 20)};
  spans[0].events.push_back({"event", time_point{30}, {}});
  CHECK(rows_of(spans) == "a\n|  event\n`- b\n");
}

TEST_CASE("each span has one row, whatever its parent says") {
  CHECK(rows_of({span_of(1, 9, 10), span_of(2, 1, 20)}) == "a?\n`- b\n");
  CHECK(rows_of({span_of(1, 2, 10), span_of(2, 1, 20)}) == "a?\n`- b\n");
  CHECK(rows_of({span_of(1, 1, 10)}) == "a?\n");
  CHECK(rows_of({span_of(1, 0, 10), span_of(1, 0, 11), span_of(2, 1, 20)}) == "a\n`- b\na\n");
  CHECK(rows_of({span_of(1, 2, 10), span_of(2, 3, 20), span_of(3, 2, 30), span_of(4, 0, 5)}) == "d\na?\nb?\n`- c\n");
}

TEST_CASE("below a depth nothing is indented further") {
  std::vector<waterfall_span> spans;
  for (std::uint8_t at = 1; at <= 6; ++at) spans.push_back(span_of(at, static_cast<std::uint8_t>(at - 1), at));
  CHECK(rows_of(spans, 2) == "a\n`- b\n   `- c\n      .. d\n      .. e\n      .. f\n");
}
