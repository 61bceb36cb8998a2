// Works out what was overwritten on a span: while a span lives each set() is only appended, so that it stays cheap.
// Here, in the back half, the last value of a key takes the place of its first, and the last name and status remain.
// Holds for the attributes of the span, of its events and links, and for maps within values (common/README, AnyValue).
#pragma once

#include <spanwise/core/record.hpp>
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

  /// Notes an occurrence of `key` at [begin, end). False if memory ran out; the table is then of no use.
  bool add(std::string_view key, std::byte const* begin, std::byte const* end) noexcept {
    std::size_t const hash = hash_of(key);
    if (entry* const known = find(key, hash)) {
      known->last_begin = begin;
      known->last_end = end;
      return true;
    }
    if (count_ == capacity_ && !grow()) return false;
    entries_[count_] = {key, begin, begin, end, hash};
    if (slots_ != nullptr) index(count_);
    ++count_;
    return true;
  }

  [[nodiscard]] entry const* find(std::string_view key) noexcept { return find(key, hash_of(key)); }

private:
  static constexpr std::size_t inline_capacity = 16;

  static std::size_t hash_of(std::string_view key) noexcept {
    std::uint64_t hash = key.size();
    char const* at = key.data();
    std::size_t left = key.size();
    for (; left >= 8; at += 8, left -= 8) hash = mixed(hash ^ load<std::uint64_t>(at));
    for (; left != 0; ++at, --left) hash = hash << 8 ^ static_cast<unsigned char>(*at) ^ hash >> 56;
    return static_cast<std::size_t>(mixed(hash));
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
  bool grow() noexcept {
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

/// Copies a message without what was overwritten, or only counts what the copy would take.
///
/// Lengths keep the number of bytes that they had, so the copy is never longer than the original.
class overwrite_resolver {
public:
  explicit overwrite_resolver(std::byte* out) noexcept : out_{out} {}

  /// The size of the copy of this Span message.
  std::size_t run(std::span<std::byte const> span) noexcept {
    message(shape::span, span, 0);
    return size_;
  }

private:
  enum class shape : std::uint8_t { none, span, event, link, attribute, value, array, map };

  static constexpr int deepest = 3 * 64; // an array or map takes two or three messages a level

  /// The field that holds attributes, of which each key may remain once.
  static constexpr std::uint32_t keyed_field(shape of) noexcept {
    if (of == shape::span) return 9;
    if (of == shape::event) return 3;
    if (of == shape::link) return 4;
    return of == shape::map ? 1U : 0U;
  }
  static constexpr shape shape_of(shape outer, std::uint32_t field) noexcept {
    if (field == keyed_field(outer)) return shape::attribute;
    if (outer == shape::span && field == 11) return shape::event;
    if (outer == shape::span && field == 13) return shape::link;
    if (outer == shape::attribute && field == 2) return shape::value;
    if (outer == shape::value && field == 5) return shape::array;
    if (outer == shape::value && field == 6) return shape::map;
    return outer == shape::array && field == 1 ? shape::value : shape::none;
  }

  void message(shape outer, std::span<std::byte const> bytes, int depth) noexcept {
    std::uint32_t const keyed = keyed_field(outer);
    if (depth == deepest || (keyed == 0 && !has_containers(outer, bytes))) return put(bytes.data(), bytes.size());
    if (keyed == 0) return fields(outer, bytes, depth, nullptr, nullptr);
    key_table keys;
    std::byte const* last_of[32]{};
    bool usable = true;
    wire_reader reader{bytes};
    wire_field field;
    for (std::byte const* begin = reader.position(); reader.next(field); begin = reader.position()) {
      if (field.is(keyed, wire_type::bytes))
        usable = usable && keys.add(key_of(field.bytes), begin, reader.position());
      else if (outer == shape::span && field.number < 32)
        last_of[field.number] = begin;
    }
    fields(outer, bytes, depth, usable ? &keys : nullptr, last_of);
  }

  void fields(shape outer, std::span<std::byte const> bytes, int depth, key_table* keys,
              std::byte const* const* last_of) noexcept {
    wire_reader reader{bytes};
    wire_field field;
    for (std::byte const* begin = reader.position(); reader.next(field); begin = reader.position()) {
      std::byte const* from = begin;
      std::byte const* to = reader.position();
      shape const inner = field.type == wire_type::bytes ? shape_of(outer, field.number) : shape::none;
      if (inner == shape::attribute && keys != nullptr) {
        key_table::entry const* const known = keys->find(key_of(field.bytes));
        if (known == nullptr || known->first != begin) continue;
        from = known->last_begin;
        to = known->last_end;
      } else if (outer == shape::span && inner == shape::none && field.number < 32 && last_of[field.number] != begin) {
        continue;
      }
      if (inner == shape::none) put(from, static_cast<std::size_t>(to - from));
      else nested(inner, from, to, depth);
    }
  }

  /// The field at [from, to) with its message worked out.
  void nested(shape inner, std::byte const* from, std::byte const* to, int depth) noexcept {
    std::byte const* at = from;
    std::uint64_t ignored{};
    read_varint(at, to, ignored);
    std::byte const* const length = at;
    read_varint(at, to, ignored);
    put(from, static_cast<std::size_t>(at - from));
    std::size_t const begin = size_;
    message(inner, {at, static_cast<std::size_t>(to - at)}, depth + 1);
    if (out_ == nullptr) return;
    std::size_t remaining = size_ - begin;
    auto const width = static_cast<std::size_t>(at - length);
    for (std::size_t digit = 0; digit < width; ++digit, remaining >>= 7) {
      auto const more = static_cast<std::size_t>(digit + 1 < width ? 0x80 : 0);
      out_[begin - width + digit] = static_cast<std::byte>((remaining & 0x7f) | more);
    }
  }

  /// Whether a message without keys of its own can hold a map somewhere below.
  static bool has_containers(shape outer, std::span<std::byte const> bytes) noexcept {
    if (outer == shape::array) return true;
    wire_reader reader{bytes};
    for (wire_field field; reader.next(field);) {
      if (field.type != wire_type::bytes) continue;
      if (outer == shape::value && (field.number == 5 || field.number == 6)) return true;
      if (outer == shape::attribute && field.number == 2 && has_containers(shape::value, field.bytes)) return true;
    }
    return false;
  }

  static std::string_view key_of(std::span<std::byte const> attribute) noexcept {
    std::string_view key;
    wire_reader reader{attribute};
    for (wire_field field; reader.next(field);)
      if (field.is(1, wire_type::bytes)) key = field.text();
    return key;
  }

  void put(std::byte const* from, std::size_t size) noexcept {
    if (out_ != nullptr && size != 0) std::memcpy(out_ + size_, from, size);
    size_ += size;
  }

  std::byte* out_;
  std::size_t size_{};
};

} // namespace detail

/// True if the Span message holds something that a later part of it overwrites.
[[nodiscard]] inline bool has_overwrites(std::span<std::byte const> message) noexcept {
  return detail::overwrite_resolver{nullptr}.run(message) != message.size();
}

/// Writes the Span message without what was overwritten to `out`, which has room for as many bytes; returns its size.
inline std::size_t resolve_overwrites(std::span<std::byte const> message, std::byte* out) noexcept {
  return detail::overwrite_resolver{out}.run(message);
}

/// Resolves those of `records` that are flagged: they then point to copies in `room`, which must live as long as they do.
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
