// How a span ends: what was written of it becomes one record in the chunk of the thread that ends it, or is counted as
// lost. Inlined into the one function that ends spans.
#pragma once

#include <spanwise/trace/span_beginning.hpp>

namespace spanwise::inline SPANWISE_ABI::detail {

SPANWISE_INLINE void span_body::finish(span_state before, std::int64_t end_wall) noexcept {
  if (before != span_state::recording) [[unlikely]]
    return finish_otherwise(before, end_wall);
  provider_core& core = *core_; // in a register: stores of characters might change the member
  producer* const writer = enter_writer(core);
  if (writer == nullptr) [[unlikely]]
    return finish_without_writer(before, end_wall);
  if (write_record(core, *writer, end_wall)) [[likely]] {
    if (core.on_publish != nullptr) [[unlikely]]
      core.on_publish(core);
    return writer->leave();
  }
  add_own<std::int64_t>(writer->counts.in_flight, -1);
  writer->leave();
}

/// A span that is not sent, or whose end processors want to see before it is.
SPANWISE_COLD void span_body::finish_otherwise(span_state before, std::int64_t end_wall) noexcept {
  bool const runs = core_->epoch.load(acquire) == epoch_;
  if (marks_.watched && runs && this_thread() == nullptr)
    if (passing_thread const for_this_call; for_this_call) return finish_again(before, end_wall);
  if (marks_.watched) tell_processors(end_wall);
  marks_.watched = false;
  if (before == span_state::watched) return finish_again(span_state::recording, end_wall);
  producer* const writer = enter_writer(*core_);
  if (writer == nullptr) return finish_without_writer(before, end_wall);
  add_own<std::uint64_t>(writer->counts.record_only, 1);
  add_own<std::int64_t>(writer->counts.in_flight, -1);
  writer->leave();
}

/// First all processors may still add to it, then each sees what came of it: the whole message, outside the pipeline's
/// memory, where a span that ends meanwhile can't touch it.
SPANWISE_COLD void span_body::tell_processors(std::int64_t end_wall) noexcept {
  thread_state* const thread = this_thread();
  producer* const writer = thread == nullptr ? nullptr : thread->find(*core_, epoch_);
  if (writer == nullptr) return;
  visit const inside{*core_, epoch_, *writer, *thread};
  span_hooks* const hooks = core_->hooks.load(relaxed);
  if (!inside || hooks == nullptr) return;
  store(tape_.data() + head_at::end, end_wall);
  hooks->calls->on_ending(hooks->processors, *this);
  if (repeated()) drop_repeated();
  inline_tape whole{record::max_size};
  std::size_t const written = tape_.size();
  if (!whole.reserve(written + rare_room())) return;
  std::memcpy(whole.data(), tape_.data(), written);
  whole.advance_to(put_rare(whole.data() + written));
  record const finished{reinterpret_cast<std::byte const*>(whole.data()) + head_at::message,
                        static_cast<std::uint32_t>(whole.size() - head_at::message), scope_, record_flags()};
  hooks->tell_finished(*hooks, finished, core_->scopes[scope_]);
}

[[gnu::noinline]] inline void span_body::finish_again(span_state before, std::int64_t end_wall) noexcept {
  finish(before, end_wall);
}

/// The pipeline has stopped, or the thread is ending, or there is no memory.
SPANWISE_COLD void span_body::finish_without_writer(span_state before, std::int64_t end_wall) noexcept {
  std::uint32_t const since = core_->epoch.load(acquire) - epoch_;
  if (since == 0 && this_thread_state == nullptr) {
    if (passing_thread const for_this_call; for_this_call) return finish_again(before, end_wall);
  }
  if (since <= 1) core_->late.fetch_add(1, relaxed);
}

/// This thread's producer, entered. nullptr if the pipeline has stopped, the process has forked or the thread is
/// ending.
SPANWISE_INLINE producer* span_body::enter_writer(provider_core& core) noexcept {
  thread_state* const thread = this_thread();
  producer* const writer = thread != nullptr ? thread->find(core, epoch_) : nullptr;
  if (writer == nullptr) [[unlikely]]
    return nullptr;
  while (!writer->enter(!core.heavy_fences)) [[unlikely]] {
    writer->leave();
    if (writer->gate.load(acquire) != gate_state::reclaimed) return nullptr;
    writer->restart();
  }
  if (core.epoch.load(relaxed) == epoch_) [[likely]]
    return writer;
  writer->leave();
  return nullptr;
}

/// What the back half has to look at.
SPANWISE_COLD std::uint16_t span_body::record_flags() const noexcept {
  std::uint16_t const text = (seen_ & beyond_ascii) != 0 ? record::unchecked_text : std::uint16_t{0};
  return repeated() || marks_.nested ? static_cast<std::uint16_t>(text | record::overwrites) : text;
}

/// The most that put_rare writes.
SPANWISE_COLD std::size_t span_body::rare_room() const noexcept {
  return 4 + 3 * 6 + 1 + max_varint_size + trace_state_text().size();
}

/// The fields that few spans have.
SPANWISE_COLD unsigned char* span_body::put_rare(unsigned char* at) const noexcept {
  if (std::string_view const state = trace_state_text(); !state.empty()) {
    *at++ = tag::span_trace_state;
    at = put_varint(at, state.size());
    at = put_bytes(at, state.data(), state.size());
  }
  if (marks_.status_left_out) {
    *at++ = tag::span_status;
    *at++ = 2;
    *at++ = tag::status_code;
    *at++ = static_cast<unsigned char>(status_);
  }
  auto const counted = [&](unsigned char tag, std::uint32_t count) {
    if (count == 0) return;
    *at++ = tag;
    at = put_varint(at, count);
  };
  counted(tag::span_dropped_attributes, dropped_attributes_);
  counted(tag::span_dropped_events, dropped_events_);
  counted(tag::span_dropped_links, dropped_links_);
  return at;
}

/// False, with the loss counted, if there is no memory for it. Here the usual case: what is on the tape, which never
/// grows too large for a record, is all of it.
SPANWISE_INLINE bool span_body::write_record(provider_core& core, producer& writer, std::int64_t end_wall) noexcept {
  std::size_t const size = tape_.size();
  std::uint64_t const unusual = load<std::uint64_t>(&marks_) | (seen_ & beyond_ascii) | (key_sum_ ^ keys_);
  if (unusual != 0 || core.most_spans != 0) [[unlikely]]
    return write_any_record(core, writer, end_wall);
  unsigned char* const start = writer.reserve(core.pool, static_cast<std::uint32_t>(size));
  if (start == nullptr) [[unlikely]]
    return count_lost(writer, core, size);
  publish_record(writer, start, size, size, 0, end_wall);
  return true;
}

/// Any record, with all that may have to be added.
[[gnu::noinline]] inline bool span_body::write_any_record(provider_core& core, producer& writer,
                                                          std::int64_t end_wall) noexcept {
  bool const rare = marks_.any();
  std::size_t const written = tape_.size();
  std::size_t const room = rare ? written + rare_room() : written;
  if (room > record::max_size) return count_lost(writer, core, room);
  bool const placed = core.most_spans == 0 || core.take_place();
  unsigned char* const start = placed ? writer.reserve(core.pool, static_cast<std::uint32_t>(room)) : nullptr;
  if (start == nullptr) {
    if (core.most_spans != 0) core.queued.fetch_sub(1, relaxed);
    return count_lost(writer, core, room);
  }
  std::uint16_t const flags = record_flags();
  std::size_t const size = rare ? static_cast<std::size_t>(put_rare(start + written) - start) : written;
  publish_record(writer, start, written, size, flags, end_wall);
  return true;
}

SPANWISE_COLD bool span_body::count_lost(producer& writer, provider_core& core, std::size_t size) noexcept {
  bool const never = size > record::max_size || size > core.pool.largest_chunk();
  drop_reason const why = never ? drop_reason::too_large : drop_reason::queue_full;
  add_own<std::uint64_t>(writer.counts.dropped[static_cast<std::size_t>(why)], 1);
  if (!never && core.on_publish != nullptr) core.on_publish(core); // no thread makes room for the next one
  return false;
}

SPANWISE_INLINE void span_body::publish_record(producer& writer, unsigned char* start, std::size_t written,
                                               std::size_t size, std::uint16_t flags, std::int64_t end_wall) noexcept {
  put_block(start, tape_.data(), written);
  store(start + head_at::end, end_wall);
  put_header(start, {static_cast<std::uint32_t>(size - head_at::message), scope_, flags});
  writer.publish(static_cast<std::uint32_t>(size));
}

} // namespace spanwise::inline SPANWISE_ABI::detail
