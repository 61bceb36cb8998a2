// What a receiver answers to an OTLP/HTTP export: whether it took the spans, how many it refused, what it says of that.
// Reads JSON and protobuf bodies without a library; a body that is neither is no error (OTLP, Full Success).
#pragma once

#include <spanwise/core/environment.hpp>
#include <spanwise/core/wire_reader.hpp>
#include <spanwise/detail/json_cursor.hpp>

namespace spanwise::inline SPANWISE_ABI {

/// How the body of an OTLP/HTTP request or answer is encoded.
enum class otlp_encoding : std::uint8_t { json, protobuf };

/// What a status code says about the fate of a request.
enum class otlp_verdict : std::uint8_t {
  accepted,  ///< 2xx; some spans may still have been refused
  try_later, ///< 429, 502, 503, 504: the same request may succeed in a while
  refused    ///< everything else, redirects included: sending it again is of no use
};

[[nodiscard]] constexpr otlp_verdict judge_status(int status) noexcept {
  if (status >= 200 && status < 300) return otlp_verdict::accepted;
  return status == 429 || (status >= 502 && status <= 504) ? otlp_verdict::try_later : otlp_verdict::refused;
}

/// The partial success of an answer; zero and empty if all spans were taken.
struct otlp_partial_success {
  std::uint64_t rejected{};
  std::string message; ///< at most 300 bytes, fit for a log line

  friend bool operator==(otlp_partial_success const&, otlp_partial_success const&) = default;
};

namespace detail {

inline constexpr std::size_t longest_message = 300;

/// What the two fields of a note are called in JSON; their snake_case names are unknown there (OTLP, JSON Encoding).
struct note_names {
  std::string_view number;
  std::string_view text;
};
inline constexpr note_names partial_success_names{"rejectedSpans", "errorMessage"};
inline constexpr note_names status_names{"code", "message"};

/// Reads a message that has one text and one number: both PartialSuccess and Status are such.
struct otlp_note {
  std::int64_t number{};
  std::string text;

  [[nodiscard]] SPANWISE_SMALL bool read_json(json_cursor& from, note_names const& names) {
    return from.object([&](std::string_view key) { return read_member(from, names, key); });
  }
  SPANWISE_COLD bool read_member(json_cursor& from, note_names const& names, std::string_view key) {
    if (key == names.number) return from.integer(number);
    return key == names.text && from.string(text, longest_message);
  }
  SPANWISE_COLD bool read_answer_member(json_cursor& from, std::string_view key) {
    return key == "partialSuccess" && read_json(from, partial_success_names);
  }

  [[nodiscard]] SPANWISE_SMALL bool read_protobuf(std::span<std::byte const> message) {
    wire_reader fields{message};
    for (wire_field field; fields.read_next(field);) {
      if (field.is(1, wire_type::varint)) number = static_cast<std::int64_t>(field.integer);
      if (field.is(2, wire_type::bytes)) text = field.text().substr(0, longest_message);
    }
    return !fields.failed();
  }

  /// Reads it as the partial success of an answer; false if the body cannot be decoded.
  [[nodiscard]] SPANWISE_SMALL bool read_partial_success(std::string_view body, otlp_encoding encoding) {
    if (encoding == otlp_encoding::json) {
      json_cursor from{body};
      auto const member = [&](std::string_view key) { return read_answer_member(from, key); };
      return from.at_end() || (from.object(member) && from.at_end());
    }
    bool readable = true;
    wire_reader fields{std::as_bytes(std::span<char const>{body.data(), body.size()})};
    for (wire_field field; fields.read_next(field);)
      if (field.is(1, wire_type::bytes)) readable = read_protobuf(field.bytes) && readable;
    return readable && !fields.failed();
  }

  /// Reads it as a Status; false if the body is none.
  [[nodiscard]] SPANWISE_SMALL bool read_status(std::string_view body, otlp_encoding encoding) {
    if (encoding != otlp_encoding::json) return read_protobuf(std::as_bytes(std::span<char const>{body.data(), body.size()}));
    json_cursor from{body};
    return read_json(from, status_names) && from.at_end();
  }
};

} // namespace detail

/// Reads the body of a 2xx answer; nothing if it cannot be decoded.
[[nodiscard]] SPANWISE_SMALL std::optional<otlp_partial_success> read_partial_success(std::string_view body,
                                                                                      otlp_encoding encoding) noexcept {
  otlp_partial_success result;
  bool const read = detail::contain(
      [&] {
        detail::otlp_note note;
        if (!note.read_partial_success(body, encoding)) return false;
        if (note.number > 0) result.rejected = static_cast<std::uint64_t>(note.number);
        result.message = detail::shown(note.text, detail::longest_message);
        return true;
      },
      false);
  return read ? std::optional{std::move(result)} : std::nullopt;
}

/// The message of the Status that a 4xx or 5xx answer may hold, fit for a log line; empty if there is none.
[[nodiscard]] SPANWISE_SMALL std::string read_status_message(std::string_view body, otlp_encoding encoding) noexcept {
  return detail::contain(
      [&] {
        detail::otlp_note note;
        return note.read_status(body, encoding) ? detail::shown(note.text, detail::longest_message) : std::string{};
      },
      std::string{});
}

} // namespace spanwise::inline SPANWISE_ABI
