#include <spanwise/core/span_view.hpp>
#include <spanwise/export/otlp_protobuf.hpp>
#include <spanwise/pipeline/repair_text.hpp>

#include "random_text.hpp"
#include "recorded.hpp"
#include "wire_writer.hpp"

#include <map>
#include <string>
#include <variant>
#include <vector>

using namespace testing;
using spanwise::any_key;
using spanwise::record;
using spanwise::span_view;
using spanwise::value_type;

namespace {

std::string const bad = "\xff b\xc3";
std::string const good = "\xEF\xBF\xBD b\xEF\xBF\xBD";

/// A Span message behind its frame, as records lie in memory.
class framed {
public:
  explicit framed(std::string const& message) : bytes_{std::string(4, '\0') + message} {}
  [[nodiscard]] record as_record(std::uint16_t flags) const {
    return {reinterpret_cast<std::byte const*>(bytes_.data()) + 4, static_cast<std::uint32_t>(bytes_.size() - 4), 0, flags};
  }

private:
  std::string bytes_;
};

bool flagged(record const& of) { return (of.flags & record::unchecked_text) != 0; }

} // namespace

TEST_CASE("wherever text that is not UTF-8 stands, it arrives with replacement characters, and the rest as it was") {
  recorded trace;
  {
    spanwise::span span{bad, {"key", bad}, {any_key(bad), 1}, {"list", {bad, bad}}};
    span.set("map", {{any_key(bad), bad}, {"n", 7}});
    span.set("nested", std::map<std::string, std::vector<std::string>>{{bad, {"fine", bad}}});
    span.set("bytes", std::vector<std::byte>{std::byte{0xff}, std::byte{0xfe}});
    span.event(bad, {"key", bad});
    span.link(spanwise::span_context{*spanwise::trace_id::from_hex("3f9a1c5be27d4d0b8c6e0a47d15f2b93"),
                                     *spanwise::span_id::from_hex("5ad3e7f1096b2c48")},
              {"key", bad});
    span.error(bad);
  }
  auto const span = trace.only();
  CHECK(span.name() == good);
  CHECK(span.attribute("key").as_string() == good);
  CHECK(span.attribute(good).as_int() == 1);
  CHECK(shown(span.attribute("list")) == "[\"" + good + "\", \"" + good + "\"]");
  CHECK(shown(span.attribute("map")) == "{" + good + ": \"" + good + "\", n: 7}");
  CHECK(shown(span.attribute("nested")) == "{" + good + ": [\"fine\", \"" + good + "\"]}");
  CHECK(span.attribute("bytes").as_bytes().size() == 2);
  CHECK(span.attribute("bytes").as_bytes()[0] == std::byte{0xff});
  REQUIRE(span.events().size() == 1);
  CHECK(span.status_message() == good);
  CHECK(spanwise::detail::all_valid_utf8(spanwise::detail::span_part::span, span.bytes(), 0));
}

TEST_CASE("a new name is looked at too, and text beyond ASCII that is valid stays") {
  recorded trace;
  {
    spanwise::span span{"plain"};
    span.update_name(bad);
    span.set("city", "K\xC3\xB6ln");
  }
  CHECK(trace.only().name() == good);
  CHECK(trace.only().attribute("city").as_string() == "K\xC3\xB6ln");
}

TEST_CASE("records that need nothing stay where they are") {
  framed const plain{wire_writer{}.bytes(5, "plain").text()};
  framed const other{wire_writer{}.bytes(5, "K\xC3\xB6ln").text()};
  framed const wrong{wire_writer{}.bytes(5, bad).text()};
  record records[]{plain.as_record(0), other.as_record(record::unchecked_text), wrong.as_record(record::unchecked_text),
                   wrong.as_record(record::unchecked_text | record::overwrites)};
  record const before[]{records[0], records[1], records[2]};
  spanwise::detail::buffer room;
  CHECK(spanwise::repair_text(records, room));
  CHECK(records[0].message == before[0].message);
  CHECK(records[1].message == before[1].message);
  CHECK(records[2].message != before[2].message);
  for (record const& each : records) CHECK(!flagged(each));
  CHECK(span_view{records[2].bytes()}.name() == good);
  CHECK(records[2].framed()[0] == std::byte{0x12});
  CHECK(records[3].flags == record::overwrites);
}

TEST_CASE("a span that repairing would make larger than a record can be gets question marks instead") {
  std::size_t const half = record::max_size / 2;
  framed const huge{wire_writer{}.bytes(5, std::string(half, '\xff') + "K\xC3\xB6ln")
                        .message(9, key_value(bad, any("\xC3")))
                        .text()};
  framed const wrong{wire_writer{}.bytes(5, bad).text()};
  record records[]{huge.as_record(record::unchecked_text), wrong.as_record(record::unchecked_text)};
  spanwise::detail::buffer room;
  CHECK(spanwise::repair_text(records, room));
  CHECK(span_view{records[0].bytes()}.name() == std::string(half, '?') + "K\xC3\xB6ln");
  CHECK(shown(span_view{records[0].bytes()}.attributes()) == "{? b?: \"?\"}");
  CHECK(span_view{records[1].bytes()}.name() == good);
}

TEST_CASE("keys that are the same once they are repaired are one attribute, with the last value") {
  recorded trace;
  {
    spanwise::span span{"x", {any_key("k\xff"), 1}, {"other", 2}, {any_key("k\xfe"), 3}};
    span.set("map", {{any_key("k\xff"), 4}, {any_key("k\xfe"), 5}});
  }
  CHECK(trace.attributes() == "{k\xEF\xBF\xBD: 3, other: 2, map: {k\xEF\xBF\xBD: 5}}");
}

namespace {
/// A map within a map, and so on, with a text at the bottom.
struct well {
  int depth;
  std::string_view bottom;
};
std::map<std::string, std::variant<std::string, well>> spanwise_value(well const& of) {
  if (of.depth == 1) return {{"k", std::string{of.bottom}}};
  return {{"k", well{of.depth - 1, of.bottom}}};
}
} // namespace

TEST_CASE("text is repaired as deep as values are kept, whatever depth is asked for") {
  recorded trace{{.limits = {.attribute_value_depth = 1000}}};
  {
    spanwise::span span{"x"};
    span.set("deepest", well{64, "\xff"});
    span.set("deeper", well{65, "\xff"});
    span.event("e", {"deepest", well{64, "\xff"}});
  }
  std::string const deepest = shown(trace.only().attribute("deepest"));
  CHECK(deepest.find("\xff") == std::string::npos);
  CHECK(deepest.find("\xEF\xBF\xBD") != std::string::npos);
  CHECK(shown(trace.only().attribute("deeper")).find("k: empty") != std::string::npos);
  CHECK(shown((*trace.only().events().begin()).attributes()) == "{deepest: " + deepest + "}");
}

TEST_CASE("random bytes as a message are repaired without harm") {
  random_text random;
  spanwise::detail::buffer room;
  for (int round = 0; round < 20'000; ++round) {
    framed const any{random.bytes(200)};
    record records[]{any.as_record(record::unchecked_text)};
    CHECK(spanwise::repair_text(records, room));
    CHECK(records[0].size <= 4 * 204);
  }
}
