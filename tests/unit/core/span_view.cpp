#include <spanwise/core/span_view.hpp>

#include "catch.hpp"
#include "wire_writer.hpp"

#include <random>

using namespace testing;
using spanwise::attribute_view;
using spanwise::event_view;
using spanwise::link_view;
using spanwise::span_kind;
using spanwise::span_view;
using spanwise::status_code;

namespace {

constexpr auto trace = "3f9a1c5be27d4d0b8c6e0a47d15f2b93";
constexpr auto own = "5ad3e7f1096b2c48";
constexpr auto parent = "c47f20a9be8d1356";

std::string hex(auto const& id) {
  return std::string{std::string_view{id.hex()}};
}

wire_writer full_span() {
  wire_writer event;
  event.fixed64(1, 150).bytes(2, "retry").message(3, key_value("n", any(1))).varint(4, 2);
  wire_writer link;
  link.bytes(1, unhex("11111111111111111111111111111111")).bytes(2, unhex("2222222222222222")).bytes(3, "a=1");
  link.message(4, key_value("why", any("batch"))).varint(5, 3).fixed32(6, 0x301);
  wire_writer out = span_message(trace, own, parent, "place order", 100, 200, 3, 0x303);
  out.bytes(3, "v=1").message(9, key_value("a", any(1))).message(9, key_value("b", any("two")));
  out.varint(10, 4).message(11, event).varint(12, 5).message(13, link).varint(14, 6);
  out.message(15, wire_writer{}.bytes(2, "boom").varint(3, 2));
  return out;
}

/// Touches everything a view gives, nested values too; the sum keeps the compiler from skipping it.
std::size_t walk(spanwise::value_view value, int depth = 0) {
  std::size_t sum = static_cast<std::size_t>(value.type());
  for (char const letter : value.as_string()) sum += static_cast<unsigned char>(letter);
  for (std::byte const one : value.as_bytes()) sum += static_cast<std::size_t>(one);
  sum += value.as_bool() + static_cast<std::size_t>(value.as_int()) + (value.as_double() > 1);
  if (depth == 64) return sum;
  for (auto const element : value.elements()) sum += walk(element, depth + 1);
  for (auto const entry : value.entries()) sum += entry.key.size() + walk(entry.value, depth + 1);
  return sum;
}

std::size_t walk(spanwise::attribute_range attributes) {
  std::size_t sum = attributes.size();
  for (attribute_view const attribute : attributes) {
    for (char const letter : attribute.key) sum += static_cast<unsigned char>(letter);
    sum += walk(attribute.value);
  }
  return sum;
}

std::size_t walk(span_view const& view) {
  std::size_t sum = view.name().size() + view.status_message().size() + view.flags() + walk(view.attributes());
  for (char const letter : view.name()) sum += static_cast<unsigned char>(letter);
  for (event_view const event : view.events()) sum += event.name().size() + walk(event.attributes());
  for (link_view const link : view.links()) sum += link.trace_state().size() + walk(link.attributes());
  return sum;
}

} // namespace

TEST_CASE("a span view gives each field of the message") {
  wire_writer const message = full_span();
  span_view const view{message.span()};
  CHECK(hex(view.trace_id()) == trace);
  CHECK(hex(view.span_id()) == own);
  CHECK(hex(view.parent_span_id()) == parent);
  CHECK(view.trace_state() == "v=1");
  CHECK(view.name() == "place order");
  CHECK(view.kind() == span_kind::client);
  CHECK(view.start().unix_ns == 100);
  CHECK(view.end().unix_ns == 200);
  CHECK(view.flags() == 0x303);
  CHECK(view.local_root());
  CHECK(view.status() == status_code::error);
  CHECK(view.status_message() == "boom");
  CHECK(view.dropped_attributes() == 4);
  CHECK(view.dropped_events() == 5);
  CHECK(view.dropped_links() == 6);

  REQUIRE(view.attributes().size() == 2);
  auto attribute = view.attributes().begin();
  CHECK((*attribute).key == "a");
  CHECK((*attribute).value.as_int() == 1);
  CHECK((*++attribute).value.as_string() == "two");
  CHECK(view.attribute("b").as_string() == "two");
  CHECK(view.attribute("c").type() == spanwise::value_type::empty);

  REQUIRE(view.events().size() == 1);
  event_view const event = *view.events().begin();
  CHECK(event.name() == "retry");
  CHECK(event.time().unix_ns == 150);
  CHECK(event.attributes().size() == 1);
  CHECK(event.dropped_attributes() == 2);

  REQUIRE(view.links().size() == 1);
  link_view const link = *view.links().begin();
  CHECK(hex(link.trace_id()) == "11111111111111111111111111111111");
  CHECK(hex(link.span_id()) == "2222222222222222");
  CHECK(link.trace_state() == "a=1");
  CHECK(link.flags() == 0x301);
  CHECK((*link.attributes().begin()).value.as_string() == "batch");
  CHECK(link.dropped_attributes() == 3);
}

TEST_CASE("an empty message is an invalid, unnamed, internal span") {
  span_view const view;
  CHECK_FALSE(view.trace_id().valid());
  CHECK(view.name().empty());
  CHECK(view.kind() == span_kind::internal);
  CHECK(view.status() == status_code::unset);
  CHECK(view.attributes().empty());
  CHECK(view.local_root());
  CHECK_FALSE(span_view{wire_writer{}.bytes(1, "short").span()}.trace_id().valid());
}

TEST_CASE("fields in any order, interleaved and repeated: the last singular one counts, without merging") {
  wire_writer message;
  message.pad_varints(3);
  message.message(15, wire_writer{}.bytes(2, "old").varint(3, 2));
  message.message(9, key_value("a", any(1))).bytes(5, "first").message(11, wire_writer{}.bytes(2, "e1"));
  message.message(9, key_value("a", any(2)))
      .bytes(777, "unknown")
      .bytes(5, "last")
      .message(15, wire_writer{}.varint(3, 1));
  message.message(11, wire_writer{}.bytes(2, "e2")).varint(9, 5).fixed64(5, 1);
  span_view const view{message.span()};
  CHECK(view.name() == "last");
  CHECK(view.status() == status_code::ok);
  CHECK(view.status_message().empty());
  CHECK(view.attributes().size() == 2);
  CHECK(view.events().size() == 2);
  CHECK((*++view.events().begin()).name() == "e2");
}

TEST_CASE("numbers outside an enumeration read as its default") {
  CHECK(span_view{wire_writer{}.varint(6, 0).span()}.kind() == span_kind::internal);
  CHECK(span_view{wire_writer{}.varint(6, 5).span()}.kind() == span_kind::consumer);
  CHECK(span_view{wire_writer{}.varint(6, 77).span()}.kind() == span_kind::internal);
  CHECK(span_view{wire_writer{}.message(15, wire_writer{}.varint(3, 9)).span()}.status() == status_code::unset);
}

TEST_CASE("a local root has no parent or a remote one") {
  CHECK(span_view{span_message(trace, own, "", "x", 1, 2).span()}.local_root());
  CHECK(span_view{span_message(trace, own, parent, "x", 1, 2, 1, 0x303).span()}.local_root());
  CHECK_FALSE(span_view{span_message(trace, own, parent, "x", 1, 2, 1, 0x103).span()}.local_root());
}

TEST_CASE("any bytes can be walked without harm") {
  std::mt19937 random{20260101};
  std::string const good =
      full_span().message(9, key_value("deep", any_array({any_map({{"k", any_array({any(0.5)})}})}))).text();
  std::size_t sum = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string mutated = good;
    for (unsigned changes = 1 + random() % 4; changes != 0; --changes)
      mutated[random() % mutated.size()] = static_cast<char>(random());
    mutated.resize(mutated.size() - (random() % 4 == 0 ? random() % mutated.size() : 0));
    // An exact allocation lets the address sanitizer see one byte too many.
    std::vector<std::byte> const exact{reinterpret_cast<std::byte const*>(mutated.data()),
                                       reinterpret_cast<std::byte const*>(mutated.data()) + mutated.size()};
    sum += walk(span_view{exact});
  }
  CHECK(sum != 0);
}
