// Turns OTLP/JSON into OTLP/protobuf as it is parsed, so that behind this door there is one form of a span.
// Strict where OTLP is: names in lowerCamelCase, ids as hexadecimal digits of either case, enumerations as numbers,
// 64-bit integers as text or number. Keys that OTLP does not know are skipped, null counts as absent.
#pragma once

#include <spanwise/core/environment.hpp>
#include <spanwise/viewer/otlp_schema.hpp>
#include <spanwise/viewer/otlp_text.hpp>

#include <nlohmann/json.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

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
