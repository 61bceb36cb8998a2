// Whole spans in OTLP/JSON. A span is made by the calls that a program has; the little that no call can set is put in
// place of what it got, as its exporter sees it.
#include "finished_span.hpp"
#include "typed_value.hpp"

namespace conformance {
namespace {

/// Writes fields of a protobuf message.
class fields {
public:
  void number(unsigned field, std::uint64_t value) {
    varint(field << 3);
    varint(value);
  }
  template <class Fixed> void fixed(unsigned field, Fixed value) {
    varint(field << 3 | (sizeof value == 8 ? 1U : 5U));
    for (std::size_t i = 0; i < sizeof value; ++i) text_ += static_cast<char>(value >> (8 * i));
  }
  void bytes(unsigned field, std::string_view value) {
    varint(field << 3 | 2U);
    varint(value.size());
    text_ += value;
  }
  [[nodiscard]] std::string text() && { return std::move(text_); }

private:
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) text_ += static_cast<char>(value | 0x80);
    text_ += static_cast<char>(value);
  }

  std::string text_;
};

template <class Id> Id read_id(json const& given) {
  auto const id = Id::from_hex(given.get<std::string>());
  if (!id) throw unsupported{"no id: " + given.get<std::string>()};
  return *id;
}

spanwise::trace_state read_state(json const& given) {
  auto state = spanwise::trace_state::parse(given.get<std::string>());
  if (!state) throw unsupported{"no trace state: " + given.get<std::string>()};
  return std::move(*state);
}

spanwise::span_context read_context(json const& from, char const* id, char const* remote) {
  return {read_id<spanwise::trace_id>(from.at("trace_id")), read_id<spanwise::span_id>(from.at(id)),
          spanwise::trace_flags{static_cast<std::uint8_t>(from.value("flags", 0U))},
          from.contains("trace_state") ? read_state(from.at("trace_state")) : spanwise::trace_state{},
          from.value(remote, false)};
}

std::uint32_t count_of(json const& from, char const* name) {
  auto const count = from.contains(name) ? read_number<std::uint64_t>(from.at(name)) : 0;
  if (count > UINT32_MAX) throw unsupported{"no count of 32 bits"};
  return static_cast<std::uint32_t>(count);
}

spanwise::time_point read_time(json const& given) {
  return spanwise::time_point{static_cast<std::int64_t>(read_number<std::uint64_t>(given))};
}

/// Loses as many attributes as wanted, to a limit of none.
void add_event(open_span& span, json const& given) {
  auto const name = given.at("name").get<std::string>();
  std::uint32_t const lost = count_of(given, "dropped_attributes");
  auto const one = [&](spanwise::key name_of_it, std::uint32_t number) {
    return number < lost ? spanwise::attribute{name_of_it, 1} : spanwise::attribute{};
  };
  span.event(name, read_time(given.at("time")), one("one", 0), one("two", 1), one("three", 2), one("four", 3));
}

/// An OTLP Event, for what no call can say.
std::string event_message(json const& given) {
  fields event;
  event.fixed(1, static_cast<std::uint64_t>(read_time(given.at("time")).unix_ns));
  event.bytes(2, given.at("name").get<std::string>());
  event.number(4, count_of(given, "dropped_attributes"));
  return std::move(event).text();
}

/// Up to so many of a kind are really added and lost; larger counts are put in place.
constexpr std::uint32_t most_lost = 1000;

} // namespace

json otlp_span(json const& given) {
  using enum spanwise::span_kind;
  json const none = json::array();
  json const& links = given.contains("links") ? given.at("links") : none;
  json const& events = given.contains("events") ? given.at("events") : none;
  json const& attributes = given.contains("attributes") ? given.at("attributes") : none;
  // An event takes four attributes, and a time of zero for now.
  bool beyond_calls = false;
  for (json const& each : events)
    beyond_calls = beyond_calls || count_of(each, "dropped_attributes") > 4 || read_time(each.at("time")).unix_ns == 0;
  std::uint32_t const lost_attributes = count_of(given, "dropped_attributes");
  std::uint32_t const lost_events = count_of(given, "dropped_events");
  std::uint32_t const lost_links = count_of(given, "dropped_links");

  span_wish wish;
  wish.name = given.at("name").get<std::string>();
  wish.start.kind = one_of<spanwise::span_kind>(
      given.at("kind"),
      {{"INTERNAL", internal}, {"SERVER", server}, {"CLIENT", client}, {"PRODUCER", producer}, {"CONSUMER", consumer}});
  wish.start.start = read_time(given.at("start"));
  if (given.contains("parent_span_id") && !given.at("parent_span_id").get<std::string>().empty())
    wish.start.parent = spanwise::context{read_context(given, "parent_span_id", "parent_remote")};
  else wish.start.parent = spanwise::root;
  wish.trace_id = read_id<spanwise::trace_id>(given.at("trace_id"));
  wish.span_id = read_id<spanwise::span_id>(given.at("span_id"));
  if (given.contains("trace_state")) wish.state = read_state(given.at("trace_state"));
  if (lost_attributes != 0) wish.limits.attribute_count = static_cast<std::uint32_t>(attributes.size());
  if (lost_events != 0) wish.limits.event_count = static_cast<std::uint32_t>(beyond_calls ? 0 : events.size());
  if (lost_links != 0) wish.limits.link_count = static_cast<std::uint32_t>(links.size());
  wish.limits.attribute_per_event_count = 0;

  wish.use = [&](open_span& span) {
    for (json const& each : attributes)
      span.set(spanwise::any_key{each.at(0).get_ref<std::string const&>()}, read_typed(each.at(1)));
    for (json const& each : links) span.link(read_context(each, "span_id", "remote"));
    if (!beyond_calls)
      for (json const& each : events) add_event(span, each);
    for (std::uint32_t i = 0; i < std::min(lost_attributes, most_lost); ++i)
      span.set(spanwise::any_key{"lost." + std::to_string(i)}, 1);
    for (std::uint32_t i = 0; i < std::min(lost_events, most_lost); ++i) span.event("lost");
    for (std::uint32_t i = 0; i < std::min(lost_links, most_lost); ++i)
      span.link(spanwise::span_context{read_id<spanwise::trace_id>(given.at("trace_id")),
                                       read_id<spanwise::span_id>(given.at("span_id"))});
    if (given.contains("status")) {
      json const& status = given.at("status");
      span.status(one_of<spanwise::status_code>(status.at(0), {{"Unset", spanwise::status_code::unset},
                                                               {"Ok", spanwise::status_code::ok},
                                                               {"Error", spanwise::status_code::error}}),
                  status.size() > 1 ? status.at(1).get<std::string>() : std::string{});
    }
    span.end(read_time(given.at("end")));
  };

  // The flags of the trace are the sampler's, those above them say what is known of the parent.
  span_wish first = wish;
  std::uint32_t const flags = finished_span(std::move(first)).flags();
  fields overrides;
  overrides.fixed(16, static_cast<std::uint32_t>((flags & ~0xffU) | (given.value("flags", 0U) & 0xffU)));
  if (wish.start.start.unix_ns == 0) overrides.fixed(7, std::uint64_t{0}); // which a call takes for now
  if (lost_attributes > most_lost) overrides.number(10, lost_attributes);
  if (lost_events > most_lost) overrides.number(12, lost_events);
  if (lost_links > most_lost) overrides.number(14, lost_links);
  if (beyond_calls)
    for (json const& each : events) overrides.bytes(11, event_message(each));
  wish.overrides = std::move(overrides).text();
  return {{"span", encoded_span(std::move(wish))}};
}

} // namespace conformance
