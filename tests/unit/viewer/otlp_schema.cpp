#include <spanwise/viewer/otlp_schema.hpp>

#include "catch.hpp"

#include <set>
#include <string>

using namespace spanwise::detail;

TEST_CASE("the tables are without contradiction: each number and each name once, messages where they are held") {
  message_shape const* const all[] = {
      &otlp::request(),   &otlp::resource_spans(), &otlp::scope_spans(), &otlp::span(),     &otlp::status(),
      &otlp::link(),      &otlp::event(),          &otlp::scope(),       &otlp::resource(), &otlp::key_value(),
      &otlp::any_value(), &otlp::map_value(),      &otlp::array_value()};
  for (message_shape const* const shape : all) {
    std::set<int> numbers;
    std::set<std::string> names;
    for (field_shape const& field : shape->fields) {
      CHECK(numbers.insert(field.number).second);
      CHECK(names.insert(std::string{field.json}).second);
      CHECK((field.what == holds::message) == (field.message != nullptr));
      CHECK(field.number < 32);
    }
  }
}

TEST_CASE("fields are found by number and by JSON name") {
  CHECK(otlp::span().find(16U)->json == "flags");
  CHECK(otlp::span().find("parentSpanId")->number == 4);
  CHECK(otlp::span().find("parent_span_id") == nullptr);
  CHECK(otlp::span().find(99U) == nullptr);
  CHECK(&otlp::any_value().find("kvlistValue")->message() == &otlp::map_value());
  CHECK(wire_type_of(holds::floating) == wire_type::fixed64);
  CHECK(wire_type_of(holds::fixed32) == wire_type::fixed32);
  CHECK(wire_type_of(holds::boolean) == wire_type::varint);
  CHECK(wire_type_of(holds::id) == wire_type::bytes);
}
