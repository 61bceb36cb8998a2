// What a span does beside starting, taking attributes and ending: events, links, status, a new name, and keeping within
// its limits. None of it is on the shortest path, so all of it is out of line.
#pragma once

#include <spanwise/core/wire_reader.hpp>
#include <spanwise/trace/span_ending.hpp>

namespace spanwise::inline SPANWISE_ABI::detail {

/// Walks the fields of a tape behind its head, which all are length-delimited. `each(number, body, from, to)` gives true
/// to go on.
template <class Each> void walk_tape(tape& from, std::size_t head, Each const& each) noexcept {
  wire_reader fields{{reinterpret_cast<std::byte const*>(from.data()) + head, from.size() - head}};
  auto const* start = fields.position();
  for (wire_field field; fields.next(field); start = fields.position())
    if (!each(field.number, field.bytes, const_cast<unsigned char*>(reinterpret_cast<unsigned char const*>(start)),
              const_cast<unsigned char*>(reinterpret_cast<unsigned char const*>(fields.position()))))
      return;
}

inline constexpr std::uint32_t attribute_field = tag::span_attribute >> 3;

/// The key of an encoded KeyValue as the tape writes it: always the first field.
inline std::string_view key_of(std::span<std::byte const> entry) noexcept {
  wire_reader fields{entry};
  wire_field field;
  return fields.next(field) && field.is(1, wire_type::bytes) ? field.text() : std::string_view{};
}

inline void span_body::erase_field(unsigned char tag) noexcept {
  walk_tape(tape_, head_size(), [&](std::uint32_t number, std::span<std::byte const>, unsigned char* from, unsigned char* to) {
    if (number != static_cast<std::uint32_t>(tag >> 3)) return true;
    tape_.erase(from, to);
    return false;
  });
}

inline bool span_body::erase_key(std::string_view key) noexcept {
  bool found = false;
  walk_tape(tape_, head_size(), [&](std::uint32_t number, std::span<std::byte const> body, unsigned char* from, unsigned char* to) {
    if (number != attribute_field || key_of(body) != key) return true;
    tape_.erase(from, to);
    found = true;
    return false;
  });
  return found;
}

/// Keeps the last value of each key. The table is of open addressing over the attributes, walked from the back.
SPANWISE_COLD void span_body::drop_repeated() noexcept {
  struct place {
    std::uint32_t from, to, key_at, key_size;
  };
  // A span that outlived its pipeline may meet other limits than those it began with; the tape tells how many there are.
  std::size_t const least = 4;
  std::size_t const written = core_->limits.attribute_count - attributes_left_;
  std::size_t const count = written < tape_.size() / least ? written : tape_.size() / least;
  std::size_t slots = 16;
  while (slots < 2 * count) slots *= 2;
  auto* const memory = static_cast<unsigned char*>(
      ::operator new(count * sizeof(place) + slots * sizeof(std::uint32_t), std::nothrow));
  if (memory == nullptr) return;
  auto* const places = reinterpret_cast<place*>(memory);
  auto* const table = reinterpret_cast<std::uint32_t*>(memory + count * sizeof(place));
  for (std::size_t i = 0; i < slots; ++i) table[i] = 0;

  std::uint32_t found = 0;
  unsigned char* const base = tape_.data() + head_size();
  walk_tape(tape_, head_size(), [&](std::uint32_t number, std::span<std::byte const> body, unsigned char* from, unsigned char* to) {
    if (number != attribute_field) return true;
    std::string_view const key = key_of(body);
    places[found++] = {static_cast<std::uint32_t>(from - base), static_cast<std::uint32_t>(to - base),
                       static_cast<std::uint32_t>(reinterpret_cast<unsigned char const*>(key.data()) - base),
                       static_cast<std::uint32_t>(key.size())};
    return found < count;
  });
  auto const text = [&](place const& at) {
    return std::string_view{reinterpret_cast<char const*>(base) + at.key_at, at.key_size};
  };
  std::uint32_t erased = 0;
  for (std::uint32_t i = found; i-- != 0;) {
    std::string_view const key = text(places[i]);
    std::uint32_t hash = 2166136261U;
    for (char const letter : key) hash = (hash ^ static_cast<unsigned char>(letter)) * 16777619U;
    std::size_t slot = hash & (slots - 1);
    while (table[slot] != 0 && text(places[table[slot] - 1]) != key) slot = (slot + 1) & (slots - 1);
    if (table[slot] == 0) table[slot] = i + 1;
    else {
      places[i].key_size = UINT32_MAX;
      ++erased;
    }
  }
  unsigned char* kept = base;
  unsigned char* from = base;
  for (std::uint32_t i = 0; i < found; ++i) {
    if (places[i].key_size != UINT32_MAX) continue;
    unsigned char* const to = base + places[i].from;
    std::memmove(kept, from, static_cast<std::size_t>(to - from));
    kept += to - from;
    from = base + places[i].to;
  }
  std::memmove(kept, from, static_cast<std::size_t>(tape_.cursor() - from));
  kept += tape_.cursor() - from;
  tape_.advance_to(kept);
  attributes_left_ += erased;
  key_sum_ = keys_;
  ::operator delete(memory);
}

/// The limit of attributes is reached: what repeats makes room first, a key that is there may be overwritten.
SPANWISE_COLD void span_body::set_when_full(attribute const& given) noexcept {
  if (repeated()) drop_repeated();
  if (erase_key(given.key_text())) ++attributes_left_;
  if (attributes_left_ == 0) return note_dropped(dropped_attributes_, misuse::limit_reached);
  --attributes_left_;
  note_bit(given.bit());
  note_value(given.value().kind);
  if (given.about().any_text()) seen_ = beyond_ascii;
  if (!put_any_attribute(tape_, tag::span_attribute, given.key_text(), given.value(), core_->limits))
    attribute_did_not_fit(given);
}

/// The memory of the span is used up: the same, and then the value is cut to what fits.
SPANWISE_COLD void span_body::attribute_did_not_fit(attribute const& given) noexcept {
  if (repeated()) drop_repeated();
  if (erase_key(given.key_text())) ++attributes_left_;
  std::size_t const before = tape_.size();
  if (put_any_attribute(tape_, tag::span_attribute, given.key_text(), given.value(), core_->limits, true)) return;
  if (tape_.size() == before) ++attributes_left_;
  note_dropped(dropped_attributes_, misuse::span_memory_full);
}

/// The attributes of an event or a link: the last value of a key, as many as the limit allows; the rest is counted.
inline void span_body::put_attributes(unsigned char tag, unsigned char dropped_tag, attribute const* given,
                                      std::size_t count, std::uint32_t most) noexcept {
  std::uint32_t dropped = 0;
  std::uint32_t written = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (given[i].absent()) continue;
    if (given[i].key_text().empty()) {
      count_misuse(misuse::bad_any_key);
      continue;
    }
    // The first of a key decides whether there is a place for it, the last what stands there.
    auto const again = [&](attribute const& other) {
      return other.bit() == given[i].bit() && !other.absent() && other.key_text() == given[i].key_text();
    };
    std::size_t last = i;
    for (std::size_t later = i + 1; later < count; ++later)
      if (again(given[later])) last = later;
    std::size_t first = 0;
    while (first < i && !again(given[first])) ++first;
    if (first < i) continue;
    attribute const& chosen = given[last];
    note_value(chosen.value().kind);
    if (chosen.about().any_text()) seen_ = beyond_ascii;
    bool const room = written < most;
    if (room && put_any_attribute(tape_, tag, chosen.key_text(), chosen.value(), core_->limits)) {
      ++written;
      continue;
    }
    ++dropped;
    note_loss(room ? misuse::span_memory_full : misuse::limit_reached);
  }
  if (dropped == 0 || !tape_.reserve(1 + max_varint_size)) return;
  *tape_.cursor() = dropped_tag;
  tape_.advance_to(put_varint(tape_.cursor() + 1, dropped));
}

[[gnu::noinline]] inline void span_body::add_event(std::string_view name, time_point when, attribute const* attributes,
                                                   std::size_t count) noexcept {
  if (events_left_ == 0) return note_dropped(dropped_events_, misuse::limit_reached);
  if (!tape_.reserve(4 + 9 + 1 + max_varint_size + name.size()))
    return note_dropped(dropped_events_, misuse::span_memory_full);
  --events_left_;
  std::size_t const start = tape_.size();
  unsigned char* at = tape_.cursor();
  at[0] = tag::span_event;
  at[4] = tag::event_time;
  store(at + 5, when.unix_ns != 0 ? when.unix_ns : now());
  at[13] = tag::event_name;
  at = put_varint(at + 14, name.size());
  tape_.advance_to(put_text(at, name.data(), name.size(), seen_));
  put_attributes(tag::event_attribute, tag::event_dropped, attributes, count, core_->limits.attribute_per_event_count);
  put_varint_3(tape_.data() + start + 1, static_cast<std::uint32_t>(tape_.size() - start - 4));
}

inline void span_body::add_link(span_context const& to, attribute const* attributes, std::size_t count) noexcept {
  std::string_view const state = to.state().text();
  bool says_something = to.valid() || !state.empty();
  for (std::size_t i = 0; i < count && !says_something; ++i) says_something = !attributes[i].absent();
  if (!says_something) return;
  if (links_left_ == 0) return note_dropped(dropped_links_, misuse::limit_reached);
  if (!tape_.reserve(4 + 18 + 10 + 5 + 1 + max_varint_size + state.size()))
    return note_dropped(dropped_links_, misuse::span_memory_full);
  --links_left_;
  std::size_t const start = tape_.size();
  unsigned char* at = tape_.cursor();
  at[0] = tag::span_link;
  at[4] = tag::link_trace_id;
  at[5] = 16;
  std::memcpy(at + 6, to.trace_id().bytes().data(), 16);
  at[22] = tag::link_span_id;
  at[23] = 8;
  std::memcpy(at + 24, to.span_id().bytes().data(), 8);
  at[32] = tag::link_flags;
  store(at + 33, std::uint32_t{to.flags().value} | span_view::remote_known | (to.remote() ? span_view::remote : 0U));
  at += 37;
  if (!state.empty()) {
    *at++ = tag::link_trace_state;
    at = put_varint(at, state.size());
    at = put_bytes(at, state.data(), state.size());
  }
  tape_.advance_to(at);
  put_attributes(tag::link_attribute, tag::link_dropped, attributes, count, core_->limits.attribute_per_link_count);
  put_varint_3(tape_.data() + start + 1, static_cast<std::uint32_t>(tape_.size() - start - 4));
}

/// Ok is final, unset changes nothing, a later error replaces an earlier one (trace API, Set Status).
inline void span_body::set_status(status_code code, std::string_view description) noexcept {
  if (code == status_code::unset || code > status_code::error || status_ == status_code::ok) return;
  if (status_ != status_code::unset) erase_field(tag::span_status);
  marks_.status_left_out = false;
  status_ = code;
  if (code == status_code::ok) description = {};
  constexpr std::size_t frame = 1 + 1 + max_varint_size + max_varint_size + 2;
  if (!tape_.reserve(frame + description.size())) {
    std::size_t const room = tape_.room();
    marks_.status_left_out = room < frame;
    if (marks_.status_left_out) return;
    description = truncate_bytes(description, room - frame);
  }
  std::size_t const message = description.empty() ? 0 : 1 + varint_size(description.size()) + description.size();
  unsigned char* at = tape_.cursor();
  *at++ = tag::span_status;
  at = put_varint(at, message + 2);
  if (message != 0) {
    *at++ = tag::status_message;
    at = put_varint(at, description.size());
    at = put_text(at, description.data(), description.size(), seen_);
  }
  *at++ = tag::status_code;
  *at++ = static_cast<unsigned char>(code);
  tape_.advance_to(at);
}

inline void span_body::update_name(std::string_view name) noexcept {
  erase_field(tag::span_name);
  put_name(name);
}

/// Asks the sampler that wanted to see the span, and tells the processors of it. Both live as long as the visit.
SPANWISE_COLD void span_body::decide(context_entry* entry) noexcept {
  thread_state* const thread = this_thread();
  producer* const writer = thread == nullptr ? nullptr : thread->find(*core_, epoch_);
  if (writer == nullptr) return stay_undecided();
  visit const inside{*core_, epoch_, *writer, *thread};
  if (!inside) return stay_undecided();
  class context parent = context();
  span_context const own = parent.span();
  unsigned char const* const head = tape_.data();
  parent = parent.with(
      has_parent_
          ? span_context{own.trace_id(),
                         span_id::from_bytes(std::span<std::uint8_t const, 8>{head + head_at::parent_id, 8}),
                         trace_flags{parent_flags_}, own.state(),
                         (load<std::uint32_t>(head + head_at::flags) & span_view::remote) != 0}
          : span_context{});
  span_view const asked = so_far();
  writable_ = false; // what is asked views the tape, so nobody may write there meanwhile
  sampling_result const answer = core_->sampler->should_sample({parent, own.trace_id(), asked.name(), asked.kind(), asked.attributes(),
                                                                asked.links(), own.flags().random()});
  writable_ = true;
  if (answer.state) {
    if (!marks_.shares) parts_ = {};
    static_cast<void>(trace_state::adopt(parts_.trace_state));
    keep_parts(trace_state{*answer.state}.release(), parts_.baggage, parts_.slots);
    if (entry != nullptr) {
      static_cast<void>(trace_state::adopt(entry->trace_state));
      entry->trace_state = trace_state{*answer.state}.release();
      if (is(*entry, entry_nature::plain)) entry->nature = static_cast<unsigned char>(entry_nature::any);
    }
  }
  bool const sampled = answer.decision == sampling_decision::record_and_sample;
  bool const shed = marks_.scarce && sampled;
  marks_.scarce = false;
  bool const recorded = sampled || answer.decision == sampling_decision::record_only;
  if (shed || !recorded) { // what is no decision at all drops too
    state_ = span_state::unsampled;
    writable_ = false;
    if (shed) count_shed(*writer, *core_, epoch_, entry);
    else add_own<std::uint64_t>(writer->counts.sampled_out, 1);
    add_own<std::int64_t>(writer->counts.in_flight, -1);
    return;
  }
  for (std::span<attribute const> const group : answer.attributes.groups())
    for (attribute const& given : group) set(given);
  if (!undecided()) return; // a value has ended the span
  state_ = sampled ? span_state::recording : span_state::record_only;
  if (sampled) {
    add_flags(trace_flags::sampled_bit);
    if (entry != nullptr) entry->flags |= trace_flags::sampled_bit;
  }
  span_hooks* const hooks = core_->hooks.load(relaxed);
  if (hooks == nullptr || hooks->calls == nullptr) return;
  marks_.watched = true;
  if (sampled) state_ = span_state::watched;
  hooks->calls->on_start(hooks->processors, *this, parent);
}

/// The pipeline has stopped since the span began: there is nobody to ask, nor to send it.
SPANWISE_COLD void span_body::stay_undecided() noexcept {
  state_ = span_state::recording;
  marks_.scarce = false;
}

} // namespace spanwise::inline SPANWISE_ABI::detail
