#include <spanwise/detail/hex.hpp>
#include <spanwise/export/otlp_protobuf.hpp>

#include "catch.hpp"
#include "wire_writer.hpp"

using namespace testing;
using spanwise::detail::buffer;

namespace {

wire_writer span_named(std::string_view name) {
  return span_message("3f9a1c5be27d4d0b8c6e0a47d15f2b93", "5ad3e7f1096b2c48", "", name, 1, 2);
}

std::string hex(std::string_view bytes) {
  std::string out(2 * bytes.size(), '\0');
  spanwise::detail::write_hex(out.data(), reinterpret_cast<unsigned char const*>(bytes.data()), bytes.size());
  return out;
}

/// The bytes of a message as ScopeSpans.spans has them: the length in three bytes.
wire_writer& framed(wire_writer& out, wire_writer const& message) {
  return out.tag(2, 2).pad_varints(3).raw_varint(message.text().size()).pad_varints(1).raw(message.text());
}

} // namespace

TEST_CASE("a request has the resource once and the spans grouped by scope") {
  spanwise::resource resource;
  resource.set({"service.name", "shop"});
  resource.set_schema_url("https://example.org/1");
  static spanwise::scope_list scopes;
  scopes.find_or_add(1, "", "", "");
  scopes.find_or_add(2, "acme.orders", "1.8.3", "https://example.org/2");
  record_store store;
  store.add(span_named("a"), 1);
  store.add(span_named("b"), 0);
  store.add(span_named(std::string(300, 'c')), 1);

  wire_writer orders;
  orders.message(1, wire_writer{}.bytes(1, "acme.orders").bytes(2, "1.8.3"));
  framed(orders, span_named("a"));
  framed(orders, span_named(std::string(300, 'c'))).bytes(3, "https://example.org/2");
  wire_writer unnamed;
  framed(unnamed.message(1, wire_writer{}), span_named("b"));
  wire_writer expected;
  auto const encoded = resource.encoded();
  expected.bytes(1, {reinterpret_cast<char const*>(encoded.data()), encoded.size()});
  expected.message(2, orders).message(2, unnamed).bytes(3, "https://example.org/1");

  buffer out;
  out.append("before");
  REQUIRE(spanwise::encode_otlp_protobuf({resource, scopes, store.records()}, out));
  CHECK(hex(out.text()) == hex("before" + wire_writer{}.message(1, expected).text()));
}

TEST_CASE("a scope has a schema URL where the resource has none") {
  spanwise::resource const resource;
  static spanwise::scope_list scopes;
  scopes.find_or_add(1, "acme", "", "https://example.org/scope");
  record_store store;
  store.add(span_named("a"));
  wire_writer group;
  group.message(1, wire_writer{}.bytes(1, "acme"));
  framed(group, span_named("a")).bytes(3, "https://example.org/scope");
  buffer out;
  REQUIRE(spanwise::encode_otlp_protobuf({resource, scopes, store.records()}, out));
  CHECK(hex(out.text()) == hex(wire_writer{}.message(1, wire_writer{}.bytes(1, "").message(2, group)).text()));
}

TEST_CASE("an empty batch is an empty request") {
  spanwise::resource const resource;
  spanwise::scope_list const scopes;
  buffer out;
  CHECK(spanwise::encode_otlp_protobuf({resource, scopes, {}}, out));
  CHECK(out.empty());
}

TEST_CASE("out of memory, the buffer is left as it was") {
  spanwise::resource const resource;
  spanwise::scope_list const scopes;
  record_store store;
  store.add(span_named(std::string(5000, 'x')));
  buffer out;
  out.append("kept");
  CHECK(out.room(buffer::max_size) == nullptr);
  CHECK_FALSE(spanwise::encode_otlp_protobuf({resource, scopes, store.records()}, out));
  CHECK(out.text() == "kept");
}
