// spanwise/receiver.hpp, a part of spanwise beside the single header. Made by tools/single_header.py from include/: change that, not this.
#pragma once

#include <spanwise/spanwise.hpp>

#include <httplib.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <bit>
#include <charconv>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <dirent.h>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <netinet/in.h>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

// spanwise/viewer/faults.hpp
//
// Misbehaviour on demand, for tests of what an exporter does when its collector is ill.
// Faults are planned in order; each request to /v1/traces takes the next one, and none when the plan is empty.

namespace spanwise::inline SPANWISE_ABI {

/// How a request that meets a fault is treated.
enum class fault_manner : std::uint8_t {
  answer,  ///< answered, with the status and the headers of the fault
  garbage, ///< answered with 200 and a body that nobody can decode
  cut,     ///< half of an answer, then the connection is closed
  close,   ///< no answer; the connection is closed
  silent   ///< no answer; the connection stays open until the client leaves or the plan is cleared
};

/// One planned fault. `{.status = 503, .retry_after = "1"}` is one refusal, `{.reject = 2}` one partial success.
struct fault {
  fault_manner manner = fault_manner::answer;
  int status = 200;                   ///< of the answer; another than 2xx stores nothing
  std::string retry_after{};          ///< the Retry-After header, if not empty
  std::string message{};              ///< of the Status, or of the partial success
  std::uint64_t reject = 0;           ///< with 200: so many spans of the request, its last ones, are refused
  std::chrono::milliseconds delay{0}; ///< before anything else happens
  bool keep = false;                  ///< stores the spans although the client is not told so
  std::uint64_t times = 1;            ///< how many requests it is for; 0 means all, until the plan is cleared
};

/// The faults still to come. Safe for any thread.
class fault_plan {
public:
  static constexpr std::chrono::milliseconds forever = std::chrono::hours{24 * 365};

  /// Plans a fault, after those planned before.
  void add(fault const& planned) {
    std::lock_guard const lock{mutex_};
    plan_.push_back(planned);
  }
  /// Forgets the plan and lets go of the requests that are being held.
  void clear() {
    {
      std::lock_guard const lock{mutex_};
      plan_.clear();
      ++round_;
    }
    released_.notify_all();
  }
  /// How many requests have met a fault.
  [[nodiscard]] std::uint64_t met() const {
    std::lock_guard const lock{mutex_};
    return met_;
  }

  /// The fault for the next request, if one is planned.
  [[nodiscard]] std::optional<fault> next() {
    std::lock_guard const lock{mutex_};
    if (plan_.empty()) return std::nullopt;
    fault const now = plan_.front();
    if (now.times == 1) plan_.pop_front();
    else if (now.times != 0) --plan_.front().times;
    ++met_;
    return now;
  }

  /// Holds the calling thread for a time, or until the plan is cleared or `gone()`, asked every 20 ms, says true.
  template <class Gone> void hold(std::chrono::milliseconds time, Gone gone) {
    auto const until = std::chrono::steady_clock::now() + time;
    std::unique_lock lock{mutex_};
    std::uint64_t const round = round_;
    while (round_ == round && std::chrono::steady_clock::now() < until) {
      auto const soon = std::chrono::steady_clock::now() + std::chrono::milliseconds{20};
      released_.wait_until(lock, soon < until ? soon : until, [&] { return round_ != round; });
      lock.unlock();
      bool const left = gone();
      lock.lock();
      if (left) return;
    }
  }

private:
  mutable std::mutex mutex_;
  std::condition_variable released_;
  std::deque<fault> plan_;
  std::uint64_t met_{};
  std::uint64_t round_{};
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/viewer/local_host.hpp
//
// Guards a local server against pages of other sites: such a page can send a browser here under its own host name,
// but cannot make it lie about that name.

namespace spanwise::inline SPANWISE_ABI::detail {

/// The name in "name", "name:port", "[address]:port" or "scheme://name:port".
[[nodiscard]] inline std::string_view host_name(std::string_view host) noexcept {
  if (auto const scheme = host.find("://"); scheme != host.npos) host.remove_prefix(scheme + 3);
  if (!host.empty() && host.front() == '[') return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

/// True if a Host header names this machine: localhost, a plain address (no rebound name can be one), an allowed name.
[[nodiscard]] inline bool local_host(std::string_view header, std::vector<std::string> const& allowed) {
  std::string name{host_name(header)};
  for (char& letter : name)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter + 32);
  if (name == "localhost" || (!name.empty() && name.front() == '[')) return true;
  if (!name.empty() && name.find_first_not_of("0123456789.") == name.npos) return true;
  return std::find(allowed.begin(), allowed.end(), name) != allowed.end();
}

/// True if a page of this origin may write here: one of this very server, or of localhost.
[[nodiscard]] inline bool local_origin(std::string_view origin, std::string_view host) {
  std::string_view const name = host_name(origin);
  return name == host_name(host) || name == "localhost" || name == "127.0.0.1" || name == "[::1]";
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/viewer/otlp_text.hpp
//
// The small conversions between the texts of OTLP/JSON and the bytes of OTLP/protobuf, each way.
// Written apart from the exporter's, so that what one side gets wrong the other does not forgive.

namespace spanwise::inline SPANWISE_ABI::detail {

inline void append_varint(std::string& out, std::uint64_t value) {
  unsigned char bytes[max_varint_size];
  unsigned char const* const end = put_varint(bytes, value);
  out.append(reinterpret_cast<char const*>(bytes), static_cast<std::size_t>(end - bytes));
}

inline void append_tag(std::string& out, std::uint32_t number, wire_type type) {
  append_varint(out, number << 3 | static_cast<std::uint32_t>(type));
}

template <class Word> void append_fixed(std::string& out, Word value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

inline void append_sized(std::string& out, std::string_view bytes) {
  append_varint(out, bytes.size());
  out += bytes;
}

/// A whole field of bytes: tag, length, content.
inline void append_field(std::string& out, std::uint32_t number, std::string_view bytes) {
  append_tag(out, number, wire_type::bytes);
  append_sized(out, bytes);
}

[[nodiscard]] inline std::string_view as_text(std::span<std::byte const> bytes) noexcept {
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

[[nodiscard]] inline std::span<std::byte const> as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<std::byte const*>(text.data()), text.size()};
}

inline bool decode_hex(std::string_view digits, std::string& bytes) {
  auto const value = [](char digit) -> int {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
  };
  if (digits.size() % 2 != 0) return false;
  for (std::size_t at = 0; at < digits.size(); at += 2) {
    int const high = value(digits[at]);
    int const low = value(digits[at + 1]);
    if (high < 0 || low < 0) return false;
    bytes += static_cast<char>(high << 4 | low);
  }
  return true;
}

[[nodiscard]] inline std::string encode_hex(std::string_view bytes) {
  std::string digits;
  digits.reserve(bytes.size() * 2);
  for (char const byte : bytes) {
    auto const value = static_cast<unsigned char>(byte);
    digits += "0123456789abcdef"[value >> 4];
    digits += "0123456789abcdef"[value & 15];
  }
  return digits;
}

/// Takes the standard and the URL-safe alphabet, padded or not, as protobuf's JSON readers do.
inline bool decode_base64(std::string_view letters, std::string& bytes) {
  auto const value = [](char letter) -> int {
    if (letter >= 'A' && letter <= 'Z') return letter - 'A';
    if (letter >= 'a' && letter <= 'z') return letter - 'a' + 26;
    if (letter >= '0' && letter <= '9') return letter - '0' + 52;
    if (letter == '+' || letter == '-') return 62;
    if (letter == '/' || letter == '_') return 63;
    return -1;
  };
  std::size_t padding = 0;
  while (padding < 2 && !letters.empty() && letters.back() == '=') {
    letters.remove_suffix(1);
    ++padding;
  }
  if (letters.size() % 4 == 1 || (padding != 0 && (letters.size() + padding) % 4 != 0)) return false;
  unsigned bits = 0;
  unsigned held = 0;
  for (char const letter : letters) {
    int const six = value(letter);
    if (six < 0) return false;
    bits = bits << 6 | static_cast<unsigned>(six);
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes += static_cast<char>(bits >> held & 0xff);
    }
  }
  return true;
}

[[nodiscard]] inline std::string encode_base64(std::string_view bytes) {
  static constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string letters;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t group = 0;
    for (std::size_t next = at; next < at + 3; ++next)
      group = group << 8 | (next < bytes.size() ? static_cast<unsigned char>(bytes[next]) : 0U);
    letters += alphabet[group >> 18];
    letters += alphabet[group >> 12 & 63];
    letters += at + 1 < bytes.size() ? alphabet[group >> 6 & 63] : '=';
    letters += at + 2 < bytes.size() ? alphabet[group & 63] : '=';
  }
  return letters;
}

/// Reads decimal digits, with a minus sign or without; `bits` is then the two's complement of the number.
inline bool decode_integer(std::string_view digits, bool& negative, std::uint64_t& bits) {
  char const* const end = digits.data() + digits.size();
  negative = !digits.empty() && digits.front() == '-';
  if (!negative) {
    auto const [stop, error] = std::from_chars(digits.data(), end, bits);
    return error == std::errc{} && stop == end;
  }
  std::int64_t value{};
  auto const [stop, error] = std::from_chars(digits.data(), end, value);
  bits = static_cast<std::uint64_t>(value);
  return error == std::errc{} && stop == end;
}

inline bool decode_double(std::string_view digits, double& value) {
  if (digits == "NaN") return value = std::numeric_limits<double>::quiet_NaN(), true;
  if (digits == "Infinity") return value = std::numeric_limits<double>::infinity(), true;
  if (digits == "-Infinity") return value = -std::numeric_limits<double>::infinity(), true;
  std::optional<double> const number = read_decimal(digits);
  if (!number || digits.starts_with('+') || std::isinf(*number)) return false;
  return value = *number, true;
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/viewer/otlp_answer.hpp
//
// The bodies with which an OTLP/HTTP receiver answers, in the encoding of the request:
// ExportTraceServiceResponse for what was taken, google.rpc.Status for what was not.

namespace spanwise::inline SPANWISE_ABI::detail {

[[nodiscard]] inline char const* media_type(otlp_encoding encoding) noexcept {
  return encoding == otlp_encoding::json ? "application/json" : "application/x-protobuf";
}

[[nodiscard]] inline std::string dumped(nlohmann::ordered_json const& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

/// The answer to a request that was taken; with nothing rejected and nothing to say, that is an empty message.
[[nodiscard]] inline std::string success_body(otlp_encoding encoding, std::uint64_t rejected,
                                              std::string_view message) {
  bool const partial = rejected != 0 || !message.empty();
  if (encoding == otlp_encoding::json) {
    if (!partial) return "{}";
    return dumped({{"partialSuccess", {{"rejectedSpans", std::to_string(rejected)}, {"errorMessage", message}}}});
  }
  if (!partial) return {};
  std::string success;
  if (rejected != 0) {
    append_tag(success, 1, wire_type::varint);
    append_varint(success, rejected);
  }
  if (!message.empty()) append_field(success, 2, message);
  std::string body;
  append_field(body, 1, success);
  return body;
}

/// The answer to a request that was not taken.
[[nodiscard]] inline std::string status_body(otlp_encoding encoding, int http_status, std::string_view message) {
  int const code = [&] { // google.rpc.Code
    switch (http_status) {
    case 400:
      return 3;
    case 403:
      return 7;
    case 404:
      return 5;
    case 405:
    case 415:
      return 12;
    case 413:
    case 429:
      return 8;
    case 502:
    case 503:
      return 14;
    case 504:
      return 4;
    default:
      return 2;
    }
  }();
  if (encoding == otlp_encoding::json) return dumped({{"code", code}, {"message", message}});
  std::string body;
  append_tag(body, 1, wire_type::varint);
  append_varint(body, static_cast<std::uint64_t>(code));
  append_field(body, 2, message);
  return body;
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/viewer/otlp_schema.hpp
//
// The OTLP trace messages as tables: which fields there are, what they hold, what JSON calls them.
// One table serves the check of what comes in, the way from JSON to protobuf and the way back.

namespace spanwise::inline SPANWISE_ABI::detail {

/// What a field holds: protobuf's types, with `id` for bytes that JSON writes as hexadecimal digits.
enum class holds : std::uint8_t {
  text,
  id,
  bytes,
  message,
  boolean,
  enumeration,
  int64,
  uint32,
  fixed64,
  floating,
  fixed32
};

struct message_shape;

struct field_shape {
  std::uint8_t number;
  holds what;
  std::string_view json;
  bool repeated = false;
  message_shape const& (*message)() noexcept = nullptr;
};

/// The fields of one message, in the order in which they are shown; `one_of` allows one of them at a time.
struct message_shape {
  std::span<field_shape const> fields;
  bool one_of = false;

  [[nodiscard]] field_shape const* find(std::uint32_t number) const noexcept {
    for (field_shape const& field : fields)
      if (field.number == number) return &field;
    return nullptr;
  }
  [[nodiscard]] field_shape const* find(std::string_view json) const noexcept {
    for (field_shape const& field : fields)
      if (field.json == json) return &field;
    return nullptr;
  }
};

[[nodiscard]] constexpr wire_type wire_type_of(holds what) noexcept {
  switch (what) {
  case holds::text:
  case holds::id:
  case holds::bytes:
  case holds::message:
    return wire_type::bytes;
  case holds::fixed64:
  case holds::floating:
    return wire_type::fixed64;
  case holds::fixed32:
    return wire_type::fixed32;
  default:
    return wire_type::varint;
  }
}

namespace otlp {

inline message_shape const& any_value() noexcept;
inline message_shape const& key_value() noexcept;

inline message_shape const& array_value() noexcept {
  static constexpr field_shape fields[] = {{1, holds::message, "values", true, any_value}};
  static constexpr message_shape shape{fields};
  return shape;
}

inline message_shape const& map_value() noexcept {
  static constexpr field_shape fields[] = {{1, holds::message, "values", true, key_value}};
  static constexpr message_shape shape{fields};
  return shape;
}

inline message_shape const& any_value() noexcept {
  static constexpr field_shape fields[] = {
      {1, holds::text, "stringValue"},
      {2, holds::boolean, "boolValue"},
      {3, holds::int64, "intValue"},
      {4, holds::floating, "doubleValue"},
      {5, holds::message, "arrayValue", false, array_value},
      {6, holds::message, "kvlistValue", false, map_value},
      {7, holds::bytes, "bytesValue"},
  };
  static constexpr message_shape shape{fields, true};
  return shape;
}

inline message_shape const& key_value() noexcept {
  static constexpr field_shape fields[] = {{1, holds::text, "key"}, {2, holds::message, "value", false, any_value}};
  static constexpr message_shape shape{fields};
  return shape;
}

inline message_shape const& resource() noexcept {
  static constexpr field_shape fields[] = {
      {1, holds::message, "attributes", true, key_value},
      {2, holds::uint32, "droppedAttributesCount"},
  };
  static constexpr message_shape shape{fields};
  return shape;
}

inline message_shape const& scope() noexcept {
  static constexpr field_shape fields[] = {
      {1, holds::text, "name"},
      {2, holds::text, "version"},
      {3, holds::message, "attributes", true, key_value},
      {4, holds::uint32, "droppedAttributesCount"},
  };
  static constexpr message_shape shape{fields};
  return shape;
}

inline message_shape const& event() noexcept {
  static constexpr field_shape fields[] = {
      {1, holds::fixed64, "timeUnixNano"},
      {2, holds::text, "name"},
      {3, holds::message, "attributes", true, key_value},
      {4, holds::uint32, "droppedAttributesCount"},
  };
  static constexpr message_shape shape{fields};
  return shape;
}

inline message_shape const& link() noexcept {
  static constexpr field_shape fields[] = {
      {1, holds::id, "traceId"},
      {2, holds::id, "spanId"},
      {3, holds::text, "traceState"},
      {4, holds::message, "attributes", true, key_value},
      {5, holds::uint32, "droppedAttributesCount"},
      {6, holds::fixed32, "flags"},
  };
  static constexpr message_shape shape{fields};
  return shape;
}

inline message_shape const& status() noexcept {
  static constexpr field_shape fields[] = {{3, holds::enumeration, "code"}, {2, holds::text, "message"}};
  static constexpr message_shape shape{fields};
  return shape;
}

inline message_shape const& span() noexcept {
  static constexpr field_shape fields[] = {
      {1, holds::id, "traceId"},
      {2, holds::id, "spanId"},
      {4, holds::id, "parentSpanId"},
      {3, holds::text, "traceState"},
      {16, holds::fixed32, "flags"},
      {5, holds::text, "name"},
      {6, holds::enumeration, "kind"},
      {7, holds::fixed64, "startTimeUnixNano"},
      {8, holds::fixed64, "endTimeUnixNano"},
      {9, holds::message, "attributes", true, key_value},
      {10, holds::uint32, "droppedAttributesCount"},
      {11, holds::message, "events", true, event},
      {12, holds::uint32, "droppedEventsCount"},
      {13, holds::message, "links", true, link},
      {14, holds::uint32, "droppedLinksCount"},
      {15, holds::message, "status", false, status},
  };
  static constexpr message_shape shape{fields};
  return shape;
}

inline message_shape const& scope_spans() noexcept {
  static constexpr field_shape fields[] = {
      {1, holds::message, "scope", false, scope},
      {2, holds::message, "spans", true, span},
      {3, holds::text, "schemaUrl"},
  };
  static constexpr message_shape shape{fields};
  return shape;
}

inline message_shape const& resource_spans() noexcept {
  static constexpr field_shape fields[] = {
      {1, holds::message, "resource", false, resource},
      {2, holds::message, "scopeSpans", true, scope_spans},
      {3, holds::text, "schemaUrl"},
  };
  static constexpr message_shape shape{fields};
  return shape;
}

/// ExportTraceServiceRequest, the body of a POST to /v1/traces.
inline message_shape const& request() noexcept {
  static constexpr field_shape fields[] = {{1, holds::message, "resourceSpans", true, resource_spans}};
  static constexpr message_shape shape{fields};
  return shape;
}

} // namespace otlp

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/viewer/otlp_json_writer.hpp
//
// Shows an OTLP message as OTLP/JSON, field by field as it came in: what a test or a page asks the receiver for.
// It goes by the tables and knows nothing of the exporter's own encoder.

namespace spanwise::inline SPANWISE_ABI::detail {

[[nodiscard]] inline nlohmann::ordered_json to_otlp_json(std::span<std::byte const> message,
                                                         message_shape const& shape);

[[nodiscard]] inline nlohmann::ordered_json to_otlp_json(wire_field const& field, field_shape const& known) {
  switch (known.what) {
  case holds::text:
    return std::string{field.text()};
  case holds::id:
    return encode_hex(field.text());
  case holds::bytes:
    return encode_base64(field.text());
  case holds::message:
    return to_otlp_json(field.bytes, known.message());
  case holds::boolean:
    return field.integer != 0;
  case holds::enumeration:
  case holds::uint32:
  case holds::fixed32:
    return static_cast<std::uint32_t>(field.integer);
  case holds::int64:
    return std::to_string(static_cast<std::int64_t>(field.integer));
  case holds::fixed64:
    return std::to_string(field.integer);
  case holds::floating:
    break;
  }
  auto const number = std::bit_cast<double>(field.integer);
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  return number;
}

/// Fields stand in the order of the tables; one that is absent from the message is absent here.
[[nodiscard]] inline nlohmann::ordered_json to_otlp_json(std::span<std::byte const> message,
                                                         message_shape const& shape) {
  std::vector<nlohmann::ordered_json> values(shape.fields.size());
  wire_reader reader{message};
  for (wire_field field; reader.next(field);) {
    field_shape const* const known = shape.find(field.number);
    if (known == nullptr || field.type != wire_type_of(known->what)) continue;
    auto& value = values[static_cast<std::size_t>(known - shape.fields.data())];
    if (shape.one_of)
      for (auto& other : values) other = nullptr;
    if (known->repeated) value.push_back(to_otlp_json(field, *known));
    else value = to_otlp_json(field, *known);
  }
  auto shown = nlohmann::ordered_json::object();
  for (std::size_t index = 0; index < values.size(); ++index)
    if (!values[index].is_null()) shown[std::string{shape.fields[index].json}] = std::move(values[index]);
  return shown;
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/viewer/otlp_json_reader.hpp
//
// Turns OTLP/JSON into OTLP/protobuf as it is parsed, so that behind this door there is one form of a span.
// Strict where OTLP is: names in lowerCamelCase, ids as hexadecimal digits of either case, enumerations as numbers,
// 64-bit integers as text or number. Keys that OTLP does not know are skipped, null counts as absent.

namespace spanwise::inline SPANWISE_ABI::detail {

/// Receives the events of nlohmann's parser and writes protobuf fields as the tables tell.
class otlp_json_reader {
public:
  static constexpr std::size_t deepest = 100; ///< messages within messages, as protobuf parsers bound it
  static constexpr std::size_t longest_error = 300;

  otlp_json_reader(message_shape const& root, std::string& out) noexcept : root_{root}, out_{out} {}

  [[nodiscard]] std::string const& error() const noexcept { return error_; }

  bool null() {
    if (place* const at = here(); at != nullptr && at->in_array) return fail("must not hold null");
    return true;
  }
  bool boolean(bool value) {
    return scalar([&](holds what) {
      if (what != holds::boolean) return wrong(what);
      append_varint(out_, value ? 1 : 0);
      return true;
    });
  }
  bool number_integer(std::int64_t value) {
    return scalar([&](holds what) { return integer(what, value < 0, static_cast<std::uint64_t>(value)); });
  }
  bool number_unsigned(std::uint64_t value) {
    return scalar([&](holds what) { return integer(what, false, value); });
  }
  bool number_float(double value, std::string const&) {
    return scalar([&](holds what) {
      if (what == holds::floating) return floating(value);
      if (value != std::floor(value) || value < -9223372036854775808.0 || value >= 18446744073709551616.0)
        return wrong(what);
      bool const negative = value < 0;
      return integer(what, negative,
                     negative ? static_cast<std::uint64_t>(static_cast<std::int64_t>(value))
                              : static_cast<std::uint64_t>(value));
    });
  }
  bool string(std::string& value) {
    return scalar([&](holds what) { return text(what, value); });
  }
  bool binary(nlohmann::json::binary_t&) { return fail("must not be binary"); }

  bool start_object(std::size_t) {
    if (skipped_ != 0) return skip();
    if (places_.empty()) {
      places_.push_back({&root_, out_.size()});
      return true;
    }
    place& at = *here();
    if (at.field == nullptr) return skip();
    if (at.field->what != holds::message) return wrong(at.field->what);
    if (places_.size() == deepest) return fail("is nested too deeply");
    if (!begin_field()) return false;
    places_.push_back({&at.field->message(), out_.size()});
    return true;
  }
  bool key(std::string& name) {
    if (skipped_ == 0) here()->field = here()->shape->find(std::string_view{name});
    return true;
  }
  bool end_object() {
    if (skipped_ != 0) return unskip();
    std::size_t const from = places_.back().from;
    places_.pop_back();
    if (places_.empty()) return true;
    std::string length;
    append_varint(length, out_.size() - from);
    out_.insert(from, length);
    return true;
  }
  bool start_array(std::size_t) {
    if (skipped_ != 0) return skip();
    if (places_.empty()) return fail("must be an object");
    place& at = *here();
    if (at.field == nullptr) return skip();
    if (!at.field->repeated) return wrong(at.field->what);
    if (at.in_array) return fail("must not be an array in an array");
    if (!once()) return false;
    at.in_array = true;
    return true;
  }
  bool end_array() {
    if (skipped_ != 0) return unskip();
    here()->in_array = false;
    return true;
  }
  bool parse_error(std::size_t, std::string const&, nlohmann::json::exception const& what) {
    std::string_view text = what.what(); // "[json.exception.parse_error.101] parse error at …: syntax error …"
    if (auto const end = text.find("] "); end != text.npos) text.remove_prefix(end + 2);
    error_ = "not JSON: " + shown(text, longest_error); // which repeats what it read last, be it a whole body
    return false;
  }

private:
  struct place {
    message_shape const* shape;
    std::size_t from;
    field_shape const* field = nullptr;
    std::uint32_t seen = 0;
    bool in_array = false;
  };

  place* here() noexcept { return places_.empty() ? nullptr : &places_.back(); }

  bool skip() noexcept {
    ++skipped_;
    return true;
  }
  bool unskip() noexcept {
    --skipped_;
    return true;
  }

  /// Notes that the field at hand has a value; a second one is an error, and so is a second member of a one_of.
  bool once() {
    place& at = *here();
    auto const bit = std::uint32_t{1} << at.field->number;
    if ((at.seen & bit) != 0) return fail("occurs twice");
    if (at.shape->one_of && at.seen != 0) return fail("is a second value beside another");
    at.seen |= bit;
    return true;
  }

  bool begin_field() {
    place& at = *here();
    if (at.field->repeated && !at.in_array) return fail("must be an array");
    if (!at.field->repeated && !once()) return false;
    append_tag(out_, at.field->number, wire_type_of(at.field->what));
    return true;
  }

  template <class Write> bool scalar(Write write) {
    if (skipped_ != 0) return true;
    if (places_.empty()) return fail("must be an object");
    place const& at = *here();
    if (at.field == nullptr) return true;
    if (at.field->what == holds::message) return wrong(holds::message);
    return begin_field() && write(at.field->what);
  }

  bool integer(holds what, bool negative, std::uint64_t value) {
    switch (what) {
    case holds::int64:
      if (!negative && value > INT64_MAX) return fail("is too large for an int64");
      append_varint(out_, value);
      return true;
    case holds::enumeration:
      if (negative || value > INT32_MAX) return fail("is no value of the enumeration");
      append_varint(out_, value);
      return true;
    case holds::uint32:
      if (negative || value > UINT32_MAX) return fail("must be an unsigned 32-bit number");
      append_varint(out_, value);
      return true;
    case holds::fixed32:
      if (negative || value > UINT32_MAX) return fail("must be an unsigned 32-bit number");
      append_fixed(out_, static_cast<std::uint32_t>(value));
      return true;
    case holds::fixed64:
      if (negative) return fail("must not be negative");
      append_fixed(out_, value);
      return true;
    case holds::floating:
      return floating(negative ? static_cast<double>(static_cast<std::int64_t>(value)) : static_cast<double>(value));
    default:
      return wrong(what);
    }
  }

  bool floating(double value) {
    append_fixed(out_, std::bit_cast<std::uint64_t>(value));
    return true;
  }

  bool text(holds what, std::string const& value) {
    switch (what) {
    case holds::text:
      append_sized(out_, value);
      return true;
    case holds::id: {
      std::string bytes;
      if (!decode_hex(value, bytes)) return fail("must be hexadecimal digits");
      append_sized(out_, bytes);
      return true;
    }
    case holds::bytes: {
      std::string bytes;
      if (!decode_base64(value, bytes)) return fail("must be base64");
      append_sized(out_, bytes);
      return true;
    }
    case holds::floating: {
      double number{};
      if (!decode_double(value, number)) return fail("must be a number");
      return floating(number);
    }
    case holds::int64:
    case holds::uint32:
    case holds::fixed32:
    case holds::fixed64: {
      bool negative{};
      std::uint64_t number{};
      if (!decode_integer(value, negative, number)) return fail("must be an integer");
      return integer(what, negative, number);
    }
    default:
      return wrong(what);
    }
  }

  bool wrong(holds what) {
    switch (what) {
    case holds::text:
      return fail("must be a string");
    case holds::id:
      return fail("must be a string of hexadecimal digits");
    case holds::bytes:
      return fail("must be a string in base64");
    case holds::message:
      return fail(here()->field->repeated && !here()->in_array ? "must be an array" : "must be an object");
    case holds::boolean:
      return fail("must be true or false");
    case holds::enumeration:
      return fail("must be the number of an enumeration value, not a name");
    case holds::floating:
      return fail("must be a number");
    default:
      return fail("must be an integer");
    }
  }

  bool fail(std::string_view what) {
    std::string path;
    for (place const& at : places_) {
      if (at.field == nullptr) continue;
      if (!path.empty()) path += '.';
      path += at.field->json;
    }
    error_ = (path.empty() ? std::string{"the request"} : path) + ' ' + std::string{what};
    return false;
  }

  message_shape const& root_;
  std::string& out_;
  std::vector<place> places_;
  std::size_t skipped_ = 0;
  std::string error_;
};

/// Appends the protobuf form of an OTLP/JSON message; an empty string, or a sentence about what is wrong with it.
[[nodiscard]] inline std::string read_otlp_json(std::string_view json, message_shape const& root,
                                                std::string& protobuf) {
  otlp_json_reader reader{root, protobuf};
  bool const good = nlohmann::json::sax_parse(json.begin(), json.end(), &reader);
  return good ? std::string{} : reader.error().empty() ? std::string{"not JSON"} : reader.error();
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/viewer/server_sockets.hpp
//
// Finds the connections of a server in this process by its port: httplib keeps them to itself, and a server that must
// stop at once, or misbehave on purpose, has to reach them. POSIX only.

namespace spanwise::inline SPANWISE_ABI::detail {

/// The port at one end of a socket; -1 if it has none.
template <class Ask> int socket_port(int socket, Ask ask) noexcept {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (ask(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return -1;
  if (address.ss_family == AF_INET) return ntohs(reinterpret_cast<sockaddr_in const*>(&address)->sin_port);
  if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<sockaddr_in6 const*>(&address)->sin6_port);
  return -1;
}

/// Calls `visit` for each connection that this process has accepted on `port`, or for that from `peer_port` alone.
template <class Visit> void for_each_connection(int port, int peer_port, Visit visit) {
  DIR* const open = ::opendir("/dev/fd");
  if (open == nullptr) return;
  while (dirent const* const one = ::readdir(open)) {
    if (one->d_name[0] < '0' || one->d_name[0] > '9') continue;
    int const socket = std::atoi(one->d_name);
    if (socket_port(socket, ::getsockname) != port) continue;
    int const peer = socket_port(socket, ::getpeername);
    if (peer > 0 && (peer_port == 0 || peer == peer_port)) visit(socket);
  }
  ::closedir(open);
}

/// Ends one connection, or all of them; whoever reads from it sees its end.
inline void shut_connections(int port, int peer_port = 0) {
  for_each_connection(port, peer_port, [](int socket) { ::shutdown(socket, SHUT_RDWR); });
}

/// True if the client at `peer_port` has closed its end, or is not there at all.
inline bool client_gone(int port, int peer_port) {
  bool there = false;
  for_each_connection(port, peer_port, [&](int socket) {
    char byte{};
    there = ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 0;
  });
  return !there;
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/viewer/otlp_check.hpp
//
// Tells whether bytes are a well-formed OTLP message, all the way down: the lazy views behind this door never complain,
// so a truncated or garbled request must be refused here. Unknown fields are legal, as everywhere in protobuf.

namespace spanwise::inline SPANWISE_ABI::detail {

inline std::string check_otlp_within(std::span<std::byte const> message, message_shape const& shape,
                                     std::size_t depth) {
  if (depth == 0) return " is nested too deeply";
  wire_reader reader{message};
  for (wire_field field; reader.next(field);) {
    field_shape const* const known = shape.find(field.number);
    if (known == nullptr) continue;
    auto const about = [&](std::string_view what) { return '.' + std::string{known->json} + std::string{what}; };
    if (field.type != wire_type_of(known->what))
      return about(" has wire type " + std::to_string(static_cast<int>(field.type)));
    if (known->what == holds::text && !valid_utf8(field.text())) return about(" is not valid UTF-8");
    if (known->what == holds::message) {
      std::string within = check_otlp_within(field.bytes, known->message(), depth - 1);
      if (!within.empty()) return about(within);
    }
  }
  return reader.failed() ? " is cut short or malformed" : std::string{};
}

/// An empty string, or a sentence about the first thing that is wrong with the message.
[[nodiscard]] inline std::string check_otlp(std::span<std::byte const> message, message_shape const& shape) {
  std::string wrong = check_otlp_within(message, shape, 100);
  if (wrong.empty()) return wrong;
  return wrong.front() == '.' ? wrong.substr(1) : "the request" + wrong;
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/viewer/received_span.hpp
//
// What the receiver keeps of a span: its OTLP message as it came, and a shared note of who sent it.

namespace spanwise::inline SPANWISE_ABI {

/// Who made a span: its resource and its instrumentation scope, as encoded OTLP messages.
struct span_source {
  std::string service{}; ///< service.name of the resource, "unknown_service" if it has none
  std::string resource{};
  std::string resource_schema_url{};
  std::string scope{};
  std::string scope_schema_url{};

  /// The attributes of the resource, pointing into this object.
  [[nodiscard]] attribute_range attributes() const noexcept { return {detail::as_bytes(resource), 1}; }

  friend bool operator==(span_source const&, span_source const&) = default;
};

/// One span that has arrived. It never changes; shared by the store and by whoever asked for it.
class received_span {
public:
  received_span(std::shared_ptr<span_source const> source, std::string message) noexcept
      : source_{std::move(source)}, message_{std::move(message)} {}

  [[nodiscard]] span_source const& source() const noexcept { return *source_; }
  [[nodiscard]] std::string const& service() const noexcept { return source_->service; }
  /// The encoded OTLP Span message.
  [[nodiscard]] std::string const& message() const noexcept { return message_; }
  /// Reads the span; the view points into this object.
  [[nodiscard]] span_view view() const noexcept { return span_view{detail::as_bytes(message_)}; }

private:
  std::shared_ptr<span_source const> source_;
  std::string message_;
};

/// The spans of one trace that have arrived so far, in order of arrival.
struct received_trace {
  trace_id id{};
  std::vector<std::shared_ptr<received_span const>> spans{};
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/viewer/remarks.hpp
//
// What a receiver takes but a careful exporter does not send: empty names, times that run backwards, keys that occur
// twice. Counted by sentence, for tests that want nothing of the kind; nothing is refused for it.

namespace spanwise::inline SPANWISE_ABI {

/// How often each remark was due. The sentences are literals.
using remark_counts = std::map<std::string_view, std::uint64_t>;

namespace detail {

inline void remark_on(attribute_range const& attributes, remark_counts& remarks) {
  std::vector<std::string_view> keys;
  for (attribute_view const attribute : attributes) {
    if (attribute.key.empty()) ++remarks["an attribute key is empty"];
    keys.push_back(attribute.key);
  }
  std::sort(keys.begin(), keys.end());
  if (std::adjacent_find(keys.begin(), keys.end()) != keys.end()) ++remarks["an attribute key occurs twice"];
}

/// Looks at the fields themselves, of which the view shows only what they amount to.
inline void remark_on_fields(std::span<std::byte const> message, remark_counts& remarks) {
  std::uint32_t seen = 0;
  std::uint64_t kind = 0;
  std::uint64_t code = 0;
  wire_reader reader{message};
  for (wire_field field; reader.next(field);) {
    field_shape const* const known = otlp::span().find(field.number);
    if (known == nullptr) {
      ++remarks["a span has an unknown field"];
      continue;
    }
    std::uint32_t const bit = std::uint32_t{1} << known->number;
    if (!known->repeated && (seen & bit) != 0) ++remarks["a field of a span occurs twice"];
    seen |= bit;
    if (field.number == 6) kind = field.integer;
    if (field.number == 4 && !field.bytes.empty() && !read_id<span_id>(field.bytes).valid())
      ++remarks["a parent span id is all zeros"];
    if (field.number != 15) continue;
    wire_reader status{field.bytes};
    for (wire_field inner; status.next(inner);)
      if (inner.is(3, wire_type::varint)) code = inner.integer;
  }
  if (kind == 0 || kind > 5) ++remarks["a span kind is unspecified or unknown"];
  if (code > 2) ++remarks["a status code is unknown"];
}

} // namespace detail

/// Counts what is remarkable about a resource.
inline void remark_on(span_source const& source, remark_counts& remarks) {
  if (source.service == "unknown_service") ++remarks["a resource has no service.name"];
  detail::remark_on(source.attributes(), remarks);
}

/// Counts what is remarkable about a span.
inline void remark_on(span_view const& view, remark_counts& remarks) {
  detail::remark_on_fields(view.bytes(), remarks);
  if (view.name().empty()) ++remarks["a span has no name"];
  if (view.start().unix_ns == 0 || view.end().unix_ns == 0) ++remarks["a span lacks a time"];
  else if (view.end() < view.start()) ++remarks["a span ends before it starts"];
  if (view.parent_span_id() == view.span_id()) ++remarks["a span is its own parent"];
  if (!view.status_message().empty() && view.status() != status_code::error)
    ++remarks["a status has a message but is no error"];
  if ((view.flags() & ~std::uint32_t{0x3ff}) != 0) ++remarks["reserved flags are set"];
  if ((view.flags() & span_view::remote) != 0 && (view.flags() & span_view::remote_known) == 0)
    ++remarks["flags say remote but not that this is known"];
  for (char const letter : view.trace_state())
    if (letter < 0x20 || letter > 0x7e) {
      ++remarks["a trace state is not printable ASCII"];
      break;
    }
  detail::remark_on(view.attributes(), remarks);
  for (event_view const event : view.events()) {
    if (event.name().empty() || event.time().unix_ns == 0) ++remarks["an event lacks its name or time"];
    detail::remark_on(event.attributes(), remarks);
  }
  for (link_view const link : view.links()) {
    if (!link.trace_id().valid() || !link.span_id().valid()) ++remarks["a link lacks its ids"];
    detail::remark_on(link.attributes(), remarks);
  }
}

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/viewer/otlp_request.hpp
//
// Takes an ExportTraceServiceRequest apart: spans in groups of one resource and one scope, the unusable ones left out.

namespace spanwise::inline SPANWISE_ABI {

/// Spans of one source, each as an encoded OTLP Span message.
struct span_group {
  span_source source{};
  std::vector<std::string> messages{};
};

/// One request, decoded: what can be stored, and how many spans cannot, with the reason of the first.
struct span_request {
  std::vector<span_group> groups{};
  std::uint64_t spans{};    ///< that can be stored
  std::uint64_t rejected{}; ///< without a usable trace id, span id or parent id
  std::string why{};
  remark_counts remarks{}; ///< what the sender could do better
};

namespace detail {

/// Why a span cannot be stored; nullptr if it can.
inline char const* why_unusable(std::span<std::byte const> message) noexcept {
  span_view const each{message};
  if (!each.trace_id().valid()) return "a trace id must be 16 bytes, not all zero";
  if (!each.span_id().valid()) return "a span id must be 8 bytes, not all zero";
  wire_reader reader{message};
  for (wire_field field; reader.next(field);)
    if (field.is(4, wire_type::bytes) && !field.bytes.empty() && field.bytes.size() != 8)
      return "a parent span id must be absent or 8 bytes";
  return nullptr;
}

inline std::string service_of(span_source const& source) {
  for (attribute_view const attribute : source.attributes())
    if (attribute.key == "service.name" && !attribute.value.as_string().empty())
      return std::string{attribute.value.as_string()};
  return "unknown_service";
}

inline void read_scope_spans(std::span<std::byte const> message, span_source source, span_request& request) {
  wire_reader fields{message};
  std::size_t count = 0;
  for (wire_field field; fields.next(field);) {
    if (field.is(1, wire_type::bytes)) source.scope = field.text();
    if (field.is(3, wire_type::bytes)) source.scope_schema_url = field.text();
    if (field.is(2, wire_type::bytes)) ++count;
  }
  span_group group{std::move(source), {}};
  group.messages.reserve(count);
  for (std::span<std::byte const> const each : view_range<std::span<std::byte const>>{message, 2}) {
    if (char const* const why = why_unusable(each)) {
      ++request.rejected;
      if (request.why.empty()) request.why = why;
    } else {
      remark_on(span_view{each}, request.remarks);
      group.messages.emplace_back(as_text(each));
    }
  }
  request.spans += group.messages.size();
  if (!group.messages.empty()) request.groups.push_back(std::move(group));
}

} // namespace detail

/// Decodes a request that check_otlp found well-formed.
[[nodiscard]] inline span_request read_otlp_request(std::span<std::byte const> message) {
  using bytes = std::span<std::byte const>;
  span_request request;
  for (bytes const resource_spans : view_range<bytes>{message, 1}) {
    span_source source;
    detail::wire_reader fields{resource_spans};
    for (detail::wire_field field; fields.next(field);) {
      if (field.is(1, detail::wire_type::bytes)) source.resource = field.text();
      if (field.is(3, detail::wire_type::bytes)) source.resource_schema_url = field.text();
    }
    source.service = detail::service_of(source);
    remark_on(source, request.remarks);
    for (bytes const scope_spans : view_range<bytes>{resource_spans, 2})
      detail::read_scope_spans(scope_spans, source, request);
  }
  return request;
}

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/viewer/trace_store.hpp
//
// Keeps what the receiver was sent, by trace, within bounds: when full, the oldest trace goes first, whole.
// Safe for any number of threads. Spans are shared and never change, so reading them needs no lock.

namespace spanwise::inline SPANWISE_ABI {

/// How much a trace_store keeps.
struct trace_store_options {
  std::size_t max_spans = 500'000;
  std::size_t max_bytes = std::size_t{512} << 20; ///< of encoded spans and of what holds them, roughly
};

/// What a trace_store has seen since it was made or cleared, and what of it it still holds.
struct store_counts {
  struct service {
    std::uint64_t spans{};
    std::uint64_t errors{};
  };

  std::uint64_t spans{};      ///< distinct spans that were stored
  std::uint64_t duplicates{}; ///< spans that came again, by trace and span id; the first stays
  std::uint64_t evicted{};    ///< stored spans that made room for others, or for which there was none
  std::size_t held_traces{};
  std::size_t held_spans{};
  std::size_t held_bytes{};
  std::map<std::string, service> services{};
};

/// A trace from which nothing has come for a while.
struct finished_trace {
  received_trace trace{};
  bool again{}; ///< it was given before, and more spans have come since
};

/// Received spans, by trace.
class trace_store {
public:
  using milliseconds = std::chrono::milliseconds;

  explicit trace_store(trace_store_options const& options = {}) : options_{options} {}

  /// Stores the spans of one request.
  void add(std::vector<span_group>&& groups) {
    {
      std::lock_guard const lock{mutex_};
      for (span_group& group : groups) {
        std::shared_ptr<span_source const> const source = shared(std::move(group.source));
        for (std::string& message : group.messages)
          add(std::make_shared<received_span const>(source, std::move(message)));
      }
    }
    changed_.notify_all();
  }

  /// The spans of this trace that have arrived so far; nothing if there are none.
  [[nodiscard]] std::optional<received_trace> trace(trace_id id) const {
    std::lock_guard const lock{mutex_};
    return found(id);
  }

  /// All traces, in order of their first arrival.
  [[nodiscard]] std::vector<received_trace> traces() const {
    std::lock_guard const lock{mutex_};
    std::vector<received_trace> all;
    all.reserve(entries_.size());
    for (entry const& one : entries_) all.push_back(one.trace);
    return all;
  }

  [[nodiscard]] store_counts counts() const {
    std::lock_guard const lock{mutex_};
    store_counts counts = counts_;
    counts.held_traces = entries_.size();
    return counts;
  }

  /// How often each span has arrived; 0 for one that never did or is no longer held.
  [[nodiscard]] std::uint64_t arrivals(trace_id trace, span_id id) const {
    std::lock_guard const lock{mutex_};
    auto const at = index_.find(trace);
    if (at == index_.end()) return 0;
    auto const times = at->second->times.find(id);
    return times == at->second->times.end() ? 0 : times->second;
  }

  /// Waits until this many distinct spans have been stored; false if time runs out first.
  bool wait_for_spans(std::uint64_t count, milliseconds timeout) const {
    return wait(timeout, [&] { return counts_.spans >= count; });
  }
  /// Waits until this many traces are held; false if time runs out first.
  bool wait_for_traces(std::size_t count, milliseconds timeout) const {
    return wait(timeout, [&] { return entries_.size() >= count; });
  }
  /// Waits until a trace has at least `spans` spans; gives what there is of it when time runs out.
  [[nodiscard]] std::optional<received_trace> wait_for_trace(trace_id id, std::size_t spans,
                                                             milliseconds timeout) const {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, timeout, [&] {
      auto const at = index_.find(id);
      return at != index_.end() && at->second->trace.spans.size() >= spans;
    });
    return found(id);
  }

  /// Gives each trace once from which nothing has come for a time, oldest first, and again if more comes later.
  ///
  /// `whole` tells whether nothing seems to be missing; then `quiet` is long enough, otherwise `patience` is waited
  /// for.
  template <class Whole>
  [[nodiscard]] std::vector<finished_trace> take_finished(milliseconds quiet, milliseconds patience, Whole whole) {
    std::vector<finished_trace> finished;
    std::lock_guard const lock{mutex_};
    auto const now = std::chrono::steady_clock::now();
    for (entry& one : entries_) {
      if (one.given == one.trace.spans.size() || now - one.last < quiet) continue;
      if (now - one.last < patience && !whole(std::as_const(one.trace))) continue;
      finished.push_back({one.trace, one.given != 0});
      one.given = one.trace.spans.size();
    }
    return finished;
  }

  /// Forgets all spans and all counts.
  void clear() {
    std::lock_guard const lock{mutex_};
    entries_.clear();
    index_.clear();
    sources_.clear();
    counts_ = {};
  }

private:
  struct entry {
    received_trace trace;
    std::unordered_map<span_id, std::uint64_t> times;
    std::size_t bytes{};
    std::size_t given{};
    std::chrono::steady_clock::time_point last;
  };
  static constexpr std::size_t overhead = 200;
  static constexpr std::size_t trace_overhead = 500;
  static constexpr std::size_t most_services = 1000;

  void add(std::shared_ptr<received_span const> arrived) {
    span_view const view = arrived->view();
    if (auto const at = index_.find(view.trace_id()); at != index_.end()) {
      auto const times = at->second->times.find(view.span_id());
      if (times != at->second->times.end()) {
        ++times->second;
        ++counts_.duplicates;
        return;
      }
    }
    std::size_t const size =
        arrived->message().size() + overhead + (index_.contains(view.trace_id()) ? 0 : trace_overhead);
    bool const room = make_room(view.trace_id(), size);
    count(*arrived, view);
    if (!room) {
      ++counts_.evicted;
      return;
    }
    entry& one = entry_of(view.trace_id());
    one.times.emplace(view.span_id(), 1);
    one.bytes += size;
    one.last = std::chrono::steady_clock::now();
    one.trace.spans.push_back(std::move(arrived));
    ++counts_.held_spans;
    counts_.held_bytes += size;
  }

  entry& entry_of(trace_id id) {
    if (auto const at = index_.find(id); at != index_.end()) return *at->second;
    entries_.push_back({{id, {}}, {}, 0, 0, {}});
    index_.emplace(id, std::prev(entries_.end()));
    return entries_.back();
  }

  /// Drops the oldest traces other than `keep` until a span of this size fits; false if that is not enough.
  bool make_room(trace_id keep, std::size_t size) {
    auto oldest = entries_.begin();
    while (counts_.held_spans + 1 > options_.max_spans || counts_.held_bytes + size > options_.max_bytes) {
      if (oldest != entries_.end() && oldest->trace.id == keep) ++oldest;
      if (oldest == entries_.end()) return false;
      counts_.evicted += oldest->trace.spans.size();
      counts_.held_spans -= oldest->trace.spans.size();
      counts_.held_bytes -= oldest->bytes;
      index_.erase(oldest->trace.id);
      oldest = entries_.erase(oldest);
    }
    return true;
  }

  void count(received_span const& arrived, span_view const& view) {
    ++counts_.spans;
    bool const known = counts_.services.size() < most_services || counts_.services.contains(arrived.service());
    store_counts::service& service = counts_.services[known ? arrived.service() : std::string{"(others)"}];
    ++service.spans;
    if (view.status() == status_code::error) ++service.errors;
  }

  /// One object for all spans of a source, however many requests they come in.
  std::shared_ptr<span_source const> shared(span_source&& source) {
    std::size_t const hash = std::hash<std::string>{}(source.resource) * 31 + std::hash<std::string>{}(source.scope);
    auto const [first, last] = sources_.equal_range(hash);
    for (auto at = first; at != last; ++at)
      if (std::shared_ptr<span_source const> present = at->second.lock(); present && *present == source) return present;
    if (sources_.size() >= sweep_at_) {
      std::erase_if(sources_, [](auto const& one) { return one.second.expired(); });
      sweep_at_ = std::max<std::size_t>(1024, 2 * sources_.size());
    }
    auto made = std::make_shared<span_source const>(std::move(source));
    sources_.emplace(hash, made);
    return made;
  }

  std::optional<received_trace> found(trace_id id) const {
    auto const at = index_.find(id);
    if (at == index_.end()) return std::nullopt;
    return at->second->trace;
  }

  template <class Reached> bool wait(milliseconds timeout, Reached reached) const {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, timeout, reached);
  }

  trace_store_options options_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::list<entry> entries_; // oldest first
  std::unordered_map<trace_id, std::list<entry>::iterator> index_;
  std::unordered_multimap<std::size_t, std::weak_ptr<span_source const>> sources_;
  std::size_t sweep_at_ = 1024;
  store_counts counts_;
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/viewer/trace_intake.hpp
//
// Takes the requests to /v1/traces: reads them within bounds, decodes them, stores the spans and answers as OTLP/HTTP
// asks, or misbehaves as a planned fault tells.

namespace spanwise::inline SPANWISE_ABI {

/// How many requests to /v1/traces came to which end.
struct request_counts {
  std::uint64_t batches{};        ///< answered with success, partial success included
  std::uint64_t refused{};        ///< malformed, too large or of an unknown type, and answered so
  std::uint64_t rejected_spans{}; ///< told as rejected in partial successes
  std::uint64_t faults{};         ///< treated by a planned fault
  remark_counts remarks{};        ///< what could be better in the requests that were taken
};

namespace detail {

/// The encoding that a Content-Type names; nothing if it is none of OTLP's two.
[[nodiscard]] inline std::optional<otlp_encoding> request_encoding(std::string_view content_type) {
  std::string name{content_type.substr(0, content_type.find(';'))};
  while (!name.empty() && name.back() == ' ') name.pop_back();
  for (char& letter : name)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter + 32);
  if (name == "application/json") return otlp_encoding::json;
  if (name == "application/x-protobuf") return otlp_encoding::protobuf;
  return std::nullopt;
}

/// Answers and closes the connection, for when part of a request was left unread.
inline void answer_and_close(httplib::Response& response, int status, std::string body, char const* type) {
  response.status = status;
  std::size_t const size = body.size();
  response.set_content_provider(size, type, [body = std::move(body)](std::size_t at, std::size_t, auto& sink) {
    sink.write(body.data() + at, body.size() - at);
    return false;
  });
}

} // namespace detail

/// Where requests with spans come in. Safe for the many threads of a server.
class trace_intake {
public:
  trace_intake(trace_store& store, fault_plan& faults, std::size_t max_body) noexcept
      : store_{store}, faults_{faults}, max_body_{max_body} {}

  /// Treats one request; `gone()` tells whether its client has left or the server is stopping.
  template <class Gone>
  void take(httplib::Request const& request, httplib::Response& response, httplib::ContentReader const& content,
            Gone gone) {
    auto const encoding = detail::request_encoding(request.get_header_value("Content-Type"));
    if (!encoding) {
      return refuse_unread(request, response, content, otlp_encoding::json,
                           "Content-Type must be application/json or application/x-protobuf");
    }
    std::string const packed = request.get_header_value("Content-Encoding");
    if (!packed.empty() && packed != "identity" && packed != "gzip" && packed != "deflate" && packed != "br") {
      return refuse_unread(request, response, content, *encoding, "Content-Encoding " + packed + " is not understood");
    }
    std::string body;
    if (!read(content, body, *encoding, response)) return;

    std::optional<fault> const met = faults_.next();
    if (met && met->delay.count() > 0) faults_.hold(met->delay, gone);
    std::string wrong;
    span_request spans = decode(*encoding, std::move(body), wrong);
    if (met && (met->manner != fault_manner::answer || met->status < 200 || met->status > 299))
      return misbehave(*met, *encoding, std::move(spans), request, response, gone);
    if (!wrong.empty()) return refuse(response, *encoding, 400, wrong);
    if (met) reject_last(spans, *met);

    if (spans.rejected != 0) rejected_.fetch_add(spans.rejected, detail::relaxed);
    batches_.fetch_add(1, detail::relaxed);
    note(spans.remarks);
    store_.add(std::move(spans.groups));
    response.status = met ? met->status : 200;
    response.set_content(detail::success_body(*encoding, spans.rejected, spans.why), detail::media_type(*encoding));
  }

  [[nodiscard]] request_counts counts() const {
    std::lock_guard const lock{remarks_mutex_};
    return {batches_.load(detail::relaxed), refused_.load(detail::relaxed), rejected_.load(detail::relaxed),
            faults_.met(), remarks_};
  }
  void clear_counts() {
    std::lock_guard const lock{remarks_mutex_};
    remarks_.clear();
    batches_.store(0, detail::relaxed);
    refused_.store(0, detail::relaxed);
    rejected_.store(0, detail::relaxed);
  }

private:
  void refuse(httplib::Response& response, otlp_encoding encoding, int status, std::string_view why) {
    refused_.fetch_add(1, detail::relaxed);
    response.status = status;
    response.set_content(detail::status_body(encoding, status, why), detail::media_type(encoding));
  }

  /// Reads the body, unpacked; false if it could not be, and the request is answered.
  bool read(httplib::ContentReader const& content, std::string& body, otlp_encoding encoding,
            httplib::Response& response) {
    bool too_large = false;
    bool const complete = content([&](char const* data, std::size_t size) {
      too_large = size > max_body_ - body.size();
      if (!too_large) body.append(data, size);
      return !too_large;
    });
    if (complete) return true;
    refused_.fetch_add(1, detail::relaxed);
    int const status = too_large ? 413 : response.status == 413 || response.status == 415 ? response.status : 400;
    std::string_view const why = status == 413   ? "the body is larger than this receiver takes"
                                 : status == 415 ? "the Content-Encoding is not understood"
                                                 : "the body could not be read or unpacked";
    detail::answer_and_close(response, status, detail::status_body(encoding, status, why),
                             detail::media_type(encoding));
    return false;
  }

  /// Answers 415. The body is read all the same, or the connection closed: what it holds must not pass for a request.
  void refuse_unread(httplib::Request const& request, httplib::Response& response,
                     httplib::ContentReader const& content, otlp_encoding encoding, std::string_view why) {
    auto const ignore = [](char const*, std::size_t) { return true; };
    bool const drained =
        request.is_multipart_form_data() ? content([](auto const&) { return true; }, ignore) : content(ignore);
    if (drained) return refuse(response, encoding, 415, why);
    refused_.fetch_add(1, detail::relaxed);
    detail::answer_and_close(response, 415, detail::status_body(encoding, 415, why), detail::media_type(encoding));
  }

  static span_request decode(otlp_encoding encoding, std::string body, std::string& wrong) {
    if (encoding == otlp_encoding::json) {
      std::string protobuf;
      wrong = detail::read_otlp_json(body, detail::otlp::request(), protobuf);
      body = std::move(protobuf);
    } else {
      wrong = detail::check_otlp(detail::as_bytes(body), detail::otlp::request());
    }
    if (!wrong.empty()) return {};
    return read_otlp_request(detail::as_bytes(body));
  }

  void note(remark_counts const& remarks) {
    if (remarks.empty()) return;
    std::lock_guard const lock{remarks_mutex_};
    for (auto const& [sentence, count] : remarks) remarks_[sentence] += count;
  }

  static void reject_last(span_request& spans, fault const& met) {
    std::uint64_t left = met.reject;
    while (left != 0 && !spans.groups.empty()) {
      auto& messages = spans.groups.back().messages;
      for (; left != 0 && !messages.empty(); --left, --spans.spans, ++spans.rejected) messages.pop_back();
      if (messages.empty()) spans.groups.pop_back();
    }
    if (!met.message.empty()) spans.why = met.message;
    else if (met.reject != 0 && spans.why.empty()) spans.why = "rejected by a planned fault";
  }

  template <class Gone>
  void misbehave(fault const& met, otlp_encoding encoding, span_request spans, httplib::Request const& request,
                 httplib::Response& response, Gone gone) {
    if (met.keep || met.manner == fault_manner::garbage) store_.add(std::move(spans.groups));
    char const* const type = detail::media_type(encoding);
    switch (met.manner) {
    case fault_manner::answer:
      response.status = met.status;
      if (!met.retry_after.empty()) response.set_header("Retry-After", met.retry_after);
      response.set_content(detail::status_body(encoding, met.status, met.message), type);
      return;
    case fault_manner::garbage: // neither JSON nor protobuf: a field of 127 bytes that is not there
      response.status = 200;
      response.set_content("\x0a\x7fnot an answer", type);
      return;
    case fault_manner::cut:
      response.status = 200;
      response.set_content_provider(100, type, [](std::size_t, std::size_t, auto& sink) {
        sink.write("{\"partial", 9);
        return false;
      });
      return;
    case fault_manner::silent:
      faults_.hold(fault_plan::forever, gone);
      break;
    case fault_manner::close:
      break;
    }
    detail::shut_connections(request.local_port, request.remote_port);
    response.status = 503; // nobody reads it
  }

  trace_store& store_;
  fault_plan& faults_;
  std::size_t max_body_;
  detail::atomic<std::uint64_t> batches_{};
  detail::atomic<std::uint64_t> refused_{};
  detail::atomic<std::uint64_t> rejected_{};
  mutable std::mutex remarks_mutex_;
  remark_counts remarks_;
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/viewer/trace_summary.hpp
//
// What can be said of a trace at a glance, and of all spans of one operation: the rows of the tables and lists.

namespace spanwise::inline SPANWISE_ABI {

/// One trace in a line.
struct trace_summary {
  trace_id id{};
  std::string service{};               ///< of the root; of the earliest span while no root has come
  std::string name{};                  ///< of that span
  std::vector<std::string> services{}; ///< in the order in which they begin
  time_point start{};                  ///< the earliest start
  time_point end{};                    ///< the latest end
  std::size_t spans{};
  std::size_t errors{};
  std::size_t roots{};
  std::size_t orphans{}; ///< spans whose parent has not come

  /// One root, and every parent is there. More may still come: nobody can tell from spans alone.
  [[nodiscard]] bool whole() const noexcept { return roots == 1 && orphans == 0; }
  [[nodiscard]] std::int64_t duration_ns() const noexcept {
    return detail::nanoseconds_between(start.unix_ns, end.unix_ns);
  }
};

/// Counts and orders the spans of a trace.
[[nodiscard]] inline trace_summary summarize(received_trace const& trace) {
  trace_summary summary{};
  summary.id = trace.id;
  summary.spans = trace.spans.size();
  std::unordered_set<span_id> present;
  std::vector<std::pair<time_point, received_span const*>> order;
  for (auto const& each : trace.spans) {
    present.insert(each->view().span_id());
    order.emplace_back(each->view().start(), each.get());
  }
  std::stable_sort(order.begin(), order.end(), [](auto const& a, auto const& b) { return a.first < b.first; });
  for (auto const& [start, each] : order) {
    span_view const view = each->view();
    bool const is_root = !view.parent_span_id().valid();
    if (summary.services.empty() || (is_root && summary.roots == 0)) {
      summary.service = each->service();
      summary.name = view.name();
    }
    if (summary.services.empty()) {
      summary.start = start;
      summary.end = view.end();
    }
    summary.end = std::max({summary.end, view.end(), start});
    if (is_root) ++summary.roots;
    else if (!present.contains(view.parent_span_id())) ++summary.orphans;
    if (view.status() == status_code::error) ++summary.errors;
    if (std::find(summary.services.begin(), summary.services.end(), each->service()) == summary.services.end())
      summary.services.push_back(each->service());
  }
  return summary;
}

/// All spans of one name in one service. Times in nanoseconds; percentiles by the nearest rank.
struct operation_summary {
  std::string service{};
  std::string name{};
  std::uint64_t count{};
  std::uint64_t errors{};
  std::int64_t p50_ns{};
  std::int64_t p99_ns{};
  std::int64_t max_ns{};
};

/// The operations of these traces, sorted by service and name.
[[nodiscard]] inline std::vector<operation_summary> operations_of(std::vector<received_trace> const& traces) {
  struct gathered {
    std::vector<std::int64_t> durations;
    std::uint64_t errors{};
  };
  std::map<std::pair<std::string, std::string>, gathered> operations;
  for (received_trace const& trace : traces) {
    for (auto const& each : trace.spans) {
      span_view const view = each->view();
      gathered& one = operations[{each->service(), std::string{view.name()}}];
      std::int64_t const took = detail::nanoseconds_between(view.start().unix_ns, view.end().unix_ns);
      one.durations.push_back(std::max<std::int64_t>(took, 0));
      if (view.status() == status_code::error) ++one.errors;
    }
  }
  std::vector<operation_summary> rows;
  rows.reserve(operations.size());
  for (auto& [key, one] : operations) {
    std::vector<std::int64_t>& durations = one.durations;
    std::sort(durations.begin(), durations.end());
    auto const rank = [&durations](double share) {
      auto const nearest = static_cast<std::size_t>(std::ceil(share * static_cast<double>(durations.size())));
      return durations[std::max<std::size_t>(nearest, 1) - 1];
    };
    rows.push_back({key.first, key.second, durations.size(), one.errors, rank(0.50), rank(0.99), durations.back()});
  }
  return rows;
}

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/viewer/receiver_answers.hpp
//
// The JSON that the receiver answers with under /api: what a test, a script or a page asks about the traces it holds.
// Times are nanoseconds; those since 1970 are decimal text, as in OTLP/JSON, durations are numbers.

namespace spanwise::inline SPANWISE_ABI {

/// Which traces to list, newest first.
struct trace_query {
  std::size_t limit = 100;
  std::string service{};       ///< only traces that pass this service, if not empty
  std::optional<bool> error{}; ///< only traces with, or without, a span that failed
};

namespace detail {

using shown_json = nlohmann::ordered_json;

template <class Json> [[nodiscard]] std::string to_text(Json const& json, int indent = -1) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

[[nodiscard]] inline shown_json listed(trace_summary const& trace) {
  return {{"traceId", std::string{trace.id.hex().view()}},
          {"service", trace.service},
          {"name", trace.name},
          {"startTimeUnixNano", std::to_string(trace.start.unix_ns)},
          {"durationNano", trace.duration_ns()},
          {"spans", trace.spans},
          {"errors", trace.errors},
          {"services", trace.services},
          {"roots", trace.roots},
          {"orphans", trace.orphans},
          {"whole", trace.whole()}};
}

} // namespace detail

/// Calls `visit` with each trace that is asked for and its summary, newest first.
template <class Visit> void for_each_match(trace_store const& store, trace_query const& query, Visit visit) {
  std::vector<received_trace> const traces = store.traces();
  std::size_t left = query.limit;
  for (auto trace = traces.rbegin(); trace != traces.rend() && left != 0; ++trace) {
    trace_summary const row = summarize(*trace);
    auto const& services = row.services;
    if (!query.service.empty() && std::find(services.begin(), services.end(), query.service) == services.end())
      continue;
    if (query.error && *query.error != (row.errors != 0)) continue;
    visit(*trace, row);
    --left;
  }
}

/// {"traces": [{"traceId": …, "service": …, "name": …, "durationNano": …, …}]}, newest first.
[[nodiscard]] inline nlohmann::ordered_json traces_answer(trace_store const& store, trace_query const& query) {
  auto rows = detail::shown_json::array();
  for_each_match(store, query,
                 [&](received_trace const&, trace_summary const& row) { rows.push_back(detail::listed(row)); });
  return {{"traces", std::move(rows)}};
}

/// The spans of a trace as one OTLP/JSON request: each field as it came, spans of one source brought together.
[[nodiscard]] inline nlohmann::ordered_json trace_answer(received_trace const& trace) {
  using detail::shown_json;
  struct scope_group {
    span_source const* source;
    shown_json spans;
  };
  std::vector<std::pair<span_source const*, std::vector<scope_group>>> resources;
  for (auto const& each : trace.spans) {
    span_source const& source = each->source();
    auto resource = std::find_if(resources.begin(), resources.end(), [&](auto const& one) {
      return one.first->resource == source.resource && one.first->resource_schema_url == source.resource_schema_url;
    });
    if (resource == resources.end()) resource = resources.insert(resource, {&source, {}});
    auto& scopes = resource->second;
    auto scope = std::find_if(scopes.begin(), scopes.end(), [&](auto const& one) { return *one.source == source; });
    if (scope == scopes.end()) scope = scopes.insert(scope, {&source, shown_json::array()});
    scope->spans.push_back(detail::to_otlp_json(detail::as_bytes(each->message()), detail::otlp::span()));
  }
  auto resource_spans = shown_json::array();
  for (auto& [source, scopes] : resources) {
    shown_json one{{"resource", detail::to_otlp_json(detail::as_bytes(source->resource), detail::otlp::resource())},
                   {"scopeSpans", shown_json::array()}};
    for (scope_group& group : scopes) {
      shown_json scope{{"scope", detail::to_otlp_json(detail::as_bytes(group.source->scope), detail::otlp::scope())},
                       {"spans", std::move(group.spans)}};
      if (!group.source->scope_schema_url.empty()) scope["schemaUrl"] = group.source->scope_schema_url;
      one["scopeSpans"].push_back(std::move(scope));
    }
    if (!source->resource_schema_url.empty()) one["schemaUrl"] = source->resource_schema_url;
    resource_spans.push_back(std::move(one));
  }
  return {{"resourceSpans", std::move(resource_spans)}};
}

/// {"operations": [{"service": …, "name": …, "count": …, "errors": …, "p50Nano": …, "p99Nano": …, "maxNano": …}]}.
[[nodiscard]] inline nlohmann::ordered_json operations_answer(trace_store const& store) {
  auto rows = detail::shown_json::array();
  for (operation_summary const& one : operations_of(store.traces()))
    rows.push_back({{"service", one.service},
                    {"name", one.name},
                    {"count", one.count},
                    {"errors", one.errors},
                    {"p50Nano", one.p50_ns},
                    {"p99Nano", one.p99_ns},
                    {"maxNano", one.max_ns}});
  return {{"operations", std::move(rows)}};
}

/// Counters since the start or the last clear.
[[nodiscard]] inline nlohmann::ordered_json stats_answer(trace_store const& store, request_counts const& requests) {
  store_counts const counts = store.counts();
  auto services = detail::shown_json::object();
  for (auto const& [name, service] : counts.services)
    services[name] = {{"spans", service.spans}, {"errors", service.errors}};
  auto remarks = detail::shown_json::object();
  for (auto const& [sentence, count] : requests.remarks) remarks[std::string{sentence}] = count;
  return {{"spans", counts.spans},
          {"duplicates", counts.duplicates},
          {"rejected", requests.rejected_spans},
          {"evicted", counts.evicted},
          {"batches", requests.batches},
          {"refused", requests.refused},
          {"faults", requests.faults},
          {"held", {{"traces", counts.held_traces}, {"spans", counts.held_spans}, {"bytes", counts.held_bytes}}},
          {"services", std::move(services)},
          {"remarks", std::move(remarks)}};
}

/// {"traces": {"<trace id>": {"<span id>": times it came}}}: what really arrived, for counting.
[[nodiscard]] inline nlohmann::json span_ids_answer(trace_store const& store) {
  auto traces = nlohmann::json::object();
  for (received_trace const& trace : store.traces()) {
    auto spans = nlohmann::json::object();
    for (auto const& each : trace.spans) {
      span_id const id = each->view().span_id();
      spans[std::string{id.hex().view()}] = store.arrivals(trace.id, id);
    }
    traces[std::string{trace.id.hex().view()}] = std::move(spans);
  }
  return {{"traces", std::move(traces)}};
}

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/viewer/trace_drawing.hpp
//
// Draws received traces and tables of them as text for a terminal. The drawing of a trace is that of the console
// exporter, over several services, with what only a receiver can see: parents that never came, and clocks that differ.

namespace spanwise::inline SPANWISE_ABI {

/// How traces are drawn.
struct drawing_options {
  waterfall_style style{};
  bool all_attributes = false; ///< otherwise those that say little, or what the name says already, are left out
};

namespace detail {

/// True for what instrumentation records on each span of its kind and nobody looks for first: addresses and versions,
/// the status of calls that went well, what the name says already, and the URL of a call whose other end is drawn
/// below.
[[nodiscard]] inline bool says_little(attribute_view const& attribute, std::string_view span_name,
                                      bool called_is_drawn) noexcept {
  for (std::string_view const prefix : {"telemetry.", "network.", "user_agent.", "server.", "client.", "thread.",
                                        "code.", "otel.", "url.scheme", "exception.stacktrace"})
    if (attribute.key.starts_with(prefix)) return true;
  std::string_view const value = attribute.value.as_string();
  if (attribute.key == "url.full") return called_is_drawn;
  if (attribute.key == "http.response.status_code") return attribute.value.as_int() < 400;
  if (attribute.key == "error.type") return value.find_first_not_of("0123456789") == value.npos;
  return value.size() > 1 && span_name.find(value) != span_name.npos;
}

/// What is odd about a span, seen beside its parent; nullptr if that has not come.
[[nodiscard]] inline std::vector<std::string> notes_on(received_span const& each, received_span const* parent,
                                                       std::string_view micro) {
  span_view const view = each.view();
  std::vector<std::string> notes;
  auto const length = [&](std::int64_t from, std::int64_t to) {
    std::int64_t const gap = nanoseconds_between(from, to);
    return duration_text(gap, unit_of(gap), micro);
  };
  if (parent != nullptr && view.start() < parent->view().start()) {
    std::string note = "starts " + length(view.start().unix_ns, parent->view().start().unix_ns) + " before its parent";
    if (parent->service() != each.service()) note += ": clocks differ";
    notes.push_back(std::move(note));
  }
  note_oddities(notes, view);
  return notes;
}

/// A line for a trace of which something is missing; empty if nothing is.
[[nodiscard]] inline std::string mark_of(trace_summary const& trace) {
  if (trace.whole()) return {};
  std::string mark = "incomplete:";
  if (trace.roots == 0) mark += " the root span has not come";
  else if (trace.roots > 1) mark += ' ' + plural(trace.roots, "root");
  if (trace.orphans != 0) {
    if (mark.back() != ':') mark += ',';
    mark += trace.orphans == 1 ? " the parent of 1 span has not come"
                               : " the parents of " + std::to_string(trace.orphans) + " spans have not come";
  }
  return mark;
}

inline void append_colored(std::string& out, std::string_view text, std::string_view color, bool colors) {
  if (colors) out += color;
  out += text;
  if (colors) out += "\x1b[0m";
}

/// Rows of cells below a head, in columns as wide as their widest cell. The columns from `numbers` on stand to the
/// right; in column `errors` all but "0" is red.
inline void append_table(std::string& out, std::vector<std::vector<std::string>> const& rows, std::size_t numbers,
                         std::size_t errors, bool colors) {
  std::vector<std::size_t> widths(rows.front().size());
  for (auto const& row : rows)
    for (std::size_t column = 0; column < row.size(); ++column)
      widths[column] = std::max(widths[column], display_width(row[column]));
  for (auto const& row : rows) {
    bool const head = &row == &rows.front();
    for (std::size_t column = 0; column < row.size(); ++column) {
      std::string const& cell = row[column];
      std::size_t const blank = widths[column] - display_width(cell);
      bool const red = !head && column == errors && cell != "0";
      if (column >= numbers) out.append(blank, ' ');
      append_colored(out, cell, head ? "\x1b[2m" : "\x1b[31m", colors && (head || red));
      if (column + 1 == row.size()) break;
      out.append(column < numbers ? blank + 2 : 2, ' ');
    }
    out += '\n';
  }
}

} // namespace detail

/// One trace as a waterfall over all its services.
[[nodiscard]] inline std::string draw_trace(received_trace const& trace, drawing_options const& options = {}) {
  std::unordered_map<span_id, received_span const*> by_id;
  for (auto const& each : trace.spans) by_id.emplace(each->view().span_id(), each.get());
  std::unordered_set<span_id> callers; // of spans in other services
  for (auto const& each : trace.spans)
    if (auto const parent = by_id.find(each->view().parent_span_id());
        parent != by_id.end() && parent->second->service() != each->service())
      callers.insert(parent->first);
  std::string_view const micro = options.style.unicode ? "µs" : "us";
  std::vector<waterfall_span> rows;
  rows.reserve(trace.spans.size());
  for (auto const& each : trace.spans) {
    span_view const view = each->view();
    auto const parent = by_id.find(view.parent_span_id());
    waterfall_span row;
    row.trace_id = view.trace_id();
    row.span_id = view.span_id();
    row.parent_id = view.parent_span_id();
    row.service = each->service();
    row.name = view.name();
    row.kind = view.kind();
    row.start = view.start();
    row.end = view.end();
    row.status = view.status();
    row.message = view.status_message();
    auto const hidden = [&](attribute_view const& attribute) {
      return !options.all_attributes && detail::says_little(attribute, view.name(), callers.contains(view.span_id()));
    };
    row.attributes = detail::attribute_texts(view.attributes(), hidden);
    for (event_view const event : view.events())
      row.events.push_back(
          {std::string{event.name()}, event.time(), detail::attribute_texts(event.attributes(), hidden)});
    for (link_view const link : view.links()) row.links.push_back({link.trace_id(), link.span_id()});
    row.notes = detail::notes_on(*each, parent == by_id.end() ? nullptr : parent->second, micro);
    rows.push_back(std::move(row));
  }
  std::string out;
  draw_waterfall(rows, options.style, out);
  std::string const mark = detail::mark_of(summarize(trace));
  if (mark.empty()) return out;
  detail::append_colored(out, mark, "\x1b[33m", options.style.colors);
  return out += '\n';
}

/// A table of operations: service, operation, count, errors, p50, p99.
[[nodiscard]] inline std::string draw_operations(std::vector<operation_summary> const& operations,
                                                 waterfall_style const& style = {}) {
  std::string_view const micro = style.unicode ? "µs" : "us";
  std::string_view const ellipsis = style.unicode ? "…" : "...";
  auto const time = [&](std::int64_t ns) { return detail::duration_text(ns, detail::unit_of(ns), micro); };
  std::size_t const widest = std::max<std::size_t>(style.width, 80) - 50;
  std::vector<std::vector<std::string>> rows{{"service", "operation", "count", "errors", "p50", "p99"}};
  for (operation_summary const& one : operations)
    rows.push_back({detail::cut_to(detail::printable(one.service), 20, ellipsis),
                    detail::cut_to(detail::printable(one.name), widest, ellipsis), std::to_string(one.count),
                    std::to_string(one.errors), time(one.p50_ns), time(one.p99_ns)});
  std::string out;
  detail::append_table(out, rows, 2, 3, style.colors);
  return out;
}

/// A table of traces, one a line.
[[nodiscard]] inline std::string draw_trace_list(std::vector<trace_summary> const& traces,
                                                 waterfall_style const& style = {}) {
  std::string_view const micro = style.unicode ? "µs" : "us";
  std::string_view const ellipsis = style.unicode ? "…" : "...";
  std::vector<std::vector<std::string>> rows{{"trace", "service", "operation", "services", "spans", "errors", "time"}};
  for (trace_summary const& one : traces) {
    std::int64_t const length = one.duration_ns();
    rows.push_back({std::string{one.id.hex().view()}, detail::cut_to(detail::printable(one.service), 20, ellipsis),
                    detail::cut_to(detail::printable(one.name), 40, ellipsis), std::to_string(one.services.size()),
                    std::to_string(one.spans), std::to_string(one.errors),
                    detail::duration_text(length, detail::unit_of(length), micro)});
  }
  std::string out;
  detail::append_table(out, rows, 3, 5, style.colors);
  return out;
}

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/viewer/receiver.hpp
//
// A local receiver of OTLP/HTTP traces: runs on its own threads inside a program or a test, keeps what comes in within
// bounds, and answers questions about it under /api. Meant for one's own machine: it listens on loopback and has no
// TLS.

namespace spanwise::inline SPANWISE_ABI {

/// How a receiver is set up.
struct receiver_options {
  std::string host = "127.0.0.1"; ///< the address to listen on
  int port = 0;                   ///< 0 takes a free one
  trace_store_options store{};
  std::size_t max_body = std::size_t{64} << 20; ///< bytes of one request, unpacked
  std::vector<std::string> allowed_hosts{};     ///< names beside localhost by which clients may call it
};

/// Receives OTLP/HTTP from construction to destruction.
///
/// If it cannot listen it does not throw: running() is then false and error() says why.
class receiver {
public:
  [[nodiscard]] explicit receiver(receiver_options options = {})
      : options_{std::move(options)}, store_{options_.store}, intake_{store_, faults_, options_.max_body} {
    set_up();
    if (!bind()) return;
    thread_ = std::thread{[this] {
      server_.listen_after_bind();
      ended_.store(true);
    }};
    while (!server_.is_running() && !ended_.load()) std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  receiver(receiver const&) = delete;
  receiver& operator=(receiver const&) = delete;
  ~receiver() { stop(); }

  [[nodiscard]] bool running() const noexcept { return thread_.joinable() && !ended_.load(); }
  /// Why it does not run; empty if it does, or did until stop().
  [[nodiscard]] std::string const& error() const noexcept { return error_; }
  [[nodiscard]] int port() const noexcept { return port_; }
  /// What OTEL_EXPORTER_OTLP_ENDPOINT must be to send here, such as "http://127.0.0.1:4318".
  [[nodiscard]] std::string endpoint() const {
    std::string const host = options_.host == "0.0.0.0" ? "127.0.0.1" : options_.host == "::" ? "::1" : options_.host;
    return "http://" + (host.find(':') == host.npos ? host : '[' + host + ']') + ':' + std::to_string(port_);
  }

  [[nodiscard]] trace_store& store() noexcept { return store_; }
  [[nodiscard]] trace_store const& store() const noexcept { return store_; }
  /// What goes wrong on purpose with the requests to come.
  [[nodiscard]] fault_plan& faults() noexcept { return faults_; }
  [[nodiscard]] request_counts requests() const { return intake_.counts(); }

  /// Forgets spans and counters.
  void clear() {
    store_.clear();
    intake_.clear_counts();
  }

  /// Closes all connections and ends the threads; what was received stays readable. Also done by the destructor.
  void stop() {
    if (!thread_.joinable()) return;
    stopping_.store(true);
    server_.stop();
    while (!ended_.load()) {
      faults_.clear();
      detail::shut_connections(port_);
      std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
    thread_.join();
  }

private:
  using request_type = httplib::Request;
  using response_type = httplib::Response;

  bool bind() {
    if (options_.port == 0) port_ = server_.bind_to_any_port(options_.host);
    else port_ = server_.bind_to_port(options_.host, options_.port) ? options_.port : -1;
    if (port_ > 0) return true;
    port_ = 0;
    error_ = "cannot listen on " + options_.host + ':' + std::to_string(options_.port) +
             ": the port is in use, or the address is not of this machine";
    return false;
  }

  void set_up() {
    server_.new_task_queue = [] { return new httplib::ThreadPool(64); }; // a kept-alive connection holds one
    server_.set_keep_alive_max_count(1'000'000);
    server_.set_keep_alive_timeout(30); // exporters send every 5 s
    server_.set_tcp_nodelay(true);
    server_.set_payload_max_length(options_.max_body);
    // httplib's own choice, SO_REUSEPORT, would let two receivers share one port and half of the spans each.
    server_.set_socket_options([](auto socket) {
      int const yes = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    server_.set_pre_routing_handler([this](request_type const& request, response_type& response) {
      return guard(request, response) && numbers_are_numbers(request, response)
                 ? httplib::Server::HandlerResponse::Unhandled
                 : httplib::Server::HandlerResponse::Handled;
    });
    server_.set_error_handler([](request_type const&, response_type& response) {
      if (response.has_header("Content-Type")) return;
      answer_status(response, response.status, "there is nothing at this path; see GET /");
    });
    intake_routes();
    question_routes();
    text_routes();
  }

  /// Refuses what a page of another site could send through a browser.
  bool guard(request_type const& request, response_type& response) const {
    std::string const host = request.get_header_value("Host");
    bool const known = host.empty() || detail::local_host(host, options_.allowed_hosts);
    bool const own = !request.has_header("Origin") || detail::local_origin(request.get_header_value("Origin"), host);
    if (known && own) return true;
    detail::answer_and_close(response, 403,
                             detail::status_body(otlp_encoding::json, 403,
                                                 known ? "pages of other origins may not write here"
                                                       : "this Host is not allowed; add it to allowed_hosts"),
                             "application/json");
    return false;
  }

  /// Refuses a question whose limits can't be meant.
  static bool numbers_are_numbers(request_type const& request, response_type& response) {
    if (request.path.rfind("/v1/", 0) == 0) return true;
    for (char const* const name : {"limit", "width", "spans", "traces", "timeout"}) {
      if (!request.has_param(name) || read_number(request.get_param_value(name))) continue;
      detail::answer_and_close(
          response, 400,
          detail::status_body(otlp_encoding::json, 400, std::string{name} + " must be a whole number, 0 or more"),
          "application/json");
      return false;
    }
    return true;
  }

  void intake_routes() {
    server_.Post("/v1/traces",
                 [this](request_type const& request, response_type& response, httplib::ContentReader const& content) {
                   intake_.take(request, response, content,
                                [&] { return stopping_.load() || detail::client_gone(port_, request.remote_port); });
                 });
    server_.Get("/v1/traces", [](request_type const&, response_type& response) {
      response.set_header("Allow", "POST");
      answer_status(response, 405, "traces are sent with POST");
    });
    server_.Post("/api/clear",
                 [this](request_type const& request, response_type& response, httplib::ContentReader const& content) {
                   if (request.has_header("Content-Length") || request.has_header("Transfer-Encoding"))
                     content([](char const*, std::size_t) { return true; });
                   clear();
                   answer(response, detail::shown_json::object());
                 });
  }

  void question_routes() {
    server_.Get("/", [](request_type const&, response_type& response) {
      response.set_content("spanwise receiver: send OTLP/HTTP traces to POST /v1/traces, and ask\n"
                           "GET  /api/traces?limit=100&service=NAME&error=true\n"
                           "GET  /api/traces/TRACE_ID\n"
                           "GET  /api/operations\n"
                           "GET  /api/stats\n"
                           "GET  /api/span_ids\n"
                           "GET  /api/wait?spans=N&traces=N&timeout=MS\n"
                           "POST /api/clear\n"
                           "and, as text for a terminal, with ?width=COLUMNS, &colors=1 and &unicode=0 where wanted,\n"
                           "GET  /text/traces?limit=20&service=NAME&error=true\n"
                           "GET  /text/traces/TRACE_ID or /text/traces/latest?service=NAME&error=true\n"
                           "GET  /text/operations\n",
                           "text/plain");
    });
    server_.Get("/api/traces", [this](request_type const& request, response_type& response) {
      answer(response, traces_answer(store_, query_of(request, 100)));
    });
    server_.Get("/api/traces/.+", [this](request_type const& request, response_type& response) {
      if (auto const trace = asked_for(request, response, "/api/traces/")) answer(response, trace_answer(*trace));
    });
    server_.Get("/api/operations",
                [this](request_type const&, response_type& response) { answer(response, operations_answer(store_)); });
    server_.Get("/api/stats", [this](request_type const&, response_type& response) {
      answer(response, stats_answer(store_, requests()));
    });
    server_.Get("/api/span_ids",
                [this](request_type const&, response_type& response) { answer(response, span_ids_answer(store_)); });
    server_.Get("/api/wait", [this](request_type const& request, response_type& response) {
      bool const reached = wait(number(request, "spans", 0), number(request, "traces", 0),
                                std::min<std::size_t>(number(request, "timeout", 5000), 600'000));
      answer(response, detail::shown_json{{"reached", reached}});
    });
  }

  void text_routes() {
    server_.Get("/text/traces", [this](request_type const& request, response_type& response) {
      std::vector<trace_summary> rows;
      for_each_match(store_, query_of(request, 20),
                     [&](received_trace const&, trace_summary const& row) { rows.push_back(row); });
      answer_text(response, draw_trace_list(rows, style_of(request)));
    });
    server_.Get("/text/traces/latest", [this](request_type const& request, response_type& response) {
      std::optional<received_trace> latest;
      for_each_match(store_, query_of(request, 1),
                     [&](received_trace const& trace, trace_summary const&) { latest = trace; });
      if (!latest) return answer_status(response, 404, "no such trace is held");
      answer_text(response, draw_trace(*latest, {style_of(request)}));
    });
    server_.Get("/text/traces/.+", [this](request_type const& request, response_type& response) {
      if (auto const trace = asked_for(request, response, "/text/traces/"))
        answer_text(response, draw_trace(*trace, {style_of(request)}));
    });
    server_.Get("/text/operations", [this](request_type const& request, response_type& response) {
      answer_text(response, draw_operations(operations_of(store_.traces()), style_of(request)));
    });
  }

  static trace_query query_of(request_type const& request, std::size_t limit) {
    trace_query query;
    query.limit = number(request, "limit", limit);
    query.service = request.get_param_value("service");
    if (request.has_param("error"))
      query.error = request.get_param_value("error") != "false" && request.get_param_value("error") != "0";
    return query;
  }

  static waterfall_style style_of(request_type const& request) {
    return {.width = std::min<std::size_t>(number(request, "width", 100), 1000),
            .unicode = request.get_param_value("unicode") != "0",
            .colors = request.get_param_value("colors") == "1"};
  }

  /// The trace whose id ends the path; nothing, and the request is answered, if there is none.
  std::optional<received_trace> asked_for(request_type const& request, response_type& response,
                                          std::string_view prefix) const {
    std::string bytes;
    bool const hex = detail::decode_hex(std::string_view{request.path}.substr(prefix.size()), bytes);
    auto const id = detail::read_id<trace_id>(detail::as_bytes(hex ? std::string_view{bytes} : ""));
    std::optional<received_trace> trace;
    if (!id.valid()) answer_status(response, 400, "a trace id is 32 hexadecimal digits, not all zero");
    else if (trace = store_.trace(id); !trace) answer_status(response, 404, "no span of this trace is held");
    return trace;
  }

  bool wait(std::size_t spans, std::size_t traces, std::size_t timeout_ms) const {
    auto const until = std::chrono::steady_clock::now() + std::chrono::milliseconds{timeout_ms};
    for (;;) {
      store_counts const counts = store_.counts();
      if (counts.spans >= spans && counts.held_traces >= traces) return true;
      if (stopping_.load() || std::chrono::steady_clock::now() >= until) return false;
      store_.wait_for_spans(counts.spans + 1, std::chrono::milliseconds{20});
    }
  }

  static std::size_t number(request_type const& request, char const* name, std::size_t otherwise) {
    return read_number(request.get_param_value(name)).value_or(otherwise);
  }
  static std::optional<std::size_t> read_number(std::string const& text) {
    std::size_t value{};
    auto const [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && stop == text.data() + text.size() ? std::optional{value} : std::nullopt;
  }

  template <class Json> static void answer(response_type& response, Json const& json) {
    response.status = 200;
    response.set_content(detail::to_text(json), "application/json");
  }
  static void answer_text(response_type& response, std::string const& text) {
    response.status = 200;
    response.set_content(text, "text/plain; charset=utf-8");
  }
  static void answer_status(response_type& response, int status, std::string_view message) {
    response.status = status;
    response.set_content(detail::status_body(otlp_encoding::json, status, message), "application/json");
  }

  receiver_options options_;
  fault_plan faults_;
  trace_store store_;
  trace_intake intake_;
  httplib::Server server_;
  std::thread thread_;
  std::atomic<bool> ended_{false};
  std::atomic<bool> stopping_{false};
  int port_ = 0;
  std::string error_;
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/viewer/receiver_program.hpp
//
// The receiver as a program: takes traces until it is told to stop, draws each as it finishes, and sums up at the end.

namespace spanwise::inline SPANWISE_ABI {

/// What the command line of the receiver sets.
struct receiver_program_options {
  receiver_options receiver{.port = 4318};
  bool quiet = false;       ///< draws nothing while it runs
  bool errors_only = false; ///< draws failed traces only
  bool all_attributes = false;
  std::size_t once = 0;                             ///< ends after so many drawn traces; 0 goes on
  std::chrono::milliseconds finished_after{1000};   ///< of silence, if nothing seems to be missing
  std::chrono::milliseconds incomplete_after{6000}; ///< otherwise: longer than exporters hold spans back
  bool help = false;
};

inline constexpr std::string_view receiver_usage =
    "usage: spanwise-receiver [options]\n"
    "Receives OTLP/HTTP traces, draws them, and answers questions at http://HOST:PORT/.\n"
    "  --port N            listens on this port (4318; 0 takes a free one)\n"
    "  --host ADDRESS      listens on this address (127.0.0.1)\n"
    "  --allow-host NAME   lets clients call it by this name; may be repeated\n"
    "  --quiet             draws nothing while it runs, sums up at the end\n"
    "  --errors            draws failed traces only\n"
    "  --all-attributes    draws the attributes too that say little\n"
    "  --once N            ends after N drawn traces\n"
    "  --wait MS           a trace is finished after so much silence (1000)\n"
    "  --max-spans N       keeps this many spans, the latest (500000)\n"
    "  --max-bytes N       keeps this many bytes of them (536870912)\n"
    "  --help\n";

/// Reads a command line, without the name of the program. An empty string, or a sentence about what is wrong with it.
[[nodiscard]] inline std::string read_arguments(std::span<char const* const> arguments,
                                                receiver_program_options& options) {
  std::string wrong;
  for (std::size_t at = 0; at < arguments.size() && wrong.empty(); ++at) {
    std::string_view const name = arguments[at];
    auto const text = [&]() -> std::string {
      if (at + 1 < arguments.size()) return arguments[++at];
      wrong = std::string{name} + " needs a value";
      return {};
    };
    auto const number = [&](auto& target, std::uint64_t most) {
      std::string const value = text();
      std::uint64_t parsed{};
      auto const [stop, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
      bool const whole = error == std::errc{} && stop == value.data() + value.size() && parsed <= most;
      if (wrong.empty() && !whole) wrong = std::string{name} + " takes a number up to " + std::to_string(most);
      if (whole) target = static_cast<std::remove_reference_t<decltype(target)>>(parsed);
    };
    if (name == "--port") number(options.receiver.port, 65535);
    else if (name == "--host") options.receiver.host = text();
    else if (name == "--allow-host") options.receiver.allowed_hosts.push_back(text());
    else if (name == "--quiet") options.quiet = true;
    else if (name == "--errors") options.errors_only = true;
    else if (name == "--all-attributes") options.all_attributes = true;
    else if (name == "--once") number(options.once, 1'000'000'000);
    else if (name == "--max-spans") number(options.receiver.store.max_spans, 1'000'000'000);
    else if (name == "--max-bytes") number(options.receiver.store.max_bytes, std::uint64_t{1} << 40);
    else if (name == "--help") options.help = true;
    else if (name == "--wait") {
      std::uint64_t wait = 0;
      number(wait, 3'600'000);
      options.finished_after = std::chrono::milliseconds{wait};
      options.incomplete_after = std::max(options.incomplete_after, options.finished_after);
    } else wrong = "unknown option " + std::string{name};
  }
  return wrong;
}

/// One run of the program: give it a place to write to, and call run() until it returns.
class receiver_program {
public:
  [[nodiscard]] receiver_program(receiver_program_options const& options, std::FILE* out,
                                 environment const& env = environment::process())
      : options_{options}, out_{out}, receiver_{options.receiver}, default_width_{detail::default_columns(env)},
        unicode_{detail::utf8_locale(env)}, colors_{detail::wants_colors(out, env)} {}

  [[nodiscard]] receiver& in() noexcept { return receiver_; }

  /// Receives and draws until `stop` is true or enough was drawn; then draws what is left and sums up. The exit status.
  int run(std::atomic<bool> const& stop) {
    if (!receiver_.running()) {
      write("spanwise-receiver: " + receiver_.error() + '\n');
      return 1;
    }
    write("receiving traces at " + receiver_.endpoint() + "/v1/traces\n");
    while (!stop.load() && !enough()) {
      draw(options_.finished_after, options_.incomplete_after);
      std::uint64_t const seen = receiver_.store().counts().spans;
      receiver_.store().wait_for_spans(seen + 1, std::chrono::milliseconds{100});
    }
    receiver_.stop();
    draw({}, {});
    sum_up();
    return 0;
  }

private:
  [[nodiscard]] bool enough() const noexcept { return options_.once != 0 && drawn_ >= options_.once; }

  void draw(std::chrono::milliseconds quiet, std::chrono::milliseconds patience) {
    if (options_.quiet && options_.once == 0) return;
    auto const whole = [](received_trace const& trace) { return summarize(trace).whole(); };
    for (finished_trace const& one : receiver_.store().take_finished(quiet, patience, whole)) {
      if (enough()) return;
      if (options_.errors_only && summarize(one.trace).errors == 0) continue;
      ++drawn_;
      if (options_.quiet) continue;
      write('\n' + draw_trace(one.trace, {style(), options_.all_attributes}));
      if (one.again) write("drawn again: spans have come since\n");
    }
  }

  void sum_up() {
    store_counts const counts = receiver_.store().counts();
    request_counts const requests = receiver_.requests();
    std::string line = "\nreceived " + detail::plural(counts.spans, "span") + " in " +
                       detail::plural(counts.held_traces, "trace") + " from " +
                       detail::plural(counts.services.size(), "service");
    auto const odd = [&](std::uint64_t count, std::string_view what) {
      if (count != 0) line += ", " + std::to_string(count) + ' ' + std::string{what};
    };
    odd(counts.duplicates, "came twice");
    odd(requests.rejected_spans, "rejected");
    odd(requests.refused, "requests refused");
    odd(counts.evicted, "no longer held");
    write(line + '\n');
    if (counts.held_spans != 0) write(draw_operations(operations_of(receiver_.store().traces()), style()));
  }

  [[nodiscard]] waterfall_style style() const {
    std::size_t const columns = detail::terminal_columns(out_);
    return {.width = columns != 0 ? columns : default_width_, .unicode = unicode_, .colors = colors_};
  }

  void write(std::string const& text) {
    std::fwrite(text.data(), 1, text.size(), out_);
    std::fflush(out_);
  }

  receiver_program_options options_;
  std::FILE* out_;
  receiver receiver_;
  std::size_t drawn_ = 0;
  std::size_t default_width_;
  bool unicode_;
  bool colors_;
};

namespace detail {

inline std::atomic<bool> receiver_told_to_stop{false};

} // namespace detail

/// The whole of main: reads the command line, runs until SIGINT or SIGTERM, and returns the exit status.
[[nodiscard]] inline int run_receiver(int argc, char const* const* argv) {
  receiver_program_options options;
  std::string const wrong = read_arguments({argv + 1, static_cast<std::size_t>(argc > 0 ? argc - 1 : 0)}, options);
  if (!wrong.empty() || options.help) {
    if (!wrong.empty()) std::fprintf(stderr, "spanwise-receiver: %s\n", wrong.c_str());
    std::fwrite(receiver_usage.data(), 1, receiver_usage.size(), wrong.empty() ? stdout : stderr);
    return wrong.empty() ? 0 : 2;
  }
  for (int const signal : {SIGINT, SIGTERM})
    std::signal(signal, [](int) { detail::receiver_told_to_stop.store(true); });
  return receiver_program{options, stdout}.run(detail::receiver_told_to_stop);
}

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/receiver.hpp
//
// A local receiver of OTLP/HTTP traces, for tests and for looking at traces on one's own machine.
// Needs cpp-httplib and nlohmann_json; programs that only send traces do not include it.
