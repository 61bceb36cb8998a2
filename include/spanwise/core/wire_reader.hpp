// Walks the fields of one protobuf message, in whatever order and however wastefully their numbers are encoded.
// Safe on any bytes: a malformed or truncated field ends the walk, what stood before it counts.
#pragma once

#include <spanwise/detail/config.hpp>

#include <cstring>
#include <span>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI::detail {

enum class wire_type : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

/// One field as it stands in a message. `integer` holds the value of the three number types, `bytes` that of the
/// fourth.
struct wire_field {
  std::uint32_t number{};
  wire_type type{};
  std::uint64_t integer{};
  std::span<std::byte const> bytes{};

  [[nodiscard]] bool is(std::uint32_t wanted, wire_type as) const noexcept { return number == wanted && type == as; }
  [[nodiscard]] std::string_view text() const noexcept {
    return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
  }
};

/// Reads a varint of at most ten bytes and moves `at` behind it; false (and `at` anywhere) if it is cut off or longer.
SPANWISE_INLINE bool read_varint(std::byte const*& at, std::byte const* end, std::uint64_t& value) noexcept {
  if (at != end && static_cast<std::uint8_t>(*at) < 0x80) [[likely]] {
    value = static_cast<std::uint8_t>(*at++);
    return true;
  }
  std::uint64_t sum = 0;
  for (unsigned shift = 0; at != end && shift < 70; shift += 7) {
    auto const next = static_cast<std::uint8_t>(*at++);
    sum |= std::uint64_t{next & 0x7fU} << shift;
    if (next < 0x80) {
      value = sum;
      return true;
    }
  }
  return false;
}

/// Moves over a message field by field.
class wire_reader {
public:
  constexpr wire_reader() noexcept = default;
  explicit wire_reader(std::span<std::byte const> message) noexcept
      : at_{message.data()}, end_{message.data() + message.size()} {}

  /// Reads the next field; false at the end of the message or at the first malformed field.
  SPANWISE_INLINE bool next(wire_field& field) noexcept {
    if (at_ == end_) return false;
    std::uint64_t tag{};
    if (!read_varint(at_, end_, tag) || tag < 8 || tag > UINT32_MAX) return fail();
    field.number = static_cast<std::uint32_t>(tag >> 3);
    field.type = static_cast<wire_type>(tag & 7);
    if (field.type == wire_type::bytes) {
      std::uint64_t size{};
      if (!read_varint(at_, end_, size) || size > left()) return fail();
      field.bytes = std::span<std::byte const>(at_, size);
      at_ += size;
      return true;
    }
    if (field.type == wire_type::varint) return read_varint(at_, end_, field.integer) || fail();
    if (field.type == wire_type::fixed64) return read_fixed<std::uint64_t>(field);
    if (field.type == wire_type::fixed32) return read_fixed<std::uint32_t>(field);
    return fail(); // groups, wire types 3 and 4, were never part of OTLP
  }

  /// The same as a call, for who is in no hurry.
  SPANWISE_COLD bool read_next(wire_field& field) noexcept { return next(field); }

  /// Where the next field begins.
  [[nodiscard]] std::byte const* position() const noexcept { return at_; }
  /// True if the walk ended before the message did.
  [[nodiscard]] bool failed() const noexcept { return failed_; }

private:
  [[nodiscard]] std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }

  template <class Number> SPANWISE_INLINE bool read_fixed(wire_field& field) noexcept {
    if (left() < sizeof(Number)) return fail();
    Number number{};
    std::memcpy(&number, at_, sizeof number);
    field.integer = number;
    at_ += sizeof number;
    return true;
  }

  bool fail() noexcept {
    at_ = end_;
    failed_ = true;
    return false;
  }

  std::byte const* at_{};
  std::byte const* end_{};
  bool failed_{};
};

} // namespace spanwise::inline SPANWISE_ABI::detail
