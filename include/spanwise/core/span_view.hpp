// Reads a finished span straight from its encoded bytes, an OTLP Span message: stages, exporters and tests see spans
// so. The views point into those bytes and copy nothing; they live as long as the bytes do. Safe on any input: what is
// malformed reads as absent, and a field that occurs twice is read from its last occurrence.
#pragma once

#include <spanwise/core/ids.hpp>
#include <spanwise/core/kind.hpp>
#include <spanwise/core/record.hpp>
#include <spanwise/core/time.hpp>
#include <spanwise/core/value_view.hpp>
#include <spanwise/core/wire_reader.hpp>

#include <span>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI {

/// Something that happened at one moment of a span.
class event_view {
public:
  constexpr event_view() noexcept = default;
  explicit event_view(std::span<std::byte const> message) noexcept : message_{message} {
    detail::wire_reader reader{message};
    for (detail::wire_field field; reader.next(field);) {
      if (field.is(1, detail::wire_type::fixed64)) time_ = time_point{static_cast<std::int64_t>(field.integer)};
      if (field.is(2, detail::wire_type::bytes)) name_ = field.text();
      if (field.is(4, detail::wire_type::varint)) dropped_attributes_ = static_cast<std::uint32_t>(field.integer);
    }
  }

  [[nodiscard]] std::string_view name() const noexcept { return name_; }
  [[nodiscard]] time_point time() const noexcept { return time_; }
  [[nodiscard]] attribute_range attributes() const noexcept { return {message_, 3}; }
  [[nodiscard]] std::uint32_t dropped_attributes() const noexcept { return dropped_attributes_; }

private:
  std::span<std::byte const> message_{};
  std::string_view name_{};
  time_point time_{};
  std::uint32_t dropped_attributes_{};
};

namespace detail {

/// An id is one only if it has its exact length; anything else reads as the zero, invalid id.
template <class Id> SPANWISE_INLINE Id read_id(std::span<std::byte const> bytes) noexcept {
  constexpr std::size_t size = decltype(Id{}.bytes())::extent;
  if (bytes.size() != size) return Id{};
  return Id::from_bytes(std::span<std::uint8_t const, size>{reinterpret_cast<std::uint8_t const*>(bytes.data()), size});
}

} // namespace detail

/// A pointer from a span to another span, of the same trace or of another.
class link_view {
public:
  constexpr link_view() noexcept = default;
  SPANWISE_SMALL explicit link_view(std::span<std::byte const> message) noexcept : message_{message} {
    detail::wire_reader reader{message};
    for (detail::wire_field field; reader.read_next(field);) {
      if (field.is(1, detail::wire_type::bytes)) trace_id_ = detail::read_id<spanwise::trace_id>(field.bytes);
      if (field.is(2, detail::wire_type::bytes)) span_id_ = detail::read_id<spanwise::span_id>(field.bytes);
      if (field.is(3, detail::wire_type::bytes)) trace_state_ = field.text();
      if (field.is(5, detail::wire_type::varint)) dropped_attributes_ = static_cast<std::uint32_t>(field.integer);
      if (field.is(6, detail::wire_type::fixed32)) flags_ = static_cast<std::uint32_t>(field.integer);
    }
  }

  [[nodiscard]] spanwise::trace_id trace_id() const noexcept { return trace_id_; }
  [[nodiscard]] spanwise::span_id span_id() const noexcept { return span_id_; }
  [[nodiscard]] std::string_view trace_state() const noexcept { return trace_state_; }
  /// Bits as in span_view::flags, of the linked context.
  [[nodiscard]] std::uint32_t flags() const noexcept { return flags_; }
  [[nodiscard]] attribute_range attributes() const noexcept { return {message_, 4}; }
  [[nodiscard]] std::uint32_t dropped_attributes() const noexcept { return dropped_attributes_; }

private:
  std::span<std::byte const> message_{};
  std::string_view trace_state_{};
  spanwise::trace_id trace_id_{};
  spanwise::span_id span_id_{};
  std::uint32_t flags_{};
  std::uint32_t dropped_attributes_{};
};

/// A finished span. Making the view walks the message once, about 20 ns; attributes, events and links are read when
/// asked for.
class span_view {
public:
  /// `flags` of a span or link: bits 0 to 7 are the W3C trace flags, then these (OTLP, SpanFlags).
  static constexpr std::uint32_t remote_known = 1U << 8;
  static constexpr std::uint32_t remote = 1U << 9;

  constexpr span_view() noexcept = default;
  explicit span_view(std::span<std::byte const> message) noexcept : message_{message} { read(); }
  explicit span_view(record const& finished) noexcept : span_view{finished.bytes()} {}

  /// The encoded Span message itself.
  [[nodiscard]] std::span<std::byte const> bytes() const noexcept { return message_; }

  [[nodiscard]] spanwise::trace_id trace_id() const noexcept { return trace_id_; }
  [[nodiscard]] spanwise::span_id span_id() const noexcept { return span_id_; }
  /// Not valid() if the span is the root of its trace.
  [[nodiscard]] spanwise::span_id parent_span_id() const noexcept { return parent_span_id_; }
  /// The W3C tracestate header text; empty if none.
  [[nodiscard]] std::string_view trace_state() const noexcept { return trace_state_; }
  [[nodiscard]] std::uint32_t flags() const noexcept { return flags_; }
  /// True if no span of this process is its parent: it is a root, or its parent came in over the wire.
  [[nodiscard]] bool local_root() const noexcept { return !parent_span_id_.valid() || (flags_ & remote) != 0; }

  [[nodiscard]] std::string_view name() const noexcept { return name_; }
  [[nodiscard]] span_kind kind() const noexcept { return kind_; }
  [[nodiscard]] time_point start() const noexcept { return start_; }
  [[nodiscard]] time_point end() const noexcept { return end_; }
  [[nodiscard]] status_code status() const noexcept { return status_; }
  [[nodiscard]] std::string_view status_message() const noexcept { return status_message_; }

  [[nodiscard]] attribute_range attributes() const noexcept { return {attributes_.in(message_), 9}; }
  /// The value of an attribute; the empty value if there is none of this key. Walks the attributes.
  [[nodiscard]] value_view attribute(std::string_view key) const noexcept {
    value_view found;
    for (attribute_view const& each : attributes())
      if (each.key == key) found = each.value;
    return found;
  }
  [[nodiscard]] view_range<event_view> events() const noexcept { return {events_.in(message_), 11}; }
  [[nodiscard]] view_range<link_view> links() const noexcept { return {links_.in(message_), 13}; }

  [[nodiscard]] std::uint32_t dropped_attributes() const noexcept { return dropped_attributes_; }
  [[nodiscard]] std::uint32_t dropped_events() const noexcept { return dropped_events_; }
  [[nodiscard]] std::uint32_t dropped_links() const noexcept { return dropped_links_; }

private:
  /// The part of the message in which the elements of a repeated field lie.
  struct extent {
    std::size_t begin{};
    std::size_t end{};

    void add(std::size_t from, std::size_t to) noexcept {
      if (end == 0) begin = from;
      end = to;
    }
    [[nodiscard]] std::span<std::byte const> in(std::span<std::byte const> message) const noexcept {
      return message.subspan(begin, end - begin);
    }
  };

  void read() noexcept {
    detail::wire_reader reader{message_};
    std::size_t from = 0;
    for (detail::wire_field field; reader.next(field);) {
      std::size_t const to = static_cast<std::size_t>(reader.position() - message_.data());
      switch (field.type) {
      case detail::wire_type::bytes:
        read_bytes(field, from, to);
        break;
      case detail::wire_type::varint:
        read_count(field);
        break;
      case detail::wire_type::fixed64:
        if (field.number == 7) start_ = time_point{static_cast<std::int64_t>(field.integer)};
        if (field.number == 8) end_ = time_point{static_cast<std::int64_t>(field.integer)};
        break;
      case detail::wire_type::fixed32:
        if (field.number == 16) flags_ = static_cast<std::uint32_t>(field.integer);
        break;
      }
      from = to;
    }
  }

  SPANWISE_INLINE void read_bytes(detail::wire_field const& field, std::size_t from, std::size_t to) noexcept {
    switch (field.number) {
    case 1:
      trace_id_ = detail::read_id<spanwise::trace_id>(field.bytes);
      break;
    case 2:
      span_id_ = detail::read_id<spanwise::span_id>(field.bytes);
      break;
    case 3:
      trace_state_ = field.text();
      break;
    case 4:
      parent_span_id_ = detail::read_id<spanwise::span_id>(field.bytes);
      break;
    case 5:
      name_ = field.text();
      break;
    case 9:
      attributes_.add(from, to);
      break;
    case 11:
      events_.add(from, to);
      break;
    case 13:
      links_.add(from, to);
      break;
    case 15:
      read_status(field.bytes);
      break;
    default:
      break;
    }
  }

  void read_count(detail::wire_field const& field) noexcept {
    auto const number = static_cast<std::uint32_t>(field.integer);
    if (field.number == 6) kind_ = number >= 1 && number <= 5 ? static_cast<span_kind>(number - 1) : span_kind{};
    if (field.number == 10) dropped_attributes_ = number;
    if (field.number == 12) dropped_events_ = number;
    if (field.number == 14) dropped_links_ = number;
  }

  SPANWISE_SMALL void read_status(std::span<std::byte const> message) noexcept {
    status_ = status_code::unset;
    status_message_ = {};
    detail::wire_reader reader{message};
    for (detail::wire_field field; reader.read_next(field);) {
      if (field.is(2, detail::wire_type::bytes)) status_message_ = field.text();
      if (field.is(3, detail::wire_type::varint))
        status_ = field.integer <= 2 ? static_cast<status_code>(field.integer) : status_code::unset;
    }
  }

  std::span<std::byte const> message_{};
  std::string_view trace_state_{};
  std::string_view name_{};
  std::string_view status_message_{};
  extent attributes_{};
  extent events_{};
  extent links_{};
  time_point start_{};
  time_point end_{};
  spanwise::trace_id trace_id_{};
  spanwise::span_id span_id_{};
  spanwise::span_id parent_span_id_{};
  std::uint32_t flags_{};
  std::uint32_t dropped_attributes_{};
  std::uint32_t dropped_events_{};
  std::uint32_t dropped_links_{};
  span_kind kind_{};
  status_code status_{};
};

} // namespace spanwise::inline SPANWISE_ABI
