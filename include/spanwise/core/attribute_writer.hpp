// Writes attributes onto a tape as OTLP KeyValue messages, cutting values that are too long or too deep.
// The cheap cases are inlined where the key is a literal; text, containers and everything rare are calls.
#pragma once

#include <spanwise/core/attribute.hpp>
#include <spanwise/core/diagnostics.hpp>
#include <spanwise/core/limits.hpp>
#include <spanwise/core/tape.hpp>
#include <spanwise/detail/contain.hpp>
#include <spanwise/detail/utf8.hpp>

#include <cstring>
#include <new>
#include <type_traits>

namespace spanwise::inline SPANWISE_ABI::detail {

/// Decimal digits of a number, written backwards from `end`; returns where they start.
inline char* decimal_before(char* end, std::uint64_t number) noexcept {
  do *--end = static_cast<char>('0' + number % 10);
  while ((number /= 10) != 0);
  return end;
}

/// The text or bytes of a value, cut to the limit: characters for text, bytes for bytes.
inline std::size_t cut_size(value const& held, std::uint32_t limit) noexcept {
  std::string_view const text = held.text();
  if (text.size() <= limit) return text.size();
  return held.kind == value_kind::bytes ? limit : truncate_chars(text, limit).size();
}

/// Where containers write their elements: keeps the depth, and stops writing once the tape is full.
class value_sink {
public:
  /// `repairs`: text becomes UTF-8 as it is written, for what nobody looks at later.
  value_sink(tape& out, span_limits const& limits, bool repairs = false) noexcept
      : out_{out}, limits_{limits}, repairs_{repairs} {}

  /// The field `tag` holding one AnyValue.
  void field(unsigned char tag, value const& held) noexcept {
    switch (held.kind) {
    case value_kind::absent:
    case value_kind::empty: small(tag, [](unsigned char* at) { return at; }); break;
    case value_kind::boolean:
      small(tag, [&](unsigned char* at) {
        *at++ = tag::bool_value;
        *at++ = held.boolean() ? 1 : 0;
        return at;
      });
      break;
    case value_kind::integer:
      small(tag, [&](unsigned char* at) {
        *at++ = tag::int_value;
        return put_varint(at, held.number);
      });
      break;
    case value_kind::floating:
      small(tag, [&](unsigned char* at) {
        *at++ = tag::double_value;
        store(at, held.number);
        return at + sizeof(double);
      });
      break;
    case value_kind::big: {
      char digits[20];
      char* const start = decimal_before(digits + sizeof digits, held.number);
      text(tag, value{start, static_cast<std::size_t>(digits + sizeof digits - start), value_kind::text});
      break;
    }
    case value_kind::text:
    case value_kind::bytes: text(tag, held); break;
    case value_kind::nested: held.write(*this, tag, held.data, static_cast<std::size_t>(held.number)); break;
    }
  }

  template <class Body> void message(unsigned char tag, Body const& body) noexcept {
    if (!out_.reserve(4)) return full();
    std::size_t const start = out_.size();
    *out_.cursor() = tag;
    out_.advance_to(out_.cursor() + 4);
    body();
    put_varint_3(out_.data() + start + 1, static_cast<std::uint32_t>(out_.size() - start - 4));
  }

  /// The field `tag` holding a KeyValue; nothing at all if not even an empty value fits.
  void keyed(unsigned char tag, std::string_view key, value const& held) noexcept {
    std::size_t const size = repairs_ ? repaired_size(key) : key.size();
    if (!out_.reserve(4 + 1 + max_varint_size + size + 2)) return full();
    message(tag, [&] {
      unsigned char* at = out_.cursor();
      *at++ = tag::key;
      at = put_varint(at, size);
      out_.advance_to(repairs_ ? put_repaired(at, key) : put_bytes(at, key.data(), size));
      field(tag::value, held);
    });
  }

  void entry(std::string_view key, value const& held) noexcept { keyed(tag::element, key, held); }

  /// An array (`member` array_value) or a map (map_value): `body` writes what is in it.
  template <class Body> void container(unsigned char tag, unsigned char member, Body const& body) noexcept {
    message(tag, [&] {
      if (depth_ < limits_.attribute_value_depth) {
        ++depth_;
        message(member, body);
        --depth_;
      }
    });
  }

  /// A whole field that was written before, perhaps not all of it.
  void ready(void const* bytes, std::size_t size, bool all) noexcept {
    bool const fits = out_.reserve(size);
    if (fits) out_.advance_to(put_bytes(out_.cursor(), bytes, size));
    if (!fits || !all) full();
  }

  /// Something did not fit into the memory that a span may take.
  [[nodiscard]] bool cut() const noexcept { return cut_; }

private:
  template <class Body> void small(unsigned char tag, Body const& body) noexcept {
    if (!out_.reserve(2 + 1 + max_varint_size)) return full();
    unsigned char* const at = out_.cursor();
    unsigned char* const end = body(at + 2);
    at[0] = tag;
    at[1] = static_cast<unsigned char>(end - at - 2);
    out_.advance_to(end);
  }

  void text(unsigned char tag, value const& held) noexcept {
    if (repairs_ && held.kind == value_kind::text) return repaired_text(tag, held.text());
    std::size_t size = cut_size(held, limits_.attribute_value_length);
    std::size_t const most = 2 * (1 + max_varint_size);
    if (!out_.reserve(size + most)) {
      std::size_t room = out_.room();
      room -= room / 8; // what is set later should not find nothing at all
      if (room < most) return full();
      size = held.kind == value_kind::bytes ? room - most : truncate_bytes(held.text(), room - most).size();
      full();
    }
    unsigned char* at = out_.cursor();
    *at++ = tag;
    at = put_varint(at, 1 + varint_size(size) + size);
    *at++ = held.kind == value_kind::bytes ? tag::bytes_value : tag::string_value;
    at = put_varint(at, size);
    out_.advance_to(put_bytes(at, held.data, size));
  }

  void repaired_text(unsigned char tag, std::string_view text) noexcept {
    std::size_t const size = repaired_size(text);
    if (!out_.reserve(size + 2 * (1 + max_varint_size))) return full();
    unsigned char* at = out_.cursor();
    *at++ = tag;
    at = put_varint(at, 1 + varint_size(size) + size);
    *at++ = tag::string_value;
    at = put_varint(at, size);
    out_.advance_to(put_repaired(at, text));
  }

  void full() noexcept { cut_ = true; }

  tape& out_;
  span_limits const& limits_;
  std::uint32_t depth_ = 0;
  bool repairs_;
  bool cut_ = false;
};

/// True for vector<bool>, whose elements are no bools.
template <class Range>
concept bool_range = requires { requires std::same_as<typename Range::value_type, bool>; };

// What the user's own types throw ends the value where it got to; an element that can't be told is empty.

template <class Range> void write_array(value_sink& sink, unsigned char tag, void const* range, std::size_t) {
  sink.container(tag, tag::array_value, [&] {
    contain([&] {
      for (auto const& element : *static_cast<Range const*>(range))
        if constexpr (bool_range<Range>) sink.field(tag::element, value_of(static_cast<bool>(element)));
        else sink.field(tag::element, value_of(element));
    });
  });
}

/// Like std::multimap, where equal keys stand side by side.
template <class Range>
concept multimap_like = requires(Range& held, typename Range::value_type const& entry) {
  { held.insert(entry) } -> std::same_as<typename Range::iterator>;
  held.equal_range(entry.first);
};

template <class Iterator> struct values_of_key { Iterator first, last; };

template <class Iterator> void write_values(value_sink& sink, unsigned char tag, void const* of_key, std::size_t) {
  sink.container(tag, tag::array_value, [&] {
    contain([&] {
      auto [at, end] = *static_cast<values_of_key<Iterator> const*>(of_key);
      for (; at != end; ++at) sink.field(tag::element, value_of(at->second));
    });
  });
}

/// Each key once, with an array of all its values.
template <class Range> void write_multimap(value_sink& sink, Range const& entries) {
  using iterator = typename Range::const_iterator;
  for (iterator at = entries.begin(); at != entries.end();) {
    auto const [first, last] = entries.equal_range(at->first);
    values_of_key<iterator> const of_key{first, last};
    sink.entry(std::string_view{at->first}, value{&of_key, 1, &write_values<iterator>});
    at = last;
  }
}

template <class Range> void write_map(value_sink& sink, unsigned char tag, void const* range, std::size_t) {
  sink.container(tag, tag::map_value, [&] {
    contain([&] {
      if constexpr (multimap_like<Range>) return write_multimap(sink, *static_cast<Range const*>(range));
      for (auto const& entry : *static_cast<Range const*>(range))
        sink.entry(std::string_view{entry.first}, value_of(entry.second));
    });
  });
}

template <class Element> void write_list(value_sink& sink, unsigned char tag, void const* elements, std::size_t size) {
  auto const* const first = static_cast<Element const*>(elements);
  if constexpr (std::same_as<Element, attribute>)
    sink.container(tag, tag::map_value, [&] {
      for (std::size_t i = 0; i < size; ++i) sink.entry(first[i].key_text(), first[i].value());
    });
  else
    sink.container(tag, tag::array_value, [&] {
      for (std::size_t i = 0; i < size; ++i) sink.field(tag::element, value_of(first[i]));
    });
}

template <class Optional> void write_held(value_sink& sink, unsigned char tag, void const* optional, std::size_t) {
  auto const write = [&] {
    auto const& held = **static_cast<Optional const*>(optional);
    sink.field(tag, value_of(held));
  };
  if (!contain(write)) sink.field(tag, value{});
}

template <class Custom> void write_custom(value_sink& sink, unsigned char tag, void const* object, std::size_t) {
  auto const write = [&] {
    auto const& held = spanwise_value(*static_cast<Custom const*>(object));
    sink.field(tag, value_of(held));
  };
  if (!contain(write)) sink.field(tag, value{});
}

/// What a variant holds; an alternative that is empty itself, as std::monostate is, and one that an exception left
/// without any: the empty value.
template <class Variant> void write_alternative(value_sink& sink, unsigned char tag, void const* variant, std::size_t) {
  auto const& one_of = *static_cast<Variant const*>(variant);
  if (one_of.valueless_by_exception()) return sink.field(tag, value{});
  visit(
      [&](auto const& held) {
        using alternative = std::remove_cvref_t<decltype(held)>;
        if constexpr (std::is_empty_v<alternative> && !customised<alternative>) sink.field(tag, value{});
        else sink.field(tag, value_of(held));
      },
      one_of);
}

/// Any attribute, the general way. The value comes as a copy: a reference would keep callers' attributes in memory.
///
/// If the tape has no room for all of it: false, and nothing is written, unless
/// `or_cut`, when as much of the value as fits is.
[[gnu::noinline]] inline bool put_any_attribute(tape& out, unsigned char tag, std::string_view key, value held,
                                                span_limits const& limits, bool or_cut = false) noexcept {
  std::size_t const before = out.size();
  value_sink sink{out, limits};
  sink.keyed(tag, key, held);
  if (sink.cut() && !or_cut) out.advance_to(out.data() + before);
  return !sink.cut();
}

/// A value of ready_attributes: where it lies, and twice its size, plus one if that is not all of it.
inline void write_ready(value_sink& sink, unsigned char, void const* bytes, std::size_t facts) noexcept {
  sink.ready(bytes, facts / 2, facts % 2 == 0);
}

/// Attributes whose nested values have been written already. Writing them may run code of the user's, which may touch
/// any span: so it comes first, while all tapes are whole and no lock is held.
class ready_attributes {
public:
  /// Values take up to `most` bytes together; what is more is cut. The attributes given must outlive this.
  ready_attributes(attribute const* given, std::size_t count, span_limits const& limits, std::size_t most) noexcept
      : written_{static_cast<std::uint32_t>(most - most / 8)} {
    if (count > few) all_ = new (std::nothrow) attribute[count];
    if (all_ == nullptr) {
      count_misuse(misuse::span_memory_full);
      return;
    }
    count_ = count;
    for (std::size_t i = 0; i < count; ++i) {
      all_[i] = given[i];
      if (!given[i].nested()) continue;
      std::size_t const before = written_.size();
      value_sink sink{written_, limits};
      sink.field(tag::value, given[i].value());
      replace(i, nullptr, (written_.size() - before) * 2 + (sink.cut() ? 1 : 0));
    }
    unsigned char const* at = written_.data(); // which may have moved before
    for (std::size_t i = 0; i < count; ++i) {
      if (!all_[i].nested()) continue;
      auto const facts = static_cast<std::size_t>(all_[i].value().number);
      replace(i, at, facts);
      at += facts / 2;
    }
  }
  ready_attributes(ready_attributes const&) = delete;
  ready_attributes& operator=(ready_attributes const&) = delete;
  ~ready_attributes() {
    if (all_ != few_) delete[] all_;
  }

  [[nodiscard]] attribute const* data() const noexcept { return all_; }
  [[nodiscard]] std::size_t size() const noexcept { return count_; }

private:
  static constexpr std::size_t few = 6;

  void replace(std::size_t which, unsigned char const* bytes, std::size_t facts) noexcept {
    attribute const& old = all_[which];
    all_[which] = attribute{old.key_text().data(), old.about(), bytes, facts, &write_ready};
  }

  attribute few_[few];
  attribute* all_{few_};
  std::size_t count_{};
  inline_tape written_;
};

/// True if code of their values' types has to write some of them.
[[nodiscard]] constexpr bool any_nested(attribute const* given, std::size_t count) noexcept {
  for (std::size_t i = 0; i < count; ++i)
    if (given[i].nested()) return true;
  return false;
}

/// Keys up to this length have a length of one byte, and so has all that is around them and a number.
inline constexpr std::size_t longest_short_key = 96;

/// The most that put_number writes.
[[nodiscard]] SPANWISE_INLINE constexpr std::size_t number_size(std::string_view key) noexcept {
  return key.size() + 4 + 3 + max_varint_size;
}

/// An integer, a floating-point number or a bool under a short key, where there is room.
SPANWISE_INLINE void put_number(tape& out, unsigned char tag, std::string_view key, value const& held) noexcept {
  unsigned char* const start = out.cursor();
  start[0] = tag;
  start[2] = tag::key;
  start[3] = static_cast<unsigned char>(key.size());
  unsigned char* const middle = put_bytes(start + 4, key.data(), key.size());
  unsigned char* const number = middle + 3;
  unsigned char* end = number + 1;
  middle[0] = tag::value;
  if (held.kind == value_kind::integer) {
    middle[2] = tag::int_value;
    end = put_varint(number, held.number);
  } else if (held.kind == value_kind::floating) {
    middle[2] = tag::double_value;
    store(number, held.number);
    end = number + sizeof(double);
  } else {
    middle[2] = tag::bool_value;
    *number = held.boolean() ? 1 : 0;
  }
  auto const size = static_cast<std::size_t>(end - number);
  middle[1] = static_cast<unsigned char>(1 + size);
  start[1] = static_cast<unsigned char>(key.size() + 5 + size);
  out.advance_to(end);
}

/// Keys up to this length are copied without a call.
inline constexpr std::size_t longest_key_of_text = 32;

/// A text under such a key, where there is room; the whole is at most 127 bytes long behind its length. `seen`: see
/// put_text.
SPANWISE_INLINE void put_short_text(tape& out, unsigned char tag, std::string_view key, std::string_view text,
                                    std::uint64_t& seen) noexcept {
  auto const key_size = static_cast<std::uint32_t>(key.size());
  auto const text_size = static_cast<std::uint32_t>(text.size());
  unsigned char* at = out.cursor();
  store(at, tag | (key_size + text_size + 6) << 8 | std::uint32_t{tag::key} << 16 | key_size << 24);
  at = put_few_bytes(at + 4, key.data(), key.size());
  store(at, tag::value | (text_size + 2) << 8 | std::uint32_t{tag::string_value} << 16 | text_size << 24);
  out.advance_to(put_text(at + 4, text.data(), text.size(), seen));
}

} // namespace spanwise::inline SPANWISE_ABI::detail
