#include <spanwise/export/waterfall_texts.hpp>

#include "catch.hpp"
#include "wire_writer.hpp"

using namespace spanwise;
using namespace spanwise::detail;

namespace {

testing::wire_writer span_of(std::uint64_t start, std::uint64_t end) {
  return testing::span_message("0123456789abcdef0123456789abcdef", "0123456789abcdef", "", "work", start, end);
}

std::vector<std::string> notes_of(testing::wire_writer const& message) {
  testing::record_store store;
  store.add(message);
  std::vector<std::string> notes;
  note_oddities(notes, span_view{store.records()[0]});
  return notes;
}

} // namespace

TEST_CASE("nothing is noted of a span with which all is well") {
  CHECK(notes_of(span_of(5, 5)).empty());
}

TEST_CASE("a span that ends before it starts is noted") {
  CHECK(notes_of(span_of(5, 4)) == std::vector<std::string>{"ends before it starts"});
}

TEST_CASE("a count is followed by its noun, in the singular for one") {
  CHECK(plural(0, "event") == "0 events");
  CHECK(plural(1, "event") == "1 event");
  CHECK(plural(2, "event") == "2 events");
}
