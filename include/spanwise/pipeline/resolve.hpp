// Works out what was overwritten on a span: while a span lives each set() is only appended, so that it stays cheap.
// Here, in the back half, the last value of a key takes the place of its first, and the last name and status remain.
// Holds for the attributes of the span, of its events and links, and for maps within values (common/README, AnyValue).
#pragma once

#include <spanwise/core/limits.hpp>
#include <spanwise/core/record.hpp>
#include <spanwise/core/value_view.hpp>
#include <spanwise/core/wire.hpp>
#include <spanwise/core/wire_reader.hpp>
#include <spanwise/detail/buffer.hpp>

#include <cstdlib>
#include <cstring>
#include <span>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

/// The keys of one message, each with where it came first and what it was given last.
class key_table {
public:
  struct entry {
    std::string_view key;
    std::byte const* first;
    std::byte const* last_begin;
    std::byte const* last_end;
    std::size_t hash;
  };

  key_table() noexcept {}
  key_table(key_table const&) = delete;
  key_table& operator=(key_table const&) = delete;
  ~key_table() {
    if (entries_ != inline_entries_) std::free(entries_);
    std::free(slots_);
  }

  enum class outcome : std::uint8_t { added, known, out_of_memory };

  /// Notes an occurrence of `key` at [begin, end). Once memory ran out the table is of no use.
  outcome add(std::string_view key, std::byte const* begin, std::byte const* end) noexcept {
    std::size_t const hash = hash_of(key);
    if (entry* const present = find(key, hash)) {
      present->last_begin = begin;
      present->last_end = end;
      return outcome::known;
    }
    if (count_ == capacity_ && !grow()) return outcome::out_of_memory;
    entries_[count_] = {key, begin, begin, end, hash};
    if (slots_ != nullptr) index(count_);
    ++count_;
    return outcome::added;
  }

  [[nodiscard]] entry const* find(std::string_view key) noexcept { return find(key, hash_of(key)); }

private:
  static constexpr std::size_t inline_capacity = 16;

  static std::size_t hash_of(std::string_view key) noexcept {
    char const* const at = key.data();
    std::size_t const size = key.size();
    std::uint64_t hash = size;
    if (size >= 8) {
      for (std::size_t done = 8; done < size; done += 8) hash = mixed(hash ^ load<std::uint64_t>(at + done - 8));
      hash ^= load<std::uint64_t>(at + size - 8);
    } else if (size >= 4) {
      hash ^= (load<std::uint32_t>(at) | std::uint64_t{load<std::uint32_t>(at + size - 4)} << 32) * 16;
    } else if (size != 0) {
      auto const byte = [&](std::size_t i) { return static_cast<std::uint64_t>(static_cast<unsigned char>(at[i])); };
      hash ^= byte(0) << 8 | byte(size / 2) << 16 | byte(size - 1) << 24;
    }
    return mixed(hash);
  }
  static std::uint64_t mixed(std::uint64_t hash) noexcept {
    hash *= 0x9e3779b97f4a7c15;
    return hash ^ hash >> 32;
  }

  entry* find(std::string_view key, std::size_t hash) noexcept {
    if (slots_ == nullptr) {
      for (std::size_t at = 0; at < count_; ++at)
        if (entries_[at].hash == hash && entries_[at].key == key) return &entries_[at];
      return nullptr;
    }
    for (std::size_t slot = hash;; ++slot) {
      std::uint32_t const number = slots_[slot & (2 * capacity_ - 1)];
      if (number == 0) return nullptr;
      entry& candidate = entries_[number - 1];
      if (candidate.hash == hash && candidate.key == key) return &candidate;
    }
  }
  void index(std::size_t number) noexcept {
    std::size_t slot = entries_[number].hash;
    while (slots_[slot & (2 * capacity_ - 1)] != 0) ++slot;
    slots_[slot & (2 * capacity_ - 1)] = static_cast<std::uint32_t>(number + 1);
  }

  /// Four times as many entries, found through twice as many slots from now on.
  SPANWISE_COLD bool grow() noexcept {
    std::size_t const wanted = capacity_ * 4;
    auto* const entries = static_cast<entry*>(std::malloc(wanted * sizeof(entry)));
    auto* const slots = static_cast<std::uint32_t*>(std::calloc(2 * wanted, sizeof(std::uint32_t)));
    if (entries == nullptr || slots == nullptr) {
      std::free(entries);
      std::free(slots);
      return false;
    }
    for (std::size_t at = 0; at < count_; ++at) entries[at] = entries_[at];
    if (entries_ != inline_entries_) std::free(entries_);
    std::free(slots_);
    entries_ = entries;
    slots_ = slots;
    capacity_ = wanted;
    for (std::size_t at = 0; at < count_; ++at) index(at);
    return true;
  }

  entry inline_entries_[inline_capacity];
  entry* entries_{inline_entries_};
  std::uint32_t* slots_{}; // entry numbers plus one, 0 where free; none while the entries are few
  std::size_t count_{};
  std::size_t capacity_{inline_capacity};
};

/// The messages below a Span; a status is overwritten as a whole.
enum class span_part : std::uint8_t { other, span, event, link, status, attribute, value, array, map };

/// The field that holds attributes, of which each key may remain once.
constexpr std::uint32_t keyed_field(span_part of) noexcept {
  if (of == span_part::span) return 9;
  if (of == span_part::event) return 3;
  if (of == span_part::link) return 4;
  return of == span_part::map ? 1U : 0U;
}

constexpr span_part part_of(span_part outer, std::uint32_t field) noexcept {
  if (field == keyed_field(outer)) return span_part::attribute;
  if (outer == span_part::span && field == 11) return span_part::event;
  if (outer == span_part::span && field == 13) return span_part::link;
  if (outer == span_part::attribute && field == 2) return span_part::value;
  if (outer == span_part::value && field == 5) return span_part::array;
  if (outer == span_part::value && field == 6) return span_part::map;
  return outer == span_part::array && field == 1 ? span_part::value : span_part::other;
}

/// An array or map takes two or three messages a level, below a span, its event, an attribute and the value; what lies
/// deeper is left as it is.
inline constexpr int deepest_part = 3 * static_cast<int>(deepest_value) + 4;

/// Whether a value is an array or a map; spanwise writes one field into a value, so its first byte tells.
inline bool is_container(std::span<std::byte const> value) noexcept {
  return !value.empty() && (value[0] == std::byte{tag::array_value} || value[0] == std::byte{tag::map_value});
}

inline bool overwrites_in(span_part outer, std::span<std::byte const> bytes, int depth) noexcept;

SPANWISE_SMALL bool overwrites_in_value(std::span<std::byte const> value, int depth) noexcept {
  if (!is_container(value) || depth == deepest_part) return false;
  wire_reader reader{value};
  wire_field body;
  if (!reader.read_next(body)) return false;
  if (body.number == 6) return overwrites_in(span_part::map, body.bytes, depth + 1);
  wire_reader elements{body.bytes};
  for (wire_field element; elements.read_next(element);)
    if (element.is(1, wire_type::bytes) && overwrites_in_value(element.bytes, depth + 1)) return true;
  return false;
}

/// True if some part of a message that holds attributes is overwritten by a later one. Stops at the first.
inline bool overwrites_in(span_part outer, std::span<std::byte const> bytes, int depth) noexcept {
  key_table keys;
  std::uint32_t const keyed = keyed_field(outer);
  std::uint32_t seen = 0;
  wire_reader reader{bytes};
  for (wire_field field; reader.next(field);) {
    if (field.is(keyed, wire_type::bytes)) {
      attribute_parts const parts = parts_of(field.bytes);
      if (keys.add(parts.key, nullptr, nullptr) == key_table::outcome::known) return true;
      if (overwrites_in_value(parts.value, depth + 1)) return true;
    } else if (outer == span_part::span) {
      span_part const inner = part_of(outer, field.number);
      if (inner != span_part::other && field.type == wire_type::bytes) {
        if (overwrites_in(inner, field.bytes, depth + 1)) return true;
      } else if (field.number < 32) {
        if ((seen >> field.number & 1) != 0) return true;
        seen |= std::uint32_t{1} << field.number;
      }
    }
  }
  return false;
}

/// Copies a message without what was overwritten.
///
/// Lengths keep the number of bytes that they had, so the copy is never longer than the original.
class overwrite_resolver {
public:
  explicit overwrite_resolver(std::byte* out) noexcept : out_{out} {}

  /// The size of the copy of this Span message.
  std::size_t run(std::span<std::byte const> span) noexcept {
    message(span_part::span, span, 0);
    return size_;
  }

private:
  SPANWISE_SMALL void message(span_part outer, std::span<std::byte const> bytes, int depth) noexcept {
    std::uint32_t const keyed = keyed_field(outer);
    bool const plain = outer == span_part::value && !is_container(bytes);
    if (depth == deepest_part || plain) return put(bytes.data(), bytes.size());
    if (keyed == 0) return fields(outer, bytes, depth, nullptr, nullptr);
    key_table keys;
    std::byte const* last_of[32]{};
    bool usable = true;
    wire_reader reader{bytes};
    wire_field field;
    for (std::byte const* begin = reader.position(); reader.read_next(field); begin = reader.position()) {
      if (field.is(keyed, wire_type::bytes))
        usable = usable &&
                 keys.add(parts_of(field.bytes).key, begin, reader.position()) != key_table::outcome::out_of_memory;
      else if (outer == span_part::span && field.number < 32) last_of[field.number] = begin;
    }
    fields(outer, bytes, depth, usable ? &keys : nullptr, last_of);
  }

  SPANWISE_SMALL void fields(span_part outer, std::span<std::byte const> bytes, int depth, key_table* keys,
                             std::byte const* const* last_of) noexcept {
    wire_reader reader{bytes};
    wire_field field;
    for (std::byte const* begin = reader.position(); reader.read_next(field); begin = reader.position()) {
      std::byte const* from = begin;
      std::byte const* to = reader.position();
      span_part const inner = field.type == wire_type::bytes ? part_of(outer, field.number) : span_part::other;
      if (inner == span_part::attribute && keys != nullptr) {
        key_table::entry const* const known = keys->find(parts_of(field.bytes).key);
        if (known == nullptr || known->first != begin) continue;
        from = known->last_begin;
        to = known->last_end;
      } else if (outer == span_part::span && inner == span_part::other && field.number < 32 &&
                 last_of[field.number] != begin) {
        continue;
      }
      if (inner == span_part::other) put(from, static_cast<std::size_t>(to - from));
      else nested(inner, from, to, depth);
    }
  }

  /// The field at [from, to) with its message worked out.
  SPANWISE_SMALL void nested(span_part inner, std::byte const* from, std::byte const* to, int depth) noexcept {
    std::byte const* at = from;
    std::uint64_t ignored{};
    read_varint(at, to, ignored);
    std::byte const* const length = at;
    read_varint(at, to, ignored);
    put(from, static_cast<std::size_t>(at - from));
    std::size_t const begin = size_;
    message(inner, {at, static_cast<std::size_t>(to - at)}, depth + 1);
    std::size_t remaining = size_ - begin;
    auto const width = static_cast<std::size_t>(at - length);
    for (std::size_t digit = 0; digit < width; ++digit, remaining >>= 7) {
      auto const more = static_cast<std::size_t>(digit + 1 < width ? 0x80 : 0);
      out_[begin - width + digit] = static_cast<std::byte>((remaining & 0x7f) | more);
    }
  }

  void put(std::byte const* from, std::size_t size) noexcept {
    if (size != 0) std::memcpy(out_ + size_, from, size);
    size_ += size;
  }

  std::byte* out_;
  std::size_t size_{};
};

} // namespace detail

/// True if the Span message holds something that a later part of it overwrites.
[[nodiscard]] inline bool has_overwrites(std::span<std::byte const> message) noexcept {
  return detail::overwrites_in(detail::span_part::span, message, 0);
}

/// Writes the Span message without what was overwritten to `out`, which has room for as many bytes; returns its size.
SPANWISE_SMALL std::size_t resolve_overwrites(std::span<std::byte const> message, std::byte* out) noexcept {
  return detail::overwrite_resolver{out}.run(message);
}

/// Resolves those of `records` that are flagged: they then point to copies in `room`, which must live as long as they
/// do.
///
/// What `room` held is lost. Unflagged records, and those where nothing occurs twice, stay where they are. False if
/// memory ran out; the records that it concerns are then as they were, with values that were overwritten.
inline bool resolve_overwrites(std::span<record> records, detail::buffer& room) noexcept {
  std::size_t most = 0;
  for (record& each : records) {
    if ((each.flags & record::overwrites) == 0) continue;
    if (has_overwrites(each.bytes())) most += each.framed().size();
    else each.flags = static_cast<std::uint16_t>(each.flags & ~record::overwrites);
  }
  room.clear();
  if (most == 0) return true;
  char* out = room.room(most);
  if (out == nullptr) return false;
  for (record& each : records) {
    if ((each.flags & record::overwrites) == 0) continue;
    auto* const message = reinterpret_cast<std::byte*>(out) + record::frame_size;
    auto const size = static_cast<std::uint32_t>(resolve_overwrites(each.bytes(), message));
    *out = static_cast<char>(detail::tag::bytes_2);
    detail::put_varint_3(reinterpret_cast<unsigned char*>(out) + 1, size);
    each.message = message;
    each.size = size;
    each.flags = static_cast<std::uint16_t>(each.flags & ~record::overwrites);
    out += record::frame_size + size;
    room.commit(out);
  }
  return true;
}

} // namespace spanwise::inline SPANWISE_ABI
