// What every kind of span is made of: identity, clock, and the tape onto which each call writes OTLP protobuf at once.
// At its end the fixed part and the tape become one record in the calling thread's chunk. One thread at a time.
#pragma once

#include <spanwise/core/attribute_writer.hpp>
#include <spanwise/core/clock.hpp>
#include <spanwise/core/record_head.hpp>
#include <spanwise/trace/span_hooks.hpp>
#include <spanwise/trace/span_options.hpp>

#include <cstring>
#include <initializer_list>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI::detail {

/// The scope of spans that no tracer made, number 0 in every pipeline.
inline constexpr std::uint64_t unnamed_scope_hash = 1;

/// In whose name spans are made, and where they go.
struct tracer_source {
  scope_ref scope;
  provider_core* core{};   ///< nullptr: the default
  std::uint32_t epoch{}; ///< 0: whichever the provider is in now
};

/// `watched` is recording with processors that want to know of its end; one that is record_only may have them, too.
enum class span_state : std::uint8_t { inert, unsampled, undecided, recording, watched, record_only, ended };

class span_body {
public:
  static constexpr std::size_t inside_size = 464;

  /// Good for nothing before clear() or begin().
  span_body() noexcept {}
  span_body(span_body const&) = delete;
  span_body& operator=(span_body const&) = delete;

  [[nodiscard]] SPANWISE_INLINE bool recording() const noexcept { return writable_; }
  [[nodiscard]] SPANWISE_INLINE bool undecided() const noexcept { return state_ == span_state::undecided; }
  [[nodiscard]] span_state state() const noexcept { return state_; }

  /// Makes it inert.
  SPANWISE_INLINE void clear() noexcept {
    writable_ = false;
    state_ = span_state::inert;
    marks_ = {};
    tape_.open(inside_, sizeof inside_, 0);
  }

  /// The usual start: a child of a span of this process that shares nothing, where the sampler's table says "record".
  void begin_child(provider_core& core, thread_state& thread, thread_state::lane const& lane, scope_ref const& scope,
                   std::string_view name, unsigned char kind, context_entry const& parent, context_entry& entry) noexcept;
  /// The same where the table says "drop": only the identity is there.
  void skip_child(random_source& random, producer& writer, context_entry const& parent, context_entry& entry) noexcept;
  /// Any start: takes up identity from the parent, asks the sampler's table, and starts the clock. `entry` is filled if
  /// given. True if it records; inert if there is no memory.
  bool begin(provider_core& core, std::uint32_t epoch, scope_ref const& scope, std::string_view name, unsigned char kind,
             span_options const* options, thread_state& thread, context_entry const& parent,
             context_entry* entry) noexcept;

  /// Asks a sampler that wants to see the span, and tells processors, after its first attributes are on the tape.
  void decide(context_entry* entry) noexcept;
  /// What is on the tape, with the last value of each key; good until the next change.
  [[nodiscard]] span_view so_far() noexcept {
    if (repeated()) drop_repeated();
    std::span<std::byte const> const written{reinterpret_cast<std::byte const*>(tape_.data()), tape_.size()};
    return span_view{written.subspan(head_at::message)};
  }

  /// Numbers under literal keys are written here, all else by calls. False, with nothing done, if code of the value's
  /// type would have to write it and `may_call` forbids that.
  SPANWISE_INLINE bool set(attribute const& given, bool may_call = true) noexcept {
    value const& held = given.value();
    if (held.kind == value_kind::absent) return true;
    std::string_view const key = given.key_text();
    if (held.kind == value_kind::text) {
      set_text(key.data(), given.about(), held.data, held.number);
      return true;
    }
    if (!plain_number(held.kind) || !short_key(key) || attributes_left_ == 0 || !tape_.has(number_size(key))) [[unlikely]] {
      if (held.kind != value_kind::nested) set_any(key.data(), given.about(), held.data, held.number, held.write);
      else if (may_call) set_nested(key.data(), given.about(), held.data, held.number, held.write);
      else return false;
      return true;
    }
    note_key(given.about());
    put_number(tape_, tag::span_attribute, key, held);
    return true;
  }
  /// As set(), of what is in final form.
  void set(ready_attributes const& given) noexcept {
    for (std::size_t i = 0; i < given.size(); ++i) {
      attribute const& one = given.data()[i];
      set_any(one.key_text().data(), one.about(), one.value().data, one.value().number, one.value().write);
    }
  }

  /// Each of them, where it is known while compiling which are given.
  SPANWISE_INLINE void set(attribute const& a, attribute const& b, attribute const& c, attribute const& d,
                           attribute const& e, attribute const& f, attribute const& g, attribute const& h) noexcept {
    set(a);
    set(b);
    set(c);
    set(d);
    set(e);
    set(f);
    set(g);
    set(h);
  }

  /// Stands in for a span that is not made: it only shows and passes on what would be its parent.
  void stand_for(spanwise::context const& parent) noexcept {
    context_entry shown;
    context_access::write(shown, parent);
    put_identity(load<std::uint64_t>(shown.trace_id), load<std::uint64_t>(shown.trace_id + 8),
                 load<std::uint64_t>(shown.span_id), shown.flags);
    marks_.stands_for_remote = shown.remote != 0;
    marks_.shed_by = shed_by(shown);
    keep_parts(shown.trace_state, shown.baggage, shown.slots);
    state_ = span_state::unsampled;
  }

  /// Of these attributes code of users writes none: none is nested, or all are in final form.
  void add_event(std::string_view name, time_point when, attribute const* attributes, std::size_t count) noexcept;
  void add_link(span_context const& to, attribute const* attributes, std::size_t count) noexcept;
  /// Calls `use` with them in final form, unless the span has ended meanwhile. Not under a lock.
  template <class Use> void with_ready(attribute const* attributes, std::size_t count, Use const& use) noexcept {
    if (!any_nested(attributes, count)) return use(attributes, count);
    span_state const before = state_;
    ready_attributes const ready{attributes, count, core_->limits, tape_.left()};
    if (state_ == before) use(ready.data(), ready.size());
  }
  /// What a value may be that is to be set.
  struct value_bounds {
    span_limits const* limits;
    std::size_t most;
  };
  [[nodiscard]] value_bounds bounds() const noexcept { return {&core_->limits, tape_.left()}; }
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
  SPANWISE_INLINE void finish(std::int64_t end_wall) noexcept { finish(stop(), end_wall); }
  /// The same in two steps, of which the first makes all later calls do nothing and the second may call exporters.
  [[nodiscard]] SPANWISE_INLINE span_state stop() noexcept {
    span_state const before = state_;
    state_ = span_state::ended;
    writable_ = false;
    return before;
  }
  void finish(span_state before, std::int64_t end_wall) noexcept;

  /// The span's own context; user values are those of the parent.
  [[nodiscard]] spanwise::context context() const noexcept {
    return state_ == span_state::inert ? current_context() : context_access::read(identity());
  }

  /// Lets go of what the span holds, as the last call. Not a destructor, so that whoever ends a span makes one call.
  SPANWISE_INLINE void release() noexcept {
    if (marks_.shares) [[unlikely]]
      release_parts();
    tape_.release();
  }
  /// True if there is something to let go of.
  [[nodiscard]] SPANWISE_INLINE bool holds_something() const noexcept { return marks_.shares || tape_.on_heap(); }

private:
  /// What few spans have, so that one look tells that a span has none of it.
  struct rare_marks {
    bool shares;            ///< parts_ is good
    bool stands_for_remote; ///< stands for a parent of another process
    bool nested;            ///< a map on the tape may have a key twice
    std::uint8_t status_left_out : 1; ///< the tape had no room for it
    std::uint8_t loss_told : 1;       ///< that something was left out is counted, once however much it is
    std::uint8_t reserved : 6;        ///< so that all bits are known
    bool dropped;           ///< one of the counters of what was dropped is not zero
    bool scarce;            ///< a sampler that wants to see it is still asked, and there is no memory for a new trace
    std::uint8_t shed_by;   ///< the pipeline that leaves its trace out for want of memory, as in span_context
    bool watched;           ///< processors were told of its start

    [[nodiscard]] SPANWISE_INLINE bool any() const noexcept { return load<std::uint64_t>(this) != 0; }
  };
  static_assert(sizeof(rare_marks) == sizeof(std::uint64_t));

  /// What the span shares with its parent and its children.
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
  /// While no bit comes twice, the sum of bits and their union are the same: two additions instead of a decision.
  SPANWISE_INLINE void note_bit(std::uint8_t number) noexcept {
    std::uint64_t const bit = std::uint64_t{1} << number;
    keys_ |= bit;
    key_sum_ += bit;
  }
  static constexpr std::size_t least_attribute = 7; // with a key of one byte and an empty value
  static_assert(record::max_size / least_attribute < std::uint64_t{1} << (65 - key_bits), "the sum must not wrap around");
  /// True if two attributes on the tape may have the same key.
  [[nodiscard]] SPANWISE_INLINE bool repeated() const noexcept { return key_sum_ != keys_; }
  SPANWISE_INLINE void note_key(attribute::facts const& about) noexcept {
    note_bit(about.bit());
    if (about.any_text()) seen_ = beyond_ascii;
    --attributes_left_;
  }
  /// Of what is written by the general way it is not known whether its text is ASCII.
  void note_value(value_kind kind) noexcept {
    marks_.nested |= kind == value_kind::nested;
    if (kind == value_kind::nested || kind == value_kind::text) seen_ = beyond_ascii;
  }
  void set_text(char const* key, attribute::facts about, void const* text, std::uint64_t size) noexcept;
  void set_any(char const* key, attribute::facts about, void const* data, std::uint64_t number,
               value::writer write) noexcept;
  void set_nested(char const* key, attribute::facts about, void const* data, std::uint64_t number,
                  value::writer write) noexcept;

  SPANWISE_INLINE void fill(context_entry& entry, std::uint64_t trace_high, std::uint64_t trace_low, std::uint64_t own,
                            std::uint32_t flags) noexcept;
  SPANWISE_INLINE void start_recording(provider_core& core, std::uint32_t epoch, thread_state& thread,
                                       scope_ref const& scope, std::string_view name, bool has_parent,
                                       span_state state) noexcept;
  SPANWISE_INLINE void put_identity(std::uint64_t trace_high, std::uint64_t trace_low, std::uint64_t own,
                                    std::uint32_t flags) noexcept {
    put_ids(trace_high, trace_low, own);
    store(inside_ + head_at::flags, flags);
  }
  SPANWISE_INLINE void put_ids(std::uint64_t trace_high, std::uint64_t trace_low, std::uint64_t own) noexcept {
    store(inside_ + head_at::trace_id, trace_high);
    store(inside_ + head_at::trace_id + 8, trace_low);
    store(inside_ + head_at::span_id, own);
  }
  [[nodiscard]] trace_flags flags() noexcept { return trace_flags{tape_.data()[head_at::flags]}; }
  void add_flags(unsigned char more) noexcept {
    inside_[head_at::flags] |= more;
    tape_.data()[head_at::flags] = inside_[head_at::flags];
  }
  /// Where the fields begin that follow the head: the name, then whatever came.
  [[nodiscard]] std::size_t head_size() const noexcept {
    return has_parent_ ? head_at::child_size : head_at::root_size;
  }

  /// The span's context as an entry, which borrows what the span shares.
  [[nodiscard]] context_entry identity() const noexcept {
    unsigned char const* const head = inside_; // where the tape began, wherever it is now
    context_entry own{};
    std::memcpy(own.trace_id, head + head_at::trace_id, sizeof own.trace_id);
    std::memcpy(own.span_id, head + head_at::span_id, sizeof own.span_id);
    own.flags = head[head_at::flags];
    own.remote = marks_.stands_for_remote ? 1 : 0;
    own.tag = version_tag;
    if (marks_.shed_by != 0) mark_shed(own, marks_.shed_by);
    if (marks_.shares) {
      own.trace_state = parts_.trace_state;
      own.baggage = parts_.baggage;
      own.slots = parts_.slots;
    }
    return own;
  }
  void show_parent(context_entry& entry, context_entry const& parent) noexcept;
  void inherit(context_entry const& parent, context_entry* entry) noexcept;
  void share_parts(context_entry const& parent, context_entry* entry) noexcept;
  void count_shed(producer& writer, provider_core const& core, std::uint32_t epoch, context_entry* entry) noexcept;
  void keep_parts(void* state, void* entries, void* values) noexcept {
    parts_ = {state, entries, values};
    marks_.shares = state != nullptr || entries != nullptr || values != nullptr;
  }
  SPANWISE_COLD void release_parts() noexcept {
    static_cast<void>(trace_state::adopt(parts_.trace_state));
    static_cast<void>(baggage::adopt(parts_.baggage));
    static_cast<void>(slots::adopt(parts_.slots));
    marks_.shares = false;
  }
  [[nodiscard]] std::string_view trace_state_text() const noexcept {
    if (!marks_.shares || parts_.trace_state == nullptr) [[likely]]
      return {};
    trace_state borrowed = trace_state::adopt(parts_.trace_state);
    std::string_view const text = borrowed.text();
    static_cast<void>(borrowed.release());
    return text;
  }

  void note_loss(misuse why) noexcept {
    if (!marks_.loss_told) count_misuse(why);
    marks_.loss_told = true;
  }
  void note_dropped(std::uint32_t& counter, misuse why) noexcept {
    ++counter;
    marks_.dropped = true;
    note_loss(why);
  }
  void set_when_full(attribute const& given) noexcept;
  void attribute_did_not_fit(attribute const& given) noexcept;
  void drop_repeated() noexcept;
  void put_attributes(unsigned char tag, unsigned char dropped_tag, attribute const* given, std::size_t count,
                      std::uint32_t most) noexcept;
  bool erase_key(std::string_view key) noexcept;
  void erase_field(unsigned char tag) noexcept;
  static constexpr std::size_t short_name = 127;
  void put_first_name(std::string_view name) noexcept;
  void put_name(std::string_view name) noexcept;
  bool write_record(provider_core& core, producer& writer, std::int64_t end_wall) noexcept;
  bool write_any_record(provider_core& core, producer& writer, std::int64_t end_wall) noexcept;
  static bool count_lost(producer& writer, provider_core& core, std::size_t size) noexcept;
  void publish_record(producer& writer, unsigned char* start, std::size_t written, std::size_t size,
                      std::uint16_t flags, std::int64_t end_wall) noexcept;
  std::uint16_t record_flags() const noexcept;
  std::size_t rare_room() const noexcept;
  unsigned char* put_rare(unsigned char* at) const noexcept;
  void finish_again(span_state before, std::int64_t end_wall) noexcept;
  void stay_undecided() noexcept;
  void finish_otherwise(span_state before, std::int64_t end_wall) noexcept;
  void tell_processors(std::int64_t end_wall) noexcept;
  void finish_without_writer(span_state before, std::int64_t end_wall) noexcept;
  producer* enter_writer(provider_core& core) noexcept;

  // What a call of set() looks at stands in front, where it is reached with the shortest instructions.
  tape tape_; ///< begins with the head of the record
  bool writable_;
  span_state state_;
  status_code status_;
  bool has_parent_;
  unsigned char parent_flags_;
  std::uint16_t scope_;
  rare_marks marks_;
  std::uint64_t keys_; ///< a bit for each key on the tape, as its hash has it
  std::uint32_t dropped_attributes_;
  std::uint32_t dropped_events_;
  std::uint64_t key_sum_; ///< the sum of the bits in keys_, each as often as it came
  std::uint64_t seen_; ///< the bits of all text, as put_text gathers them
  std::uint32_t attributes_left_;
  std::uint32_t dropped_links_;
  std::uint32_t epoch_;
  std::uint32_t exceptions_;
  std::uint32_t events_left_;
  std::uint32_t links_left_;
  provider_core* core_;
  clock_reading start_;
  shared_parts parts_;
  unsigned char inside_[inside_size];
};

/// A text attribute, the most frequent of those that are not inlined.
[[gnu::noinline]] inline void span_body::set_text(char const* key, attribute::facts about, void const* text,
                                                  std::uint64_t size) noexcept {
  std::size_t const key_size = about.key_size();
  std::uint64_t const inner = key_size + size + 6;
  if (key_size - 1 >= longest_key_of_text || inner > 127 || size > core_->limits.attribute_value_length || attributes_left_ == 0 ||
      !tape_.has(inner + 2)) [[unlikely]]
    return set_any(key, about, text, size, nullptr);
  note_key(about);
  std::uint64_t seen = seen_; // in a register: stores of characters might change the member
  put_short_text(tape_, tag::span_attribute, {key, key_size},
                 {static_cast<char const*>(text), static_cast<std::size_t>(size)}, seen);
  seen_ = seen;
}

/// Any attribute, with all that may be wrong with it.
[[gnu::noinline]] inline void span_body::set_any(char const* key, attribute::facts about, void const* data,
                                                 std::uint64_t number, value::writer write) noexcept {
  attribute const given{key, about, data, number, write};
  if (about.key_size() == 0) return count_misuse(misuse::bad_any_key);
  if (attributes_left_ == 0) return set_when_full(given);
  note_key(about);
  note_value(about.kind());
  if (!put_any_attribute(tape_, tag::span_attribute, given.key_text(), given.value(), core_->limits))
    attribute_did_not_fit(given);
}

/// A container, or a value of a type of the user's, whose code may do anything with the span meanwhile, also end it.
[[gnu::noinline]] inline void span_body::set_nested(char const* key, attribute::facts about, void const* data,
                                                    std::uint64_t number, value::writer write) noexcept {
  attribute const given{key, about, data, number, write};
  span_state const before = state_;
  ready_attributes const ready{&given, 1, core_->limits, tape_.left()};
  if (state_ == before) set(ready);
}

} // namespace spanwise::inline SPANWISE_ABI::detail
