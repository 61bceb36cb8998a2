#include <spanwise/core/span_view.hpp>
#include <spanwise/pipeline/resolve.hpp>

#include "catch.hpp"
#include "wire_writer.hpp"

#include <random>

using namespace testing;
using spanwise::has_overwrites;
using spanwise::record;
using spanwise::resolve_overwrites;
using spanwise::span_view;
using spanwise::value_type;
using spanwise::value_view;

namespace {

std::string resolved(wire_writer const& message) {
  std::vector<std::byte> out(message.text().size());
  std::size_t const size = resolve_overwrites(message.span(), out.data());
  REQUIRE(size <= out.size());
  return {reinterpret_cast<char const*>(out.data()), size};
}

std::string described(value_view value);

std::string described(spanwise::attribute_range attributes) {
  std::string out;
  for (auto const each : attributes) out += std::string{each.key} + "=" + described(each.value) + ";";
  return out;
}

std::string described(value_view value) {
  if (value.type() == value_type::string) return std::string{value.as_string()};
  if (value.type() == value_type::integer) return std::to_string(value.as_int());
  if (value.type() == value_type::map) return "{" + described(value.entries()) + "}";
  std::string out = "[";
  for (auto const each : value.elements()) out += described(each) + ",";
  return out + "]";
}

std::span<std::byte const> bytes_of(std::string const& text) {
  return {reinterpret_cast<std::byte const*>(text.data()), text.size()};
}

wire_writer plain() {
  return span_message("3f9a1c5be27d4d0b8c6e0a47d15f2b93", "5ad3e7f1096b2c48", "", "x", 1, 2);
}

} // namespace

TEST_CASE("the last value of a key stands where its first one stood") {
  wire_writer message = plain();
  message.message(9, key_value("a", any(1)))
      .message(9, key_value("b", any("two")))
      .message(9, key_value("a", any("last")));
  message.message(9, key_value("A", any(4))).message(9, key_value("a", any(5)));
  std::string const out = resolved(message);
  CHECK(described(span_view{bytes_of(out)}.attributes()) == "a=5;b=two;A=4;");
  CHECK(has_overwrites(message.span()));
  CHECK_FALSE(has_overwrites(bytes_of(out)));
}

TEST_CASE("the last name and the last status remain, once") {
  wire_writer message = plain();
  message.message(15, wire_writer{}.bytes(2, "old").varint(3, 2))
      .bytes(5, "second")
      .message(15, wire_writer{}.varint(3, 1));
  message.bytes(5, "third");
  std::string const out = resolved(message);
  span_view const view{bytes_of(out)};
  CHECK(view.name() == "third");
  CHECK(view.status() == spanwise::status_code::ok);
  CHECK(view.status_message().empty());
  spanwise::detail::wire_reader reader{bytes_of(out)};
  int names = 0, statuses = 0;
  for (spanwise::detail::wire_field field; reader.next(field);) {
    names += field.number == 5;
    statuses += field.number == 15;
  }
  CHECK(names == 1);
  CHECK(statuses == 1);
}

TEST_CASE("events, links and maps within values are worked out too; repeated fields stay") {
  wire_writer event;
  event.fixed64(1, 5).bytes(2, "e").message(3, key_value("k", any(1))).message(3, key_value("k", any(2)));
  wire_writer link;
  link.message(4, key_value("k", any(3))).message(4, key_value("k", any(4)));
  wire_writer const map = any_map({{"x", any(1)}, {"y", any_map({{"z", any(1)}, {"z", any(2)}})}, {"x", any(3)}});
  wire_writer message = plain();
  message.message(11, event).message(9, key_value("m", any_array({any(7), map}))).message(11, event).message(13, link);
  std::string const out = resolved(message);
  span_view const view{bytes_of(out)};
  CHECK(view.events().size() == 2);
  CHECK(described((*++view.events().begin()).attributes()) == "k=2;");
  CHECK((*view.events().begin()).time().unix_ns == 5);
  CHECK(described((*view.links().begin()).attributes()) == "k=4;");
  CHECK(described(view.attributes()) == "m=[7,{x=3;y={z=2;};},];");
  CHECK_FALSE(has_overwrites(bytes_of(out)));
  for (wire_writer const& one : {plain().message(11, event), plain().message(13, link), plain().bytes(5, "again"),
                                 plain().message(9, key_value("m", any_array({map})))})
    CHECK(has_overwrites(one.span()));
}

TEST_CASE("a span in which nothing occurs twice is copied as it is, over-long lengths included") {
  wire_writer message = plain();
  message.pad_varints(3)
      .message(9, key_value("a", any_map({{"x", any(1)}})))
      .message(9, key_value("b", any()))
      .bytes(99, "?");
  CHECK(resolved(message) == message.text());
  CHECK_FALSE(has_overwrites(message.span()));
  wire_writer twice = message;
  twice.message(9, key_value("a", any(2)));
  std::string const out = resolved(twice);
  CHECK(described(span_view{bytes_of(out)}.attributes()) == "a=2;b=[];");
}

TEST_CASE("many keys are told apart quickly") {
  wire_writer message = plain();
  std::string expected;
  for (int round = 0; round < 2; ++round)
    for (int at = 0; at < 20'000; ++at) message.message(9, key_value("key." + std::to_string(at), any(at + round)));
  for (int at = 0; at < 20'000; ++at) expected += "key." + std::to_string(at) + "=" + std::to_string(at + 1) + ";";
  std::string const out = resolved(message);
  CHECK(described(span_view{bytes_of(out)}.attributes()) == expected);
}

TEST_CASE("flagged records move into the buffer given, framed; the others stay") {
  record_store store;
  store.add(plain());
  store.add(plain().message(9, key_value("a", any(1))).message(9, key_value("a", any(2))), 3, record::overwrites);
  store.add(plain().message(9, key_value("a", any(1))), 4, record::overwrites);
  store.add(plain().bytes(5, "renamed"), 5, record::overwrites);
  std::vector<record> records = store.records();
  spanwise::detail::buffer room;
  REQUIRE(resolve_overwrites(records, room));
  CHECK(records[0].message == store.records()[0].message);
  CHECK(records[2].message == store.records()[2].message);
  CHECK(described(span_view{records[1]}.attributes()) == "a=2;");
  CHECK(span_view{records[3]}.name() == "renamed");
  std::size_t framed = 0;
  for (std::size_t at : {std::size_t{1}, std::size_t{3}}) {
    CHECK(records[at].message != store.records()[at].message);
    spanwise::detail::wire_reader reader{records[at].framed()};
    spanwise::detail::wire_field field;
    REQUIRE(reader.next(field));
    CHECK(field.is(2, spanwise::detail::wire_type::bytes));
    CHECK(field.bytes.size() == records[at].size);
    CHECK_FALSE(reader.next(field));
    framed += records[at].framed().size();
  }
  CHECK(room.size() == framed);
  CHECK(records[1].scope == 3);
  for (record const& each : records) CHECK(each.flags == 0);
}

TEST_CASE("nesting without end and garbage are copied without harm, never into more bytes") {
  wire_writer deep = any_map({{"k", any(1)}, {"k", any(2)}});
  for (int at = 0; at < 500; ++at) deep = any_array({deep});
  wire_writer message = plain();
  message.message(9, key_value("deep", deep)).message(9, key_value("deep", any(1))).message(9, key_value("d", deep));
  resolved(message);

  std::mt19937 random{42};
  wire_writer small = plain();
  small.message(9, key_value("m", any_array({any(7), any_map({{"x", any(1)}, {"x", any("text")}})})));
  small.message(9, key_value("m", any(1))).message(11, wire_writer{}.message(3, key_value("k", any(2))));
  int overwritten = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string mutated = small.text();
    for (unsigned changes = 1 + random() % 4; changes != 0; --changes)
      mutated[random() % mutated.size()] = static_cast<char>(random());
    wire_writer message_of_it;
    message_of_it.raw(mutated);
    std::string const once = resolved(message_of_it);
    wire_writer again;
    again.raw(once);
    REQUIRE(resolved(again) == once);
    overwritten += has_overwrites(message_of_it.span());
  }
  CHECK(overwritten > 0);
}
