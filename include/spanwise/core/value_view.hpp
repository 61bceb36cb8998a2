// Reads attribute values and attributes straight from their encoded bytes, OTLP's AnyValue and KeyValue messages.
// The views point into those bytes and copy nothing; they live as long as the bytes do.
// Safe on any input: what is malformed reads as absent, and of a field that occurs twice the last occurrence counts.
#pragma once

#include <spanwise/core/wire_reader.hpp>

#include <bit>
#include <span>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI {

/// What a value is. `empty` is the value that stands for null.
enum class value_type : std::uint8_t { empty, string, boolean, integer, floating, array, map, bytes };

namespace detail {

/// The first field of this number, a message itself, between two places of a message; of no data if there is none.
inline std::span<std::byte const> next_element(std::byte const* from, std::byte const* end,
                                               std::uint32_t number) noexcept {
  wire_reader reader{{from, static_cast<std::size_t>(end - from)}};
  for (wire_field field; reader.next(field);)
    if (field.is(number, wire_type::bytes)) return field.bytes;
  return {};
}

} // namespace detail

/// The elements of one repeated field, decoded as they are walked; a forward range whose iterators give views by value.
template <class View> class view_range {
public:
  class iterator {
  public:
    using value_type = View;
    using difference_type = std::ptrdiff_t;

    constexpr iterator() noexcept = default;
    iterator(std::byte const* from, std::byte const* end, std::uint32_t number) noexcept
        : element_{detail::next_element(from, end, number)}, end_{end}, number_{number} {}
    [[nodiscard]] View operator*() const noexcept { return View{element_}; }
    iterator& operator++() noexcept {
      element_ = detail::next_element(element_.data() + element_.size(), end_, number_);
      return *this;
    }
    iterator operator++(int) noexcept {
      iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(iterator const& left, iterator const& right) noexcept {
      return left.element_.data() == right.element_.data();
    }

  private:
    std::span<std::byte const> element_{}; // of no data at the end; an empty element still points into the message
    std::byte const* end_{};
    std::uint32_t number_{};
  };

  constexpr view_range() noexcept = default;
  view_range(std::span<std::byte const> message, std::uint32_t number) noexcept : message_{message}, number_{number} {}

  [[nodiscard]] iterator begin() const noexcept {
    return {message_.data(), message_.data() + message_.size(), number_};
  }
  [[nodiscard]] iterator end() const noexcept { return {}; }
  [[nodiscard]] bool empty() const noexcept { return begin() == end(); }
  /// The number of elements; walks them.
  [[nodiscard]] std::size_t size() const noexcept {
    std::size_t count = 0;
    for (iterator at = begin(); at != end(); ++at) ++count;
    return count;
  }

private:
  std::span<std::byte const> message_{};
  std::uint32_t number_{};
};

struct attribute_view;

/// The value of an attribute, an element of an array or an entry of a map: an OTLP AnyValue.
///
/// Each as_ function gives the value if it is of that type, and nothing (zero, false, an empty view) otherwise.
class value_view {
public:
  constexpr value_view() noexcept = default;
  explicit value_view(std::span<std::byte const> message) noexcept {
    detail::wire_reader reader{message};
    for (detail::wire_field field; reader.next(field);) {
      if (field.number == 0 || field.number > 7 || field.type != wire_type_of(field.number)) continue;
      type_ = static_cast<spanwise::value_type>(field.number);
      data_ = field.bytes.data();
      number_ = field.type == detail::wire_type::bytes ? field.bytes.size() : field.integer;
    }
  }

  [[nodiscard]] spanwise::value_type type() const noexcept { return type_; }
  /// As written by whoever made the span: usually, but not surely, valid UTF-8.
  [[nodiscard]] std::string_view as_string() const noexcept {
    if (type_ != value_type::string) return {};
    return {reinterpret_cast<char const*>(data_), static_cast<std::size_t>(number_)};
  }
  [[nodiscard]] bool as_bool() const noexcept { return type_ == value_type::boolean && number_ != 0; }
  [[nodiscard]] std::int64_t as_int() const noexcept {
    return type_ == value_type::integer ? static_cast<std::int64_t>(number_) : 0;
  }
  [[nodiscard]] double as_double() const noexcept {
    return type_ == value_type::floating ? std::bit_cast<double>(number_) : 0.0;
  }
  [[nodiscard]] std::span<std::byte const> as_bytes() const noexcept { return body(value_type::bytes); }
  /// The elements of an array.
  [[nodiscard]] view_range<value_view> elements() const noexcept { return {body(value_type::array), 1}; }
  /// The entries of a map, in order.
  [[nodiscard]] view_range<attribute_view> entries() const noexcept { return {body(value_type::map), 1}; }

private:
  static constexpr detail::wire_type wire_type_of(std::uint32_t number) noexcept {
    if (number == 2 || number == 3) return detail::wire_type::varint;
    return number == 4 ? detail::wire_type::fixed64 : detail::wire_type::bytes;
  }
  [[nodiscard]] std::span<std::byte const> body(spanwise::value_type as) const noexcept {
    if (type_ != as) return {};
    return {data_, static_cast<std::size_t>(number_)};
  }

  std::byte const* data_{};
  std::uint64_t number_{}; // the value itself, or the size of what data_ points at
  spanwise::value_type type_{};
};

namespace detail {

struct attribute_parts {
  std::string_view key{};
  std::span<std::byte const> value{};
};

inline attribute_parts parts_of(std::span<std::byte const> attribute) noexcept {
  attribute_parts parts;
  wire_reader reader{attribute};
  for (wire_field field; reader.next(field);) {
    if (field.is(1, wire_type::bytes)) parts.key = field.text();
    if (field.is(2, wire_type::bytes)) parts.value = field.bytes;
  }
  return parts;
}

} // namespace detail

/// One attribute, or one entry of a map.
struct attribute_view {
  std::string_view key{};
  value_view value{};

  constexpr attribute_view() noexcept = default;
  explicit attribute_view(std::span<std::byte const> message) noexcept : attribute_view{detail::parts_of(message)} {}

private:
  explicit attribute_view(detail::attribute_parts const& parts) noexcept : key{parts.key}, value{parts.value} {}
};

using attribute_range = view_range<attribute_view>;

} // namespace spanwise::inline SPANWISE_ABI
