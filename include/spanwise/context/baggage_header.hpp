// The text of the baggage header (W3C Baggage): read from any number of header values, written from a set.
// Whole members only, at most 180 of them and 8192 bytes, in both directions.
#pragma once

#include <spanwise/core/baggage.hpp>
#include <spanwise/core/diagnostics.hpp>
#include <spanwise/detail/percent.hpp>
#include <spanwise/detail/utf8.hpp>

namespace spanwise::inline SPANWISE_ABI::detail {

inline constexpr std::size_t baggage_members = 180;
inline constexpr std::size_t baggage_bytes = 8192;

/// The alphabet of names: RFC 7230, token.
inline constexpr char_set token_chars{"!!#'*+-.09AZ^z||~~"};
/// The alphabet of values on the wire, and that of what is written there uncoded.
inline constexpr char_set baggage_value_chars{"!!#+-:<[]~"};
inline constexpr char_set baggage_plain_chars{"!!#$&+-:<[]~"};
/// What metadata may hold to be sent: all that cannot end the member or the header.
inline constexpr char_set baggage_metadata_chars{"\t\t +-~"};

/// Decodes a value of the wire to `out`, which has room for text.size() bytes; what is no UTF-8 becomes U+FFFD.
inline std::size_t decode_baggage_value(char* out, std::string_view text) noexcept {
  std::size_t const size = percent_decode(out, text);
  if (valid_utf8({out, size})) return size;
  // Repair in place: each ill-formed part came from at least three coded characters, so what is written at the front
  // never overtakes what is read from the back.
  char* const back = out + text.size() - size;
  std::memmove(back, out, size);
  char* at = out;
  repair_utf8({back, size}, [&at](std::string_view piece) noexcept {
    std::memmove(at, piece.data(), piece.size());
    at += piece.size();
  });
  return static_cast<std::size_t>(at - out);
}

/// Reads a set from the values of a baggage header, which are one list. Malformed members are skipped.
class baggage_reader {
public:
  void add(std::string_view header) noexcept {
    if (full_) return;
    if (input_ != 0) ++input_; // the comma that would join them
    bool const too_long = header.size() + input_ > baggage_bytes;
    if (too_long) {
      header = header.substr(0, baggage_bytes + 1 - (input_ < baggage_bytes ? input_ : baggage_bytes));
      std::size_t const last_comma = header.rfind(',');
      header = header.substr(0, last_comma == header.npos ? 0 : last_comma);
    }
    input_ += header.size();
    std::size_t members = 1;
    for (char const byte : header) members += byte == ',';
    if (members > baggage_members) members = baggage_members;
    if (!entries_.reserve(header.size() + members * baggage_builder::entry_overhead)) return;
    while (!header.empty()) add_member(trimmed(next_part(header, ',')));
    full_ = full_ || too_long;
  }

  /// The set of what was read.
  [[nodiscard]] baggage finish() noexcept { return entries_.take(); }

private:
  void add_member(std::string_view metadata) noexcept {
    if (entries_.size() == baggage_members) full_ = true;
    std::string_view value = next_part(metadata, ';');
    if (full_ || value.find('=') == value.npos) return;
    std::string_view const key = trimmed(next_part(value, '='));
    value = trimmed(value);
    if (key.empty() || !token_chars.has_all(key) || !baggage_value_chars.has_all(value)) return;
    auto const decode = [value](char* out) noexcept { return decode_baggage_value(out, value); };
    entries_.add(key, value.size(), decode, trimmed(metadata));
  }

  baggage_builder entries_;
  std::size_t input_{};
  bool full_{};
};

/// The header for a set; empty if none of its entries can be sent.
inline shared_text write_baggage(baggage const& set) noexcept {
  std::size_t room = 0;
  for (baggage::entry const& each : set) room += each.key.size() + 3 * each.value.size() + each.metadata.size() + 3;
  text_builder header;
  if (!header.reserve(room < baggage_bytes ? room : baggage_bytes)) return {};
  std::size_t members = 0;
  for (baggage::entry const& each : set) {
    if (members == baggage_members) break;
    if (each.key.empty() || !token_chars.has_all(each.key)) {
      report(severity::debug, "baggage name", "a baggage entry is not sent because its name is no header token");
      continue;
    }
    bool const tell_metadata = !each.metadata.empty() && baggage_metadata_chars.has_all(each.metadata);
    std::size_t const value_size = percent_encoded_size(each.value, baggage_plain_chars);
    std::size_t const size =
        (members == 0 ? 0 : 1) + each.key.size() + 1 + value_size + (tell_metadata ? 1 + each.metadata.size() : 0);
    if (!header.fits(size)) continue;
    if (members++ != 0) header.append(',');
    header.append(each.key);
    header.append('=');
    static_cast<void>(percent_encode(header.extend(value_size), each.value, baggage_plain_chars));
    if (tell_metadata) header.append(';');
    if (tell_metadata) header.append(each.metadata);
  }
  return header.take();
}

} // namespace spanwise::inline SPANWISE_ABI::detail
