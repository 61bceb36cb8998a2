// Finished spans read back, of any bytes: the views, the resolver of overwrites, the repair of text, and the encoders
// keep to their bounds and to each other. The first byte flags the record; the rest is its message.
#include <spanwise/export/otlp_json.hpp>
#include <spanwise/export/otlp_protobuf.hpp>
#include <spanwise/export/value_text.hpp>
#include <spanwise/pipeline/repair_text.hpp>
#include <spanwise/viewer/otlp_json_reader.hpp>

#include "fuzz.hpp"

#include <algorithm>
#include <vector>

namespace {

using fuzz::require;
using spanwise::record;
using spanwise::span_view;
namespace detail = spanwise::detail;

bool within(std::string_view part, std::span<std::byte const> whole) {
  auto const* const begin = reinterpret_cast<char const*>(whole.data());
  return part.empty() || (part.data() >= begin && part.data() + part.size() <= begin + whole.size());
}

std::size_t walk(spanwise::value_view const& value, std::span<std::byte const> whole, int depth) {
  require(within(value.as_string(), whole), "a text lies in the message");
  require(within({reinterpret_cast<char const*>(value.as_bytes().data()), value.as_bytes().size()}, whole), "bytes lie in the message");
  std::size_t count = 1;
  if (depth == 20) return count;
  for (spanwise::value_view const& each : value.elements()) count += walk(each, whole, depth + 1);
  for (spanwise::attribute_view const& each : value.entries()) count += walk(each.value, whole, depth + 1);
  return count;
}

std::size_t walk(spanwise::attribute_range const& attributes, std::span<std::byte const> whole) {
  std::size_t count = 0;
  for (spanwise::attribute_view const& each : attributes) {
    require(within(each.key, whole), "a key lies in the message");
    count += walk(each.value, whole, 0);
  }
  return count;
}

/// Looks at all that a view shows.
void walk(span_view const& view) {
  std::span<std::byte const> const whole = view.bytes();
  for (std::string_view const text : {view.name(), view.trace_state(), view.status_message()})
    require(within(text, whole), "a text lies in the message");
  std::size_t count = walk(view.attributes(), whole);
  for (spanwise::event_view const& each : view.events()) count += 1 + walk(each.attributes(), whole);
  for (spanwise::link_view const& each : view.links()) count += 1 + walk(each.attributes(), whole);
  require(2 * count <= whole.size(), "nothing is seen that takes no bytes");
  for (spanwise::attribute_view const& each : view.attributes()) {
    detail::buffer text;
    require(spanwise::append_value_text(each.value, text), "a value can be shown as text");
    require(text.size() <= 64 + 8 * whole.size(), "its text is bounded");
    if (each.value.type() != spanwise::value_type::string)
      require(detail::valid_utf8({text.data(), text.size()}), "the text of a value that is none is UTF-8");
  }
}

/// Each field that OTLP knows is of its type, as in all that spanwise writes: then the resolver and the views agree.
bool well_typed(std::span<std::byte const> message, detail::message_shape const& shape, int depth = 0) {
  detail::wire_reader reader{message};
  for (detail::wire_field field; reader.next(field);) {
    detail::field_shape const* const known = shape.find(field.number);
    if (known == nullptr) continue;
    if (field.type != detail::wire_type_of(known->what)) return false;
    if (known->what == detail::holds::message && (depth == 30 || !well_typed(field.bytes, known->message(), depth + 1))) return false;
  }
  return !reader.failed();
}

void check_resolved(span_view const& before) {
  std::vector<std::byte> out(before.bytes().size());
  std::size_t const size = spanwise::resolve_overwrites(before.bytes(), out.data());
  require(size <= out.size(), "what is resolved is no longer than before");
  std::span<std::byte const> const resolved{out.data(), size};
  require(!spanwise::has_overwrites(resolved), "nothing is overwritten any more");
  std::vector<std::byte> twice(size);
  out.resize(size);
  require(spanwise::resolve_overwrites(resolved, twice.data()) == size && twice == out, "resolving again changes nothing");
  if (!well_typed(before.bytes(), detail::otlp::span())) return;
  span_view const after{resolved};
  require(after.name() == before.name() && after.status() == before.status() && after.kind() == before.kind() &&
              after.status_message() == before.status_message() && after.start() == before.start() && after.end() == before.end() &&
              after.trace_id() == before.trace_id() && after.span_id() == before.span_id() && after.flags() == before.flags(),
          "what came last holds");
  for (spanwise::attribute_view const& each : before.attributes()) {
    require(after.attribute(each.key).type() == before.attribute(each.key).type(), "a key has the value that it was given last");
    std::size_t times = 0;
    for (spanwise::attribute_view const& other : after.attributes()) times += other.key == each.key;
    require(times == 1, "a key occurs once");
  }
}

struct framed {
  explicit framed(std::span<std::byte const> message) : bytes(record::frame_size + message.size()) {
    bytes[0] = std::byte{detail::tag::bytes_2};
    detail::put_varint_3(reinterpret_cast<unsigned char*>(bytes.data()) + 1, static_cast<std::uint32_t>(message.size()));
    std::copy(message.begin(), message.end(), bytes.begin() + record::frame_size);
  }
  [[nodiscard]] record as_record(std::uint16_t flags) const {
    return {bytes.data() + record::frame_size, static_cast<std::uint32_t>(bytes.size() - record::frame_size), 0, flags};
  }
  std::vector<std::byte> bytes;
};

spanwise::scope_list const& scopes() {
  static spanwise::scope_list list;
  static bool const added = (list.find_or_add(1, "fuzz", "1", ""), true);
  static_cast<void>(added);
  return list;
}

void check_encoded(record const& finished) {
  static spanwise::resource const resource;
  spanwise::span_batch const batch{resource, scopes(), {&finished, 1}};
  detail::buffer json;
  require(spanwise::encode_otlp_json(batch, json), "a record can be encoded as JSON");
  std::string_view const text{json.data(), json.size()};
  require(detail::valid_utf8(text), "JSON is UTF-8", text);
  require(text.size() <= 2000 + 100 * finished.size, "JSON is bounded");
  std::string protobuf;
  std::string const refused = detail::read_otlp_json(text, detail::otlp::request(), protobuf);
  require(refused.empty() || refused.find("deeply") != refused.npos, "JSON can be read", refused);
  if (!refused.empty()) return;
  span_view const before{finished};
  std::span<std::byte const> message{detail::as_bytes(protobuf)};
  for (std::uint32_t const field : {1U, 2U, 2U})
    message = detail::next_element(message.data(), message.data() + message.size(), field);
  span_view const after{message};
  require(after.start() == before.start() && after.end() == before.end() && after.kind() == before.kind() &&
              after.status() == before.status() && after.flags() == before.flags() && after.dropped_events() == before.dropped_events(),
          "numbers arrive as they were");
  require(after.attributes().size() == before.attributes().size() && after.events().size() == before.events().size() &&
              after.links().size() == before.links().size(),
          "all parts arrive");

  detail::buffer wire;
  require(spanwise::encode_otlp_protobuf(batch, wire), "a record can be encoded as protobuf");
  require(wire.size() >= finished.size && wire.size() <= finished.size + 200, "protobuf is the record and its frame");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  fuzz::input from{data, size};
  std::uint16_t const flags = from.byte() & (record::overwrites | record::unchecked_text);
  fuzz::exact const message{from.rest()};
  span_view const view{message.bytes()};
  walk(view);
  check_resolved(view);

  framed const held{message.bytes()};
  record finished[]{held.as_record(flags), held.as_record(static_cast<std::uint16_t>(flags ^ 1U))};
  detail::buffer resolved;
  detail::buffer repaired;
  require(spanwise::repair_text(std::span{finished}, repaired), "what is small can be repaired");
  require(spanwise::resolve_overwrites(std::span{finished}, resolved), "there is memory");
  for (record const& each : finished) {
    if ((flags & record::unchecked_text) != 0)
      require(detail::all_valid_utf8(detail::span_part::span, each.bytes(), 0), "text is UTF-8 once it was repaired");
    require(each.flags == 0, "flags are gone once they were followed");
    walk(span_view{each});
    check_encoded(each);
  }
  return 0;
}
