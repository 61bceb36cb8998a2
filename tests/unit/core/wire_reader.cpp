#include <spanwise/core/wire_reader.hpp>

#include "catch.hpp"
#include "wire_writer.hpp"

using spanwise::detail::wire_field;
using spanwise::detail::wire_reader;
using spanwise::detail::wire_type;
using testing::wire_writer;

TEST_CASE("a reader gives each field with its number, type and value") {
  wire_writer message;
  message.varint(1, 300).fixed64(2, 0x1122334455667788).bytes(3, "text").fixed32(16, 0xdeadbeef).bytes(500, "");
  wire_reader reader{message.span()};
  wire_field field;
  REQUIRE(reader.next(field));
  CHECK(field.is(1, wire_type::varint));
  CHECK(field.integer == 300);
  REQUIRE(reader.next(field));
  CHECK(field.is(2, wire_type::fixed64));
  CHECK(field.integer == 0x1122334455667788);
  REQUIRE(reader.next(field));
  CHECK(field.is(3, wire_type::bytes));
  CHECK(field.text() == "text");
  REQUIRE(reader.next(field));
  CHECK(field.is(16, wire_type::fixed32));
  CHECK(field.integer == 0xdeadbeef);
  REQUIRE(reader.next(field));
  CHECK(field.number == 500);
  CHECK(field.bytes.empty());
  CHECK_FALSE(reader.next(field));
  CHECK_FALSE(reader.failed());
}

TEST_CASE("varints up to ten bytes are read, over-long ones included") {
  for (std::size_t const least : {1U, 2U, 3U, 5U, 9U, 10U}) {
    for (std::uint64_t const value :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{127}, std::uint64_t{128}, UINT64_MAX}) {
      wire_writer message;
      message.raw_varint(8).pad_varints(least).raw_varint(value);
      wire_reader reader{message.span()};
      wire_field field;
      REQUIRE(reader.next(field));
      CHECK(field.integer == value);
      CHECK_FALSE(reader.next(field));
      CHECK_FALSE(reader.failed());
    }
  }
}

TEST_CASE("a malformed field ends the walk and keeps what stood before it") {
  auto const broken = GENERATE(as<std::string>{}, std::string("\x0a"), // no length
                               std::string("\x0a\x05"
                                           "abcd"), // cut off
                               std::string("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
                                           "a"),                                                // huge length
                               std::string("\x08\x80"),                                         // varint cut off
                               std::string("\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"), // eleven bytes
                               std::string("\x09"
                                           "1234567"), // fixed64 cut off
                               std::string("\x0d"
                                           "123"),      // fixed32 cut off
                               std::string("\x0b\x0c"), // a group
                               std::string("\x0e"
                                           "12345678"),
                               std::string("\x0f"),        // no such types
                               std::string("\x00\x00", 2), // field number 0
                               std::string("\x80"), std::string("\xff\xff\xff\xff\xff\x01"));
  wire_writer message;
  message.varint(7, 1).raw(broken);
  wire_reader reader{message.span()};
  wire_field field;
  REQUIRE(reader.next(field));
  CHECK(field.number == 7);
  CHECK_FALSE(reader.next(field));
  CHECK(reader.failed());
  CHECK_FALSE(reader.next(field));
}

TEST_CASE("an empty message has no fields") {
  wire_reader reader;
  wire_field field;
  CHECK_FALSE(reader.next(field));
  CHECK_FALSE(reader.failed());
}
