// What every kind of span is made of: identity, clock, and the tape onto which each call writes OTLP protobuf at once.
// At its end the fixed part and the tape become one record in the calling thread's chunk. One thread at a time.
#pragma once

#include <spanwise/core/attribute_writer.hpp>
#include <spanwise/core/clock.hpp>
#include <spanwise/core/record.hpp>
#include <spanwise/trace/span_options.hpp>
#include <spanwise/trace/thread_state.hpp>

#include <cstring>
#include <initializer_list>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI::detail {

/// Where a span belongs: what a tracer holds and a bare span finds in the default.
struct scope_ref {
  std::string_view name;
  std::string_view version;
  std::string_view schema_url;
  std::uint64_t hash;
};

enum class span_state : std::uint8_t { inert, unsampled, undecided, recording, record_only, ended };

class span_body {
public:
  span_body() noexcept {}

  [[nodiscard]] SPANWISE_INLINE bool recording() const noexcept { return writable_; }
  [[nodiscard]] SPANWISE_INLINE bool undecided() const noexcept { return state_ == span_state::undecided; }
  [[nodiscard]] span_state state() const noexcept { return state_; }

  /// Takes up identity from the parent, asks the sampler's table, and starts the clock. `entry` is filled if given.
  void begin(provider_core& core, std::uint32_t epoch, scope_ref const& scope, std::string_view name, span_kind kind,
             span_options const* options, thread_state& thread, context_entry const& parent,
             context_entry* entry) noexcept;

  /// Asks a sampler that wants to see the span, after its first attributes are on the tape.
  void decide(context_entry* entry) noexcept;

  SPANWISE_INLINE void set(attribute const& given) noexcept {
    if (given.absent()) return;
    if (given.key_text().empty()) [[unlikely]]
      return count_misuse(misuse::bad_any_key);
    if (attributes_left_ == 0) [[unlikely]]
      return set_when_full(given);
    std::uint64_t const bit = std::uint64_t{1} << given.bit();
    repeated_ |= (keys_ & bit) != 0;
    keys_ |= bit;
    nested_ |= given.value().kind == value_kind::nested;
    --attributes_left_;
    if (!put_attribute(tape_, tag::span_attribute, given, core_->limits)) [[unlikely]]
      attribute_did_not_fit(given);
  }

  /// Stands in for a span that is not made: it only shows and passes on what would be its parent.
  void stand_for(spanwise::context const& parent) noexcept {
    context_access::write(identity_, parent);
    state_ = span_state::unsampled;
  }

  void add_event(std::string_view name, time_point when, attribute const* attributes, std::size_t count) noexcept;
  void add_link(span_context const& to, attribute const* attributes, std::size_t count) noexcept;
  void set_status(status_code code, std::string_view description) noexcept;
  /// An error, if nothing was said of the outcome yet: what was said tells more.
  void fail_unless_told() noexcept {
    if (status_ == status_code::unset) set_status(status_code::error, {});
  }
  void update_name(std::string_view name) noexcept;

  [[nodiscard]] std::int64_t now() const noexcept { return span_clock::later(start_); }
  /// True while an exception that was thrown within the span's life goes through it.
  [[nodiscard]] bool thrown_through() const noexcept {
    return this_thread_state != nullptr && this_thread_state->exceptions() > exceptions_;
  }

  /// Hands the span over as it is; `end_wall` in ns since 1970. Nothing can be changed afterwards.
  void finish(std::int64_t end_wall) noexcept;

  /// The span's own context; `slots` are those of the parent.
  [[nodiscard]] spanwise::context context() const noexcept {
    return state_ == span_state::inert ? current_context() : context_access::read(identity_);
  }

  ~span_body() {
    if (state_ != span_state::inert) clear_entry(identity_);
  }
  span_body(span_body const&) = delete;
  span_body& operator=(span_body const&) = delete;

private:
  SPANWISE_INLINE void inherit(context_entry const& parent) noexcept {
    auto const parts = reinterpret_cast<std::uintptr_t>(parent.trace_state) |
                       reinterpret_cast<std::uintptr_t>(parent.baggage) |
                       reinterpret_cast<std::uintptr_t>(parent.slots);
    if (parts != 0) [[unlikely]]
      share_parts(identity_, parent, has_parent_);
  }
  SPANWISE_INLINE void copy_identity(context_entry& entry) const noexcept {
    std::memcpy(&entry, &identity_, offsetof(context_entry, owner));
    auto const parts = reinterpret_cast<std::uintptr_t>(identity_.trace_state) |
                       reinterpret_cast<std::uintptr_t>(identity_.baggage) |
                       reinterpret_cast<std::uintptr_t>(identity_.slots);
    if (parts != 0) [[unlikely]]
      share_parts(entry, identity_, true);
  }
  [[nodiscard]] std::string_view trace_state_text() const noexcept {
    trace_state borrowed = trace_state::adopt(identity_.trace_state);
    std::string_view const text = borrowed.text();
    static_cast<void>(borrowed.release());
    return text;
  }
  SPANWISE_COLD static void share_parts(context_entry& to, context_entry const& from, bool state_too) noexcept {
    if (state_too) to.trace_state = trace_state::share(from.trace_state).release();
    to.baggage = baggage::share(from.baggage).release();
    to.slots = slots::share(from.slots).release();
  }
  void set_when_full(attribute given) noexcept;
  void attribute_did_not_fit(attribute given) noexcept;
  void drop_repeated() noexcept;
  void put_attributes(unsigned char tag, unsigned char dropped_tag, attribute const* given, std::size_t count,
                      std::uint32_t most) noexcept;
  bool erase_key(std::string_view key) noexcept;
  void erase_field(unsigned char tag) noexcept;
  void put_name(std::string_view name) noexcept;
  bool write_record(producer& writer, std::int64_t end_wall) noexcept;
  void finish_without_writer(span_state before, std::int64_t end_wall) noexcept;
  producer* enter_writer() noexcept;

  // Only what is looked at before begin() has values here: a span that is not recorded should cost no stores.
  context_entry identity_; ///< ids, flags and shared parts; shares of its own
  unsigned char parent_id_[8];
  clock_reading start_;
  std::int64_t start_wall_;
  provider_core* core_;
  std::uint64_t keys_;
  std::uint32_t epoch_;
  std::uint32_t exceptions_;
  std::uint32_t attributes_left_;
  std::uint32_t events_left_;
  std::uint32_t links_left_;
  std::uint32_t dropped_attributes_;
  std::uint32_t dropped_events_;
  std::uint32_t dropped_links_;
  std::uint16_t scope_;
  bool has_parent_;
  unsigned char parent_flags_;
  bool parent_remote_;
  bool repeated_;        ///< an attribute on the tape may have the key of another one
  bool nested_;          ///< a map on the tape may have a key twice
  bool status_left_out_; ///< the tape had no room for it
  bool writable_{};
  span_kind kind_;
  status_code status_;
  span_state state_{span_state::inert};
  tape tape_;
};

inline void span_body::begin(provider_core& core, std::uint32_t epoch, scope_ref const& scope, std::string_view name,
                             span_kind kind, span_options const* options, thread_state& thread,
                             context_entry const& parent, context_entry* entry) noexcept {
  producer* const writer = thread.find(core, epoch);
  if (writer == nullptr) [[unlikely]]
    return;

  auto const trace_high = load<std::uint64_t>(parent.trace_id);
  auto const trace_low = load<std::uint64_t>(parent.trace_id + 8);
  auto const parent_span = load<std::uint64_t>(parent.span_id);
  bool const rooted = options != nullptr && options->parent.root();
  has_parent_ = (trace_high | trace_low) != 0 && parent_span != 0 && !rooted;
  parent_remote_ = has_parent_ && parent.remote != 0;
  bool const parent_sampled = (parent.flags & trace_flags::sampled_bit) != 0;
  parent_flags_ = parent.flags;

  parent_case situation = parent_case::none;
  unsigned char flags = trace_flags::random_bit;
  if (has_parent_) [[likely]] {
    situation = static_cast<parent_case>((parent.remote != 0 ? 1 : 3) + (parent_sampled ? 0 : 1));
    flags = parent.flags & trace_flags::random_bit;
    store(identity_.trace_id, trace_high);
    store(identity_.trace_id + 8, trace_low);
  } else {
    store(identity_.trace_id, thread.random());
    store(identity_.trace_id + 8, thread.random.nonzero());
  }
  quick_decision const decision = core.quick[static_cast<std::size_t>(situation)].load(relaxed);
  if (decision == quick_decision::record_and_sample) flags |= trace_flags::sampled_bit;
  store(identity_.span_id, thread.random.nonzero());
  store(parent_id_, parent_span);
  identity_.flags = flags;
  identity_.remote = 0;
  identity_.owner_kind = static_cast<unsigned char>(entry_owner::span);
  identity_.tag = version_tag;
  identity_.trace_state = identity_.baggage = identity_.slots = nullptr;
  if (parent.tag == version_tag) inherit(parent);
  core_ = &core;
  epoch_ = epoch;
  add_own<std::uint64_t>(writer->counts.started, 1);

  if (entry != nullptr) copy_identity(*entry);
  if (decision == quick_decision::drop) {
    add_own<std::uint64_t>(writer->counts.sampled_out, 1);
    state_ = span_state::unsampled;
    return;
  }

  add_own<std::int64_t>(writer->counts.in_flight, 1);
  state_ = decision == quick_decision::ask           ? span_state::undecided
           : decision == quick_decision::record_only ? span_state::record_only
                                                     : span_state::recording;
  writable_ = true;
  repeated_ = nested_ = status_left_out_ = false;
  kind_ = kind;
  status_ = status_code::unset;
  keys_ = 0;
  exceptions_ = thread.exceptions();
  attributes_left_ = core.limits.attribute_count;
  events_left_ = core.limits.event_count;
  links_left_ = core.limits.link_count;
  dropped_attributes_ = dropped_events_ = dropped_links_ = 0;
  scope_ = thread.scope_number(core, scope.hash, scope.name, scope.version, scope.schema_url);
  tape_.open(core.limits.max_span_bytes);
  put_name(name);
  if (options != nullptr) [[unlikely]]
    for (link const& each : options->links) add_link(each.to, each.attributes.begin(), each.attributes.size());
  start_ = process_clock.now();
  start_wall_ = options != nullptr && options->start.unix_ns != 0 ? options->start.unix_ns : start_.wall;
}

inline void span_body::put_name(std::string_view name) noexcept {
  if (!tape_.reserve(name.size() + 1 + max_varint_size)) {
    std::size_t const room = tape_.room();
    name = room < 64 ? std::string_view{} : truncate_bytes(name, room - 32);
    if (room < 1 + max_varint_size) return;
  }
  unsigned char* at = tape_.cursor();
  *at++ = tag::span_name;
  at = put_varint(at, name.size());
  tape_.advance_to(put_bytes(at, name.data(), name.size()));
}

inline void span_body::finish(std::int64_t end_wall) noexcept {
  span_state const before = state_;
  state_ = span_state::ended;
  writable_ = false;
  producer* const writer = enter_writer();
  if (writer == nullptr) [[unlikely]]
    return finish_without_writer(before, end_wall);
  if (before != span_state::recording) [[unlikely]]
    add_own<std::uint64_t>(writer->counts.record_only, 1);
  else if (write_record(*writer, end_wall)) [[likely]] {
    if (core_->on_publish != nullptr) [[unlikely]]
      core_->on_publish(*core_);
    return writer->leave();
  }
  add_own<std::int64_t>(writer->counts.in_flight, -1);
  writer->leave();
}

/// The pipeline has stopped, or the thread is ending, or there is no memory.
SPANWISE_COLD void span_body::finish_without_writer(span_state before, std::int64_t end_wall) noexcept {
  std::uint32_t const since = core_->epoch.load(acquire) - epoch_;
  if (since == 0 && this_thread_state == nullptr) {
    passing_thread const for_this_call;
    state_ = before;
    return finish(end_wall);
  }
  if (since <= 1) core_->late.fetch_add(1, relaxed);
}

/// This thread's producer, entered. nullptr if the pipeline has stopped, the process has forked or the thread is
/// ending.
inline producer* span_body::enter_writer() noexcept {
  thread_state* const thread = this_thread();
  producer* const writer = thread != nullptr ? thread->find(*core_, epoch_) : nullptr;
  if (writer == nullptr) [[unlikely]]
    return nullptr;
  while (!writer->enter(core_->writers_fence)) [[unlikely]] {
    writer->leave();
    if (writer->gate.load(acquire) != gate_state::reclaimed) return nullptr;
    writer->restart();
  }
  if (core_->epoch.load(relaxed) == epoch_) [[likely]]
    return writer;
  writer->leave();
  return nullptr;
}

/// False, with the loss counted, if there is no memory for it.
inline bool span_body::write_record(producer& writer, std::int64_t end_wall) noexcept {
  std::string_view const state = identity_.trace_state == nullptr ? std::string_view{} : trace_state_text();
  std::size_t const fixed = sizeof(record_header) + record::frame_size + 54 + 10;
  std::size_t const room = fixed + (state.empty() ? 0 : state.size() + 1 + max_varint_size) + tape_.size() + 4 + 3 * 6;
  drop_reason why = drop_reason::queue_full;
  unsigned char* start = nullptr;
  if (room > record::max_size) [[unlikely]]
    why = drop_reason::too_large;
  else if (core_->most_spans == 0 || core_->take_place()) [[likely]]
    start = writer.reserve(core_->pool, static_cast<std::uint32_t>(room));
  if (start == nullptr) [[unlikely]] {
    if (core_->most_spans != 0 && why == drop_reason::queue_full) core_->queued.fetch_sub(1, relaxed);
    add_own<std::uint64_t>(writer.counts.dropped[static_cast<std::size_t>(why)], 1);
    return false;
  }

  unsigned char* const message = start + sizeof(record_header) + record::frame_size;
  unsigned char* at = message;
  store(at, std::uint16_t{0x100a}); // trace_id, 16 bytes
  std::memcpy(at + 2, identity_.trace_id, 16);
  store(at + 18, std::uint16_t{0x0812}); // span_id, 8 bytes
  std::memcpy(at + 20, identity_.span_id, 8);
  store(at + 28, tag::span_flags);
  store(at + 30, std::uint32_t{identity_.flags} | span_view::remote_known | (parent_remote_ ? span_view::remote : 0U));
  at[34] = tag::span_kind;
  at[35] = static_cast<unsigned char>(static_cast<unsigned char>(kind_) + 1);
  at[36] = tag::span_start;
  store(at + 37, start_wall_);
  at[45] = tag::span_end;
  store(at + 46, end_wall);
  at += 54;
  if (has_parent_) {
    store(at, std::uint16_t{0x0822}); // parent_span_id, 8 bytes
    std::memcpy(at + 2, parent_id_, 8);
    at += 10;
  }
  if (!state.empty()) [[unlikely]] {
    *at++ = tag::span_trace_state;
    at = put_varint(at, state.size());
    at = put_bytes(at, state.data(), state.size());
  }
  at = put_bytes(at, tape_.data(), tape_.size());
  if (status_left_out_) [[unlikely]] {
    *at++ = tag::span_status;
    *at++ = 2;
    *at++ = tag::status_code;
    *at++ = static_cast<unsigned char>(status_);
  }
  if ((dropped_attributes_ | dropped_events_ | dropped_links_) != 0) [[unlikely]] {
    auto const counted = [&](unsigned char tag, std::uint32_t count) {
      if (count == 0) return;
      *at++ = tag;
      at = put_varint(at, count);
    };
    counted(tag::span_dropped_attributes, dropped_attributes_);
    counted(tag::span_dropped_events, dropped_events_);
    counted(tag::span_dropped_links, dropped_links_);
  }
  auto const size = static_cast<std::uint32_t>(at - message);
  store(start, record_header{size, scope_, repeated_ || nested_ ? record::overwrites : std::uint16_t{0}});
  start[sizeof(record_header)] = tag::bytes_2;
  put_varint_3(start + sizeof(record_header) + 1, size);
  writer.publish(static_cast<std::uint32_t>(at - start));
  return true;
}

} // namespace spanwise::inline SPANWISE_ABI::detail
