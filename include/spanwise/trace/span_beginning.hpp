// How a span begins: its identity from the parent, the answer of the sampler's table, the head of its record, its name.
// The usual cases have functions of their own, with nothing to decide in them.
#pragma once

#include <spanwise/trace/span_body.hpp>

namespace spanwise::inline SPANWISE_ABI::detail {

[[nodiscard]] SPANWISE_INLINE std::uint16_t scope_number(provider_core& core, scope_ref const& scope,
                                                         thread_state& thread) noexcept {
  return scope.hash == unnamed_scope_hash // which start() adds first of all
             ? std::uint16_t{0}
             : thread.scope_number(core, scope);
}

/// Where a span of some source goes, and whether anything takes it there.
struct destination {
  provider_core* core;
  std::uint32_t epoch;
  bool live;
};

[[nodiscard]] inline destination destination_of(tracer_source const& source, thread_state& thread) noexcept {
  provider_core* const core = source.core != nullptr ? source.core : default_provider.load(acquire);
  if (core == nullptr) return {nullptr, 0, false};
  std::uint32_t const epoch = core->epoch.load(acquire);
  bool live = provider_core::running(epoch) && thread.suppressed == 0 && (source.epoch == 0 || source.epoch == epoch);
  if (live && core->hooks.load(relaxed) != nullptr) [[unlikely]]
    live = tracer_enabled(*core, epoch, scope_number(*core, source.scope, thread), thread);
  return {core, epoch, live};
}

// An entry above the top shares nothing: what it held was let go of when it was taken off.
SPANWISE_INLINE void span_body::fill(context_entry& entry, std::uint64_t trace_high, std::uint64_t trace_low,
                                     std::uint64_t own, std::uint32_t flags) noexcept {
  store(entry.trace_id, trace_high);
  store(entry.trace_id + 8, trace_low);
  store(entry.span_id, own);
  static_assert(offsetof(context_entry, remote) == offsetof(context_entry, flags) + 1 &&
                offsetof(context_entry, owner_kind) == offsetof(context_entry, flags) + 2 &&
                offsetof(context_entry, nature) == offsetof(context_entry, flags) + 3);
  store(&entry.flags, (flags & 0xff) | std::uint32_t{static_cast<unsigned char>(entry_owner::span)} << 16 |
                          std::uint32_t{static_cast<unsigned char>(entry_nature::plain)} << 24);
  entry.tag = version_tag;
  store_plain(entry.owner, static_cast<void*>(this), relaxed);
}

/// All that does not depend on the parent. The head's end is where the tape's cursor stands. What lies side by side is
/// written together: a start is bound by the number of its stores.
SPANWISE_INLINE void span_body::start_recording(provider_core& core, std::uint32_t epoch, thread_state& thread,
                                                scope_ref const& scope, std::string_view name, bool has_parent,
                                                span_state state) noexcept {
  std::uint16_t const number = scope_number(core, scope, thread);
  auto const at = [this](std::size_t offset) { return reinterpret_cast<unsigned char*>(this) + offset; };
  static_assert(offsetof(span_body, scope_) == offsetof(span_body, writable_) + 6 &&
                offsetof(span_body, marks_) == offsetof(span_body, writable_) + 8);
  store(at(offsetof(span_body, writable_)),
        two_words{1 | std::uint64_t{static_cast<unsigned char>(state)} << 8 | std::uint64_t{has_parent} << 24 |
                      std::uint64_t{number} << 48,
                  0});
  core_ = &core;
  static_assert(offsetof(span_limits, link_count) == offsetof(span_limits, event_count) + 4 &&
                offsetof(span_body, links_left_) == offsetof(span_body, events_left_) + 4);
  static_assert(offsetof(span_body, dropped_links_) == offsetof(span_body, attributes_left_) + 4 &&
                offsetof(span_body, exceptions_) == offsetof(span_body, epoch_) + 4);
  store(at(offsetof(span_body, attributes_left_)), std::uint64_t{core.limits.attribute_count});
  store(at(offsetof(span_body, epoch_)), std::uint64_t{epoch});
  store(at(offsetof(span_body, events_left_)), load<std::uint64_t>(&core.limits.event_count));
  static_assert(offsetof(span_body, dropped_events_) == offsetof(span_body, keys_) + 12);
  store(at(offsetof(span_body, keys_)), two_words{});
  key_sum_ = 0;
  if (unsigned int const thrown = thread.exceptions(); thrown != 0) [[unlikely]]
    exceptions_ = thrown;
  put_first_name(name);
}

SPANWISE_INLINE void span_body::begin_child(provider_core& core, thread_state& thread, thread_state::lane const& lane,
                                            scope_ref const& scope, std::string_view name, unsigned char kind,
                                            context_entry const& parent, context_entry& entry) noexcept {
  auto const trace_high = load<std::uint64_t>(parent.trace_id);
  auto const trace_low = load<std::uint64_t>(parent.trace_id + 8);
  auto const parent_span = load<std::uint64_t>(parent.span_id);
  std::uint64_t const own = thread.random.nonzero();
  std::uint32_t const random = parent.flags & trace_flags::random_bit;
  fill(entry, trace_high, trace_low, own, random | trace_flags::sampled_bit);
  thread_counts& counts = lane.writer->counts;
  add_own<std::uint64_t>(counts.started, 1);
  add_own<std::int64_t>(counts.in_flight, 1);
  tape_.open(inside_, sizeof inside_, core.limits.max_span_bytes);
  put_head_tags(inside_, std::uint64_t{random} | trace_flags::sampled_bit | span_view::remote_known, kind);
  put_ids(trace_high, trace_low, own);
  put_parent(inside_, parent_span);
  tape_.advance_to(inside_ + head_at::child_size);
  start_recording(core, lane.epoch, thread, scope, name, true, span_state::recording);
  start_ = process_clock.now();
  store(tape_.data() + head_at::start, start_.wall); // a long name may have moved it to the heap
}

SPANWISE_INLINE void span_body::skip_child(random_source& random, producer& writer, context_entry const& parent,
                                           context_entry& entry) noexcept {
  auto const trace_high = load<std::uint64_t>(parent.trace_id);
  auto const trace_low = load<std::uint64_t>(parent.trace_id + 8);
  std::uint32_t const flags = parent.flags & trace_flags::random_bit;
  std::uint64_t const own = random.nonzero();
  fill(entry, trace_high, trace_low, own, flags);
  put_identity(trace_high, trace_low, own, flags);
  writable_ = false;
  state_ = span_state::unsampled;
  marks_ = {};
  tape_.open_none();
  add_own<std::uint64_t>(writer.counts.started, 1);
  add_own<std::uint64_t>(writer.counts.sampled_out, 1);
}

/// The mark of traces that this pipeline leaves out for want of memory; the next fifteen in its place have others.
[[nodiscard]] inline std::uint8_t shed_mark(provider_core const& core, std::uint32_t epoch) noexcept {
  std::uint32_t const run = epoch / 2 % 16;
  static_assert(16 * most_providers < 250);
  return static_cast<std::uint8_t>(1 + run * most_providers + core.index);
}

[[gnu::noinline]] inline bool span_body::begin(provider_core& core, std::uint32_t epoch, scope_ref const& scope,
                                               std::string_view name, unsigned char kind, span_options const* options,
                                               thread_state& thread, context_entry const& parent,
                                               context_entry* entry) noexcept {
  clear();
  producer* const writer = thread.find(core, epoch);
  if (writer == nullptr) return false;
  auto trace_high = load<std::uint64_t>(parent.trace_id);
  auto trace_low = load<std::uint64_t>(parent.trace_id + 8);
  auto const parent_span = load<std::uint64_t>(parent.span_id);
  bool const rooted = options != nullptr && options->parent.root();
  bool const parent_remote = parent.remote != 0;
  has_parent_ = (trace_high | trace_low) != 0 && parent_span != 0 && !rooted;

  parent_case situation = parent_case::none;
  std::uint32_t flags = trace_flags::random_bit | span_view::remote_known;
  if (has_parent_) {
    bool const parent_sampled = (parent.flags & trace_flags::sampled_bit) != 0;
    situation = static_cast<parent_case>((parent_remote ? 1 : 3) + (parent_sampled ? 0 : 1));
    flags = (parent.flags & trace_flags::random_bit) | span_view::remote_known | (parent_remote ? span_view::remote : 0U);
  } else {
    trace_high = thread.random();
    trace_low = thread.random.nonzero();
  }
  // Under more than it can carry whole traces are left out, rather than spans of all: those that begin here, and what
  // is below them on their thread. What no memory is taken for is never left out.
  bool const begins_here = situation != parent_case::local_sampled && situation != parent_case::local_unsampled;
  quick_decision const wanted = core.quick[static_cast<std::size_t>(situation)].load(relaxed);
  bool const scarce = begins_here && (wanted == quick_decision::record_and_sample || wanted == quick_decision::ask) && core.lacks_room();
  bool const shed = begins_here ? scarce && wanted == quick_decision::record_and_sample : shed_by(parent) == shed_mark(core, epoch);
  quick_decision const decision = shed ? quick_decision::drop : wanted;
  if (decision == quick_decision::record_and_sample) flags |= trace_flags::sampled_bit;
  std::uint64_t own = thread.random.nonzero();
  if (span_hooks* const hooks = core.hooks.load(relaxed); hooks != nullptr) [[unlikely]] {
    visit const inside{core, epoch, *writer, thread};
    if (!inside) return false;
    if (!hooks->ids.empty()) {
      if (entry != nullptr) show_parent(*entry, parent);
      hooks->choose_ids(has_parent_, trace_high, trace_low, own, flags);
      if (entry != nullptr) clear_entry(*entry);
    }
  }
  tape_.open(inside_, sizeof inside_, core.limits.max_span_bytes);
  add_own<std::uint64_t>(writer->counts.started, 1);
  if (entry != nullptr) fill(*entry, trace_high, trace_low, own, flags);
  if (decision == quick_decision::drop) {
    put_identity(trace_high, trace_low, own, flags);
    inherit(parent, entry);
    if (shed) count_shed(*writer, core, epoch, entry);
    else add_own<std::uint64_t>(writer->counts.sampled_out, 1);
    state_ = span_state::unsampled;
    return false;
  }

  add_own<std::int64_t>(writer->counts.in_flight, 1);
  span_state const state = decision == quick_decision::ask           ? span_state::undecided
                           : decision == quick_decision::record_only ? span_state::record_only
                                                                     : span_state::recording;
  put_head_tags(inside_, flags, kind);
  put_ids(trace_high, trace_low, own);
  if (has_parent_) put_parent(inside_, parent_span);
  tape_.advance_to(inside_ + head_size());
  start_recording(core, epoch, thread, scope, name, has_parent_, state);
  parent_flags_ = parent.flags;
  marks_.scarce = scarce;
  inherit(parent, entry);
  start_ = process_clock.now();
  bool const told = options != nullptr && options->start.unix_ns != 0;
  store(tape_.data() + head_at::start, told ? options->start.unix_ns : start_.wall);
  if (options == nullptr) return true;
  for (link const& each : options->links)
    with_ready(each.attributes.begin(), each.attributes.size(), [&](attribute const* ready, std::size_t count) {
      if (writable_) add_link(each.to, ready, count);
    });
  return writable_;
}

/// While ids are chosen the parent is current: an entry that nobody owns would be taken off by who looks at the context.
SPANWISE_COLD void span_body::show_parent(context_entry& entry, context_entry const& parent) noexcept {
  context_access::write(entry, context_access::read(parent));
  entry.owner_kind = static_cast<unsigned char>(entry_owner::attached);
  store_plain(entry.owner, static_cast<void*>(this), relaxed);
}

/// Its trace is left out for want of memory; what is below it will see that in its entry or its context.
SPANWISE_COLD void span_body::count_shed(producer& writer, provider_core const& core, std::uint32_t epoch,
                                         context_entry* entry) noexcept {
  add_own<std::uint64_t>(writer.counts.dropped[static_cast<std::size_t>(drop_reason::trace_shed)], 1);
  marks_.shed_by = shed_mark(core, epoch);
  if (entry != nullptr) mark_shed(*entry, marks_.shed_by);
}

/// What a parent shares goes on to the span and to its entry, and that a pipeline leaves its trace out.
inline void span_body::inherit(context_entry const& parent, context_entry* entry) noexcept {
  share_parts(parent, entry);
  marks_.shed_by = has_parent_ ? shed_by(parent) : std::uint8_t{0};
  if (marks_.shed_by != 0 && entry != nullptr) mark_shed(*entry, marks_.shed_by);
}

inline void span_body::share_parts(context_entry const& parent, context_entry* entry) noexcept {
  auto const parts = reinterpret_cast<std::uintptr_t>(parent.trace_state) |
                     reinterpret_cast<std::uintptr_t>(parent.baggage) | reinterpret_cast<std::uintptr_t>(parent.slots);
  if (parts == 0 || parent.tag != version_tag) return;
  void* const state = has_parent_ ? parent.trace_state : nullptr;
  if (entry != nullptr) {
    entry->trace_state = trace_state::share(state).release();
    entry->baggage = baggage::share(parent.baggage).release();
    entry->slots = slots::share(parent.slots).release();
    entry->nature = static_cast<unsigned char>(entry_nature::any);
  }
  keep_parts(trace_state::share(state).release(), baggage::share(parent.baggage).release(),
             slots::share(parent.slots).release());
}

/// On the tape that has nothing but the head yet.
SPANWISE_INLINE void span_body::put_first_name(std::string_view name) noexcept {
  static_assert(head_at::child_size + 2 + short_name <= inside_size);
  if (name.size() > short_name) [[unlikely]]
    return put_name(name);
  unsigned char* const at = tape_.cursor();
  store(at, static_cast<std::uint16_t>(tag::span_name | name.size() << 8));
  std::uint64_t seen = 0;
  tape_.advance_to(put_text(at + 2, name.data(), name.size(), seen));
  seen_ = seen;
}

SPANWISE_COLD void span_body::put_name(std::string_view name) noexcept {
  seen_ = beyond_ascii; // it is not looked at here
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

} // namespace spanwise::inline SPANWISE_ABI::detail
