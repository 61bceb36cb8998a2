// Builds OTLP protobuf messages for tests, field by field, in any order and with over-long varints where asked.
// Written apart from the library's own writer, so that the two check each other.
#pragma once

#include <spanwise/core/record.hpp>

#include <cstdint>
#include <cstring>
#include <deque>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace testing {

class wire_writer {
public:
  /// Every following varint takes at least this many bytes.
  wire_writer& pad_varints(std::size_t bytes) {
    least_ = bytes;
    return *this;
  }
  wire_writer& varint(std::uint32_t number, std::uint64_t value) { return tag(number, 0).raw_varint(value); }
  wire_writer& fixed64(std::uint32_t number, std::uint64_t value) { return tag(number, 1).raw(&value, sizeof value); }
  wire_writer& fixed32(std::uint32_t number, std::uint32_t value) { return tag(number, 5).raw(&value, sizeof value); }
  wire_writer& floating(std::uint32_t number, double value) { return tag(number, 1).raw(&value, sizeof value); }
  wire_writer& bytes(std::uint32_t number, std::string_view value) {
    tag(number, 2).raw_varint(value.size());
    return raw(value.data(), value.size());
  }
  wire_writer& message(std::uint32_t number, wire_writer const& inner) { return bytes(number, inner.text()); }

  wire_writer& tag(std::uint32_t number, std::uint32_t type) { return raw_varint((std::uint64_t{number} << 3) | type); }
  wire_writer& raw_varint(std::uint64_t value) {
    for (std::size_t written = 1;; ++written, value >>= 7) {
      bool const more = value >= 0x80 || written < least_;
      out_.push_back(static_cast<char>((value & 0x7f) | (more ? 0x80U : 0U)));
      if (!more) return *this;
    }
  }
  wire_writer& raw(void const* data, std::size_t size) {
    out_.append(static_cast<char const*>(data), size);
    return *this;
  }
  wire_writer& raw(std::string_view text) { return raw(text.data(), text.size()); }

  [[nodiscard]] std::string const& text() const { return out_; }
  [[nodiscard]] std::span<std::byte const> span() const {
    return {reinterpret_cast<std::byte const*>(out_.data()), out_.size()};
  }

private:
  std::string out_;
  std::size_t least_{1};
};

// AnyValue messages.
inline wire_writer any() {
  return {};
}
inline wire_writer any(std::string_view text) {
  return wire_writer{}.bytes(1, text);
}
inline wire_writer any(char const* text) {
  return any(std::string_view{text});
}
inline wire_writer any(bool value) {
  return wire_writer{}.varint(2, value ? 1 : 0);
}
inline wire_writer any(std::int64_t value) {
  return wire_writer{}.varint(3, static_cast<std::uint64_t>(value));
}
inline wire_writer any(int value) {
  return any(std::int64_t{value});
}
inline wire_writer any(double value) {
  return wire_writer{}.floating(4, value);
}
inline wire_writer any_bytes(std::string_view value) {
  return wire_writer{}.bytes(7, value);
}
inline wire_writer any_array(std::vector<wire_writer> const& elements) {
  wire_writer list;
  for (wire_writer const& element : elements) list.message(1, element);
  return wire_writer{}.message(5, list);
}
inline wire_writer key_value(std::string_view key, wire_writer const& value) {
  return wire_writer{}.bytes(1, key).message(2, value);
}
inline wire_writer any_map(std::vector<std::pair<std::string, wire_writer>> const& entries) {
  wire_writer list;
  for (auto const& [key, value] : entries) list.message(1, key_value(key, value));
  return wire_writer{}.message(6, list);
}

/// Bytes from hexadecimal text, for ids.
inline std::string unhex(std::string_view hex) {
  auto const digit = [](char letter) { return letter <= '9' ? letter - '0' : letter - 'a' + 10; };
  std::string out;
  for (std::size_t at = 0; at + 1 < hex.size(); at += 2)
    out.push_back(static_cast<char>(digit(hex[at]) * 16 + digit(hex[at + 1])));
  return out;
}

/// The start of every Span message: ids, name, kind, times. Further fields can be appended.
inline wire_writer span_message(std::string_view trace_hex, std::string_view span_hex, std::string_view parent_hex,
                                std::string_view name, std::uint64_t start, std::uint64_t end,
                                std::uint64_t wire_kind = 1, std::uint32_t flags = 0x103) {
  wire_writer out;
  out.bytes(1, unhex(trace_hex)).bytes(2, unhex(span_hex));
  if (!parent_hex.empty()) out.bytes(4, unhex(parent_hex));
  out.fixed32(16, flags).varint(6, wire_kind).fixed64(7, start).fixed64(8, end).bytes(5, name);
  return out;
}

/// Finished spans in memory as the pipeline holds them: framed messages and the records that point at them.
class record_store {
public:
  void add(wire_writer const& message, std::uint16_t scope = 0, std::uint16_t flags = 0) {
    std::string const& body = message.text();
    auto const size = static_cast<std::uint32_t>(body.size());
    std::string& framed = framed_.emplace_back("\x12");
    framed.push_back(static_cast<char>((size & 0x7f) | 0x80));
    framed.push_back(static_cast<char>(((size >> 7) & 0x7f) | 0x80));
    framed.push_back(static_cast<char>((size >> 14) & 0x7f));
    framed += body;
    spanwise::record finished;
    finished.message = reinterpret_cast<std::byte const*>(framed.data()) + spanwise::record::frame_size;
    finished.size = size;
    finished.scope = scope;
    finished.flags = flags;
    records_.push_back(finished);
  }
  void clear() {
    framed_.clear();
    records_.clear();
  }
  [[nodiscard]] std::vector<spanwise::record> const& records() const { return records_; }

private:
  std::deque<std::string> framed_;
  std::vector<spanwise::record> records_;
};

} // namespace testing
