// A span that is given anything, in any order, under any limits, against a plain model of what must arrive: the last
// value of each key, cut to length and depth, no more than the limits allow, and the rest counted as dropped.
#include <spanwise/export/memory.hpp>
#include <spanwise/pipeline/batch.hpp>
#include <spanwise/start.hpp>
#include <spanwise/trace/tracer.hpp>

#include "fuzz.hpp"

#include <algorithm>
#include <memory>
#include <vector>

namespace {

using fuzz::require;
using spanwise::span_limits;
using spanwise::value_view;
namespace detail = spanwise::detail;

/// A value as the input has it, and what it looks like once it has arrived.
struct node {
  enum kinds : std::uint8_t { text, bytes, integer, floating, truth, big, array, map } kind = text;
  std::string content{};
  std::uint64_t number = 0;
  std::vector<std::pair<std::string, node>> parts{};

  [[nodiscard]] detail::value as_value() const;
};

void write_node(detail::value_sink& sink, unsigned char tag, void const* object, std::size_t) {
  node const& of = *static_cast<node const*>(object);
  bool const map = of.kind == node::map;
  sink.container(tag, map ? detail::tag::map_value : detail::tag::array_value, [&] {
    for (auto const& [key, part] : of.parts)
      if (map) sink.entry(key, part.as_value());
      else sink.field(detail::tag::element, part.as_value());
  });
}

detail::value node::as_value() const {
  switch (kind) {
  case text: return {content.data(), content.size(), detail::value_kind::text};
  case bytes: return {content.data(), content.size(), detail::value_kind::bytes};
  case integer: return {detail::value_kind::integer, number};
  case floating: return {detail::value_kind::floating, number};
  case truth: return {detail::value_kind::boolean, number & 1};
  case big: return {detail::value_kind::big, number | std::uint64_t{1} << 63};
  default: return {this, 1, &write_node};
  }
}

spanwise::attribute attribute_of(std::string const& key, node const& held) {
  spanwise::attribute const name{spanwise::any_key{key}, 0};
  detail::value const value = held.as_value();
  return {key.data(), {static_cast<std::uint32_t>(key.size()), name.bit(), value.kind, true}, value.data, value.number, value.write};
}

node read_node(fuzz::input& from, int depth) {
  node result;
  result.kind = static_cast<node::kinds>(from.byte() % (depth < 6 ? 8 : 6));
  if (result.kind == node::array || result.kind == node::map) {
    for (std::size_t count = from.byte() % 4; count != 0 && !from.empty(); --count) {
      std::string key{from.bytes(result.kind == node::map ? from.byte() % 4 : 0)};
      result.parts.emplace_back(std::move(key), read_node(from, depth + 1));
    }
  } else if (result.kind == node::text || result.kind == node::bytes) {
    std::size_t const size = from.byte();
    result.content = from.bytes(size);
    if (size > 250) result.content.append(size == 255 ? 5000 : 300, 'x'); // more than the span has room for in itself
  } else {
    result.number = from.number();
  }
  return result;
}

std::string repaired(std::string_view text) {
  std::string out;
  detail::repair_utf8(text, [&](std::string_view piece) { out += piece; });
  return out;
}

/// Characters one by one, as the specification counts them.
std::string cut(std::string_view text, std::uint32_t most) {
  std::size_t at = 0;
  for (std::uint32_t count = 0; count < most && at < text.size(); ++count) at += detail::first_character(text.substr(at)).size;
  return std::string{text.substr(0, at)};
}

bool arrived(node const& given, value_view const& seen, span_limits const& limits, std::uint32_t depth = 0) {
  switch (given.kind) {
  case node::text: return seen.type() == spanwise::value_type::string && seen.as_string() == repaired(cut(given.content, limits.attribute_value_length));
  case node::bytes: {
    std::size_t const size = std::min<std::size_t>(given.content.size(), limits.attribute_value_length);
    return seen.type() == spanwise::value_type::bytes && seen.as_bytes().size() == size &&
           std::memcmp(seen.as_bytes().data(), given.content.data(), size) == 0;
  }
  case node::integer: return seen.type() == spanwise::value_type::integer && seen.as_int() == static_cast<std::int64_t>(given.number);
  case node::floating: return seen.type() == spanwise::value_type::floating && std::bit_cast<std::uint64_t>(seen.as_double()) == given.number;
  case node::truth: return seen.type() == spanwise::value_type::boolean && seen.as_bool() == ((given.number & 1) != 0);
  case node::big:
    return seen.type() == spanwise::value_type::string &&
           seen.as_string() == cut(std::to_string(given.number | std::uint64_t{1} << 63), limits.attribute_value_length);
  default: break;
  }
  if (depth == limits.attribute_value_depth) return seen.type() == spanwise::value_type::empty;
  if (given.kind == node::array) {
    std::size_t at = 0;
    for (value_view const& each : seen.elements())
      if (at == given.parts.size() || !arrived(given.parts[at++].second, each, limits, depth + 1)) return false;
    return seen.type() == spanwise::value_type::array && at == given.parts.size();
  }
  // The last value of each key of a map; repair may make two keys the same.
  std::vector<std::pair<std::string, node const*>> left;
  for (auto const& [raw, part] : given.parts) {
    std::string const key = repaired(raw);
    auto const known = std::find_if(left.begin(), left.end(), [&key](auto const& each) { return each.first == key; });
    if (known == left.end()) left.emplace_back(key, &part);
    else known->second = &part;
  }
  std::size_t at = 0;
  for (spanwise::attribute_view const& each : seen.entries()) {
    if (at == left.size() || left[at].first != each.key) return false;
    if (!arrived(*left[at++].second, each.value, limits, depth + 1)) return false;
  }
  return seen.type() == spanwise::value_type::map && at == left.size();
}

/// What a list of attributes amounts to: in a span each key counts against the limit when it comes.
struct model {
  struct entry {
    std::string key;
    node value;
    std::size_t when;
  };
  std::vector<entry> held{};
  std::uint32_t dropped = 0;
  std::size_t calls = 0;

  void set(std::string const& key, node const& value, std::uint32_t most) {
    if (key.empty()) return;
    ++calls;
    auto const known = std::find_if(held.begin(), held.end(), [&](entry const& each) { return each.key == key; });
    if (known != held.end()) *known = {key, value, calls};
    else if (held.size() < most) held.push_back({key, value, calls});
    else ++dropped;
  }
  void compare(spanwise::attribute_range const& seen, std::uint32_t seen_dropped, span_limits const& limits) const {
    require(seen_dropped == dropped, "what is left out is counted");
    // Of keys that repair makes the same the last value stays.
    std::vector<std::pair<std::string, entry const*>> last;
    for (entry const& each : held) {
      std::string const key = repaired(each.key);
      auto const same = std::find_if(last.begin(), last.end(), [&key](auto const& other) { return other.first == key; });
      if (same == last.end()) last.emplace_back(key, &each);
      else if (same->second->when < each.when) same->second = &each;
    }
    std::size_t count = 0;
    for (spanwise::attribute_view const& each : seen) {
      ++count;
      require(detail::valid_utf8(each.key), "a key arrives as UTF-8", each.key);
      bool const known = std::any_of(last.begin(), last.end(), [&](auto const& one) {
        return one.first == each.key && arrived(one.second->value, each.value, limits);
      });
      require(known, "what arrives is what was given last", each.key);
    }
    require(count == last.size(), "all arrives that the limit allows, each key once");
  }
};

/// A pipeline for each of some limits, started once.
struct pipeline {
  explicit pipeline(span_limits const& given) : limits{given}, tracing{start(given, sink)} {}
  static spanwise::provider start(span_limits const& given, spanwise::memory_sink const& to) {
    spanwise::options chosen;
    chosen.limits = {.attribute_count = given.attribute_count,
                     .event_count = given.event_count,
                     .link_count = given.link_count,
                     .attribute_per_event_count = given.attribute_per_event_count,
                     .attribute_per_link_count = given.attribute_per_link_count,
                     .attribute_value_length = given.attribute_value_length,
                     .attribute_value_depth = given.attribute_value_depth};
    return spanwise::start("fuzz", spanwise::simple{spanwise::memory{to}}, std::move(chosen));
  }
  span_limits limits;
  spanwise::memory_sink sink;
  spanwise::provider tracing;
};

pipeline& pipeline_for(unsigned choice) {
  static std::unique_ptr<pipeline> all[4];
  span_limits const limits[4]{{},
                              {.attribute_count = 3, .event_count = 2, .link_count = 1, .attribute_per_event_count = 2, .attribute_per_link_count = 1,
                               .attribute_value_length = 5, .attribute_value_depth = 2},
                              {.attribute_count = 1, .event_count = 0, .link_count = 0, .attribute_value_length = 0, .attribute_value_depth = 0},
                              {.attribute_count = 40, .attribute_per_event_count = 0, .attribute_value_length = 30, .attribute_value_depth = 1}};
  auto& one = all[choice % 4];
  if (!one) one = std::make_unique<pipeline>(limits[choice % 4]);
  return *one;
}

std::string key_from(fuzz::input& from) {
  std::uint8_t const choice = from.byte();
  if (choice < 64) return std::string(1, static_cast<char>('a' + choice % 8)); // few keys, so that they come again
  return std::string{from.bytes(choice % 40)};
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  fuzz::diagnostics const diagnostics;
  fuzz::input from{data, size};
  pipeline& used = pipeline_for(from.byte());
  span_limits const& limits = used.limits;
  used.sink.clear();
  struct part {
    std::string name;
    model attributes;
  };
  model attributes;
  std::vector<part> events;
  std::vector<model> links;
  std::uint32_t dropped_events = 0;
  std::uint32_t dropped_links = 0;
  std::string name{from.bytes(from.byte() % 32)};
  spanwise::span_context const elsewhere{*spanwise::trace_id::from_hex("3f9a1c5be27d4d0b8c6e0a47d15f2b93"),
                                         *spanwise::span_id::from_hex("5ad3e7f1096b2c48")};
  spanwise::tracer const tracer{used.tracing.tracer("fuzz")};
  {
    auto span = tracer.span(name);
    std::size_t bytes = 0; // the memory of a span is a limit of its own, which this model does not know
    while (!from.empty() && bytes < 400'000) {
      unsigned const action = from.byte() % 8;
      if (action == 0) span.update_name(name = from.bytes(from.byte()));
      if (action > 2) {
        std::string const key = key_from(from);
        node const value = read_node(from, 0);
        bytes += key.size() + value.content.size() + 100;
        span.set(attribute_of(key, value));
        attributes.set(key, value, limits.attribute_count);
      }
      if (action != 1 && action != 2) continue;
      std::string const key[2]{key_from(from), key_from(from)};
      node const value[2]{read_node(from, 3), read_node(from, 3)};
      bytes += 2000 + value[0].content.size() + value[1].content.size();
      std::uint32_t const most = action == 1 ? limits.attribute_per_event_count : limits.attribute_per_link_count;
      model held;
      // Of a list that is given at once only the last value of a key is looked at.
      if (key[0] != key[1]) held.set(key[0], value[0], most);
      held.set(key[1], value[1], most);
      if (action == 1) {
        std::string const what{from.bytes(from.byte() % 16)};
        span.event(what, attribute_of(key[0], value[0]), attribute_of(key[1], value[1]));
        if (events.size() < limits.event_count) events.push_back({what, held});
        else ++dropped_events;
      } else {
        span.link(elsewhere, attribute_of(key[0], value[0]), attribute_of(key[1], value[1]));
        if (links.size() < limits.link_count) links.push_back(held);
        else ++dropped_links;
      }
    }
  }
  auto const spans = used.sink.spans();
  require(spans.size() == 1, "the span arrives");
  spanwise::memory_span const& seen = spans.front();
  require(seen.name() == repaired(name), "its name arrives", seen.name());
  attributes.compare(seen.attributes(), seen.dropped_attributes(), limits);
  require(seen.dropped_events() == dropped_events && seen.dropped_links() == dropped_links, "lost events and links are counted");
  std::size_t at = 0;
  for (spanwise::event_view const& each : seen.events()) {
    require(at < events.size() && each.name() == repaired(events[at].name), "events arrive in order", each.name());
    events[at++].attributes.compare(each.attributes(), each.dropped_attributes(), limits);
  }
  require(at == events.size(), "all events arrive that the limit allows");
  at = 0;
  for (spanwise::link_view const& each : seen.links()) {
    require(at < links.size(), "no more links arrive than were given");
    links[at++].compare(each.attributes(), each.dropped_attributes(), limits);
  }
  require(at == links.size(), "all links arrive that the limit allows");
  return 0;
}
