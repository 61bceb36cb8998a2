// What every kind of span is made of: identity, clock, and the tape onto which each call writes OTLP protobuf at once.
// At its end the fixed part and the tape become one record in the calling thread's chunk. One thread at a time.
#pragma once

#include <spanwise/core/attribute_writer.hpp>
#include <spanwise/core/clock.hpp>
#include <spanwise/core/record_head.hpp>
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

/// In whose name spans are made, and where they go.
struct span_source {
  scope_ref scope;
  provider_core* core{};   ///< nullptr: the default
  std::uint32_t epoch{}; ///< 0: whichever the provider is in now
};

enum class span_state : std::uint8_t { inert, unsampled, undecided, recording, record_only, ended };

class span_body {
public:
  static constexpr std::size_t inside_size = 472;

  /// Good for nothing before clear() or begin().
  span_body() noexcept {}
  span_body(span_body const&) = delete;
  span_body& operator=(span_body const&) = delete;

  [[nodiscard]] SPANWISE_INLINE bool recording() const noexcept { return writable_; }
  [[nodiscard]] SPANWISE_INLINE bool undecided() const noexcept { return state_ == span_state::undecided; }
  [[nodiscard]] span_state state() const noexcept { return state_; }

  /// Makes it inert.
  SPANWISE_INLINE void clear() noexcept {
    writable_ = shares_ = false;
    state_ = span_state::inert;
    tape_.open(inside_, sizeof inside_, 0);
  }

  /// Takes up identity from the parent, asks the sampler's table, and starts the clock. `entry` is filled if given.
  /// True if it records.
  bool begin(provider_core& core, std::uint32_t epoch, producer& writer, scope_ref const& scope, std::string_view name,
             span_kind kind, span_options const* options, thread_state& thread, context_entry const& parent,
             context_entry* entry) noexcept;
  /// The same, out of line, with a thread that may be new to the pipeline. False and inert if there is no memory.
  bool begin_anywhere(provider_core& core, std::uint32_t epoch, scope_ref const& scope, std::string_view name,
                      span_kind kind, span_options const* options, thread_state& thread, context_entry const& parent,
                      context_entry* entry) noexcept {
    producer* const writer = thread.find(core, epoch);
    return writer != nullptr &&
           begin(core, epoch, *writer, scope, name, kind, options, thread, parent, entry);
  }

  /// Asks a sampler that wants to see the span, after its first attributes are on the tape.
  void decide(context_entry* entry) noexcept;

  /// Numbers under literal keys are written here, all else by calls.
  SPANWISE_INLINE void set(attribute const& given) noexcept {
    value const& held = given.value();
    if (held.kind == value_kind::absent) return;
    std::string_view const key = given.key_text();
    if (held.kind == value_kind::text) return set_text(key.data(), given.about(), held.data, held.number);
    if (!plain_number(held.kind) || !short_key(key) || attributes_left_ == 0 || !tape_.has(number_size(key))) [[unlikely]]
      return set_any(key.data(), given.about(), held.data, held.number, held.write);
    note_key(given.about());
    put_number(tape_, tag::span_attribute, key, held);
  }

  /// Stands in for a span that is not made: it only shows and passes on what would be its parent.
  void stand_for(spanwise::context const& parent) noexcept {
    context_entry shown;
    context_access::write(shown, parent);
    put_identity(load<std::uint64_t>(shown.trace_id), load<std::uint64_t>(shown.trace_id + 8),
                 load<std::uint64_t>(shown.span_id), shown.flags);
    remote_ = shown.remote != 0;
    keep_parts(shown.trace_state, shown.baggage, shown.slots);
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

  /// The span's own context; user values are those of the parent.
  [[nodiscard]] spanwise::context context() const noexcept {
    return state_ == span_state::inert ? current_context() : context_access::read(identity());
  }

  /// Lets go of what the span holds, as the last call. Not a destructor, so that whoever ends a span makes one call.
  SPANWISE_INLINE void release() noexcept {
    if (shares_) [[unlikely]]
      release_parts();
    tape_.release();
  }

private:
  /// What the span shares with its parent and its children; good if shares_ is set.
  struct shared_parts {
    void* trace_state;
    void* baggage;
    void* slots;
  };

  [[nodiscard]] SPANWISE_INLINE static bool plain_number(value_kind kind) noexcept {
    return kind == value_kind::integer || kind == value_kind::floating || kind == value_kind::boolean;
  }
  [[nodiscard]] SPANWISE_INLINE static bool short_key(std::string_view key) noexcept {
    return key.size() - 1 < longest_short_key;
  }
  SPANWISE_INLINE void note_key(attribute::facts const& about) noexcept {
    std::uint64_t const bit = std::uint64_t{1} << about.bit;
    repeated_ |= (keys_ & bit) != 0;
    keys_ |= bit;
    if (about.any_text) seen_ = beyond_ascii;
    --attributes_left_;
  }
  /// Of what is written by the general way it is not known whether its text is ASCII.
  void note_value(value_kind kind) noexcept {
    nested_ |= kind == value_kind::nested;
    if (kind == value_kind::nested || kind == value_kind::text) seen_ = beyond_ascii;
  }
  void set_text(char const* key, attribute::facts about, void const* text, std::uint64_t size) noexcept;
  void set_any(char const* key, attribute::facts about, void const* data, std::uint64_t number,
               value::writer write) noexcept;

  SPANWISE_INLINE void put_identity(std::uint64_t trace_high, std::uint64_t trace_low, std::uint64_t own,
                                    std::uint32_t flags) noexcept {
    unsigned char* const head = inside_;
    store(head + head_at::trace_id, trace_high);
    store(head + head_at::trace_id + 8, trace_low);
    store(head + head_at::span_id, own);
    store(head + head_at::flags, flags);
  }
  [[nodiscard]] trace_flags flags() noexcept { return trace_flags{tape_.data()[head_at::flags]}; }
  void add_flags(unsigned char more) noexcept { tape_.data()[head_at::flags] |= more; }
  /// Where the fields begin that follow the head: the name, then whatever came.
  [[nodiscard]] std::size_t head_size() const noexcept {
    return has_parent_ ? head_at::child_size : head_at::root_size;
  }

  /// The span's context as an entry, which borrows what the span shares.
  [[nodiscard]] context_entry identity() const noexcept {
    unsigned char const* const head = tape_.data();
    context_entry own{};
    std::memcpy(own.trace_id, head + head_at::trace_id, sizeof own.trace_id);
    std::memcpy(own.span_id, head + head_at::span_id, sizeof own.span_id);
    own.flags = head[head_at::flags];
    own.remote = remote_ ? 1 : 0;
    own.tag = version_tag;
    if (shares_) {
      own.trace_state = parts_.trace_state;
      own.baggage = parts_.baggage;
      own.slots = parts_.slots;
    }
    return own;
  }
  SPANWISE_COLD void inherit(context_entry const& parent, context_entry* entry) noexcept {
    void* const state = has_parent_ ? parent.trace_state : nullptr;
    if (entry != nullptr) {
      entry->trace_state = trace_state::share(state).release();
      entry->baggage = baggage::share(parent.baggage).release();
      entry->slots = slots::share(parent.slots).release();
    }
    keep_parts(trace_state::share(state).release(), baggage::share(parent.baggage).release(),
               slots::share(parent.slots).release());
  }
  void keep_parts(void* state, void* entries, void* values) noexcept {
    parts_ = {state, entries, values};
    shares_ = state != nullptr || entries != nullptr || values != nullptr;
  }
  SPANWISE_COLD void release_parts() noexcept {
    static_cast<void>(trace_state::adopt(parts_.trace_state));
    static_cast<void>(baggage::adopt(parts_.baggage));
    static_cast<void>(slots::adopt(parts_.slots));
    shares_ = false;
  }
  [[nodiscard]] std::string_view trace_state_text() const noexcept {
    if (!shares_ || parts_.trace_state == nullptr) [[likely]]
      return {};
    trace_state borrowed = trace_state::adopt(parts_.trace_state);
    std::string_view const text = borrowed.text();
    static_cast<void>(borrowed.release());
    return text;
  }

  void set_when_full(attribute const& given) noexcept;
  void attribute_did_not_fit(attribute const& given) noexcept;
  void drop_repeated() noexcept;
  void put_attributes(unsigned char tag, unsigned char dropped_tag, attribute const* given, std::size_t count,
                      std::uint32_t most) noexcept;
  bool erase_key(std::string_view key) noexcept;
  void erase_field(unsigned char tag) noexcept;
  void put_name(std::string_view name) noexcept;
  void put_links(span_options const& options) noexcept;
  bool write_record(producer& writer, std::int64_t end_wall) noexcept;
  void finish_again(std::int64_t end_wall) noexcept;
  void finish_without_writer(span_state before, std::int64_t end_wall) noexcept;
  producer* enter_writer() noexcept;

  // What a call of set() looks at stands in front, where it is reached with the shortest instructions.
  tape tape_; ///< begins with the head of the record
  bool writable_;
  span_state state_;
  bool shares_;
  bool repeated_;        ///< an attribute on the tape may have the key of another one
  bool nested_;          ///< a map on the tape may have a key twice
  bool status_left_out_; ///< the tape had no room for it
  status_code status_;
  bool has_parent_;
  std::uint64_t keys_;
  std::uint64_t seen_; ///< the bits of all text, as put_text gathers them
  std::uint32_t attributes_left_;
  std::uint32_t events_left_;
  std::uint32_t links_left_;
  std::uint32_t dropped_attributes_;
  std::uint32_t dropped_events_;
  std::uint32_t dropped_links_;
  std::uint32_t epoch_;
  std::uint32_t exceptions_;
  provider_core* core_;
  clock_reading start_;
  shared_parts parts_;
  std::uint16_t scope_;
  unsigned char parent_flags_;
  bool remote_; ///< stands for a parent of another process
  unsigned char inside_[inside_size];
};

SPANWISE_INLINE bool span_body::begin(provider_core& core, std::uint32_t epoch, producer& writer,
                                      scope_ref const& scope, std::string_view name, span_kind kind,
                                      span_options const* options, thread_state& thread, context_entry const& parent,
                                      context_entry* entry) noexcept {
  auto trace_high = load<std::uint64_t>(parent.trace_id);
  auto trace_low = load<std::uint64_t>(parent.trace_id + 8);
  auto const parent_span = load<std::uint64_t>(parent.span_id);
  bool const rooted = options != nullptr && options->parent.root();
  bool const has_parent = (trace_high | trace_low) != 0 && parent_span != 0 && !rooted;
  bool const parent_remote = parent.remote != 0;
  has_parent_ = has_parent;
  parent_flags_ = parent.flags;

  parent_case situation = parent_case::none;
  std::uint32_t flags = trace_flags::random_bit | span_view::remote_known;
  if (has_parent) [[likely]] {
    bool const parent_sampled = (parent.flags & trace_flags::sampled_bit) != 0;
    situation = static_cast<parent_case>((parent_remote ? 1 : 3) + (parent_sampled ? 0 : 1));
    flags = (parent.flags & trace_flags::random_bit) | span_view::remote_known | (parent_remote ? span_view::remote : 0U);
  } else {
    trace_high = thread.random();
    trace_low = thread.random.nonzero();
  }
  quick_decision const decision = core.quick[static_cast<std::size_t>(situation)].load(relaxed);
  if (decision == quick_decision::record_and_sample) flags |= trace_flags::sampled_bit;
  std::uint64_t const own = thread.random.nonzero();
  tape_.open(inside_, sizeof inside_, core.limits.max_span_bytes);
  put_identity(trace_high, trace_low, own, flags);
  writable_ = shares_ = remote_ = false;
  core_ = &core;
  epoch_ = epoch;
  add_own<std::uint64_t>(writer.counts.started, 1);

  if (entry != nullptr) [[likely]] {
    store(entry->trace_id, trace_high);
    store(entry->trace_id + 8, trace_low);
    store(entry->span_id, own);
    entry->flags = static_cast<unsigned char>(flags);
    entry->remote = 0;
    entry->owner_kind = static_cast<unsigned char>(entry_owner::span);
    entry->tag = version_tag;
    entry->trace_state = entry->baggage = entry->slots = nullptr;
  }
  auto const parts = reinterpret_cast<std::uintptr_t>(parent.trace_state) |
                     reinterpret_cast<std::uintptr_t>(parent.baggage) | reinterpret_cast<std::uintptr_t>(parent.slots);
  if (parts != 0 && parent.tag == version_tag) [[unlikely]]
    inherit(parent, entry);
  if (decision == quick_decision::drop) {
    add_own<std::uint64_t>(writer.counts.sampled_out, 1);
    state_ = span_state::unsampled;
    return false;
  }

  add_own<std::int64_t>(writer.counts.in_flight, 1);
  state_ = decision == quick_decision::ask           ? span_state::undecided
           : decision == quick_decision::record_only ? span_state::record_only
                                                     : span_state::recording;
  writable_ = true;
  repeated_ = nested_ = status_left_out_ = false;
  status_ = status_code::unset;
  keys_ = seen_ = 0;
  exceptions_ = thread.exceptions();
  dropped_attributes_ = dropped_events_ = dropped_links_ = 0;
  attributes_left_ = core.limits.attribute_count;
  events_left_ = core.limits.event_count;
  links_left_ = core.limits.link_count;
  scope_ = thread.scope_number(core, scope.hash, scope.name, scope.version, scope.schema_url);

  unsigned char* const head = inside_;
  put_id_tags(head);
  head[head_at::kind - 1] = tag::span_kind;
  head[head_at::kind] = wire_kind(kind);
  head[head_at::start - 1] = tag::span_start;
  head[head_at::end - 1] = tag::span_end;
  if (has_parent) [[likely]] {
    store(head + head_at::parent_id - 2, std::uint16_t{0x0822}); // 8 bytes
    store(head + head_at::parent_id, parent_span);
    tape_.advance_to(head + head_at::child_size);
  } else {
    tape_.advance_to(head + head_at::root_size);
  }
  put_name(name);
  if (options != nullptr) [[unlikely]]
    put_links(*options);
  start_ = process_clock.now();
  bool const told = options != nullptr && options->start.unix_ns != 0;
  store(tape_.data() + head_at::start, told ? options->start.unix_ns : start_.wall);
  return true;
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
  tape_.advance_to(put_text(at, name.data(), name.size(), seen_));
}

SPANWISE_COLD void span_body::put_links(span_options const& options) noexcept {
  for (link const& each : options.links) add_link(each.to, each.attributes.begin(), each.attributes.size());
}

/// A text attribute, the most frequent of those that are not inlined.
[[gnu::noinline]] inline void span_body::set_text(char const* key, attribute::facts about, void const* text,
                                                  std::uint64_t size) noexcept {
  std::size_t const key_size = about.key_size;
  std::uint64_t const inner = key_size + size + 6;
  if (key_size == 0 || inner > 127 || size > core_->limits.attribute_value_length || attributes_left_ == 0 ||
      !tape_.has(inner + 2)) [[unlikely]]
    return set_any(key, about, text, size, nullptr);
  note_key(about);
  put_short_text(tape_, tag::span_attribute, {key, key_size},
                 {static_cast<char const*>(text), static_cast<std::size_t>(size)}, seen_);
}

/// Any attribute, with all that may be wrong with it.
[[gnu::noinline]] inline void span_body::set_any(char const* key, attribute::facts about, void const* data,
                                                 std::uint64_t number, value::writer write) noexcept {
  attribute const given{key, about, data, number, write};
  if (about.key_size == 0) return count_misuse(misuse::bad_any_key);
  if (attributes_left_ == 0) return set_when_full(given);
  note_key(about);
  note_value(about.kind);
  if (!put_any_attribute(tape_, tag::span_attribute, given.key_text(), given.value(), core_->limits))
    attribute_did_not_fit(given);
}

} // namespace spanwise::inline SPANWISE_ABI::detail
