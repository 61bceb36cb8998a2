// The small readers below all others, against slow and plain ones written here: UTF-8, percent coding, numbers, durations,
// base64 and hexadecimal digits, and JSON strings.
#include <spanwise/detail/decimal.hpp>
#include <spanwise/detail/json_text.hpp>
#include <spanwise/detail/percent.hpp>
#include <spanwise/detail/whole_number.hpp>
#include <spanwise/viewer/otlp_text.hpp>

#include "fuzz.hpp"

#include <cmath>

namespace {

using fuzz::require;
namespace detail = spanwise::detail;

/// The size of the well-formed sequence at the front, by the ranges of code points; 0 if there is none.
std::size_t sequence(std::string_view text) {
  auto const byte = [&](std::size_t at) { return static_cast<unsigned>(static_cast<unsigned char>(text[at])); };
  std::size_t const size = byte(0) < 0x80 ? 1 : byte(0) >> 5 == 6 ? 2 : byte(0) >> 4 == 14 ? 3 : byte(0) >> 3 == 30 ? 4 : 0;
  if (size == 0 || size > text.size()) return 0;
  unsigned code = size == 1 ? byte(0) : byte(0) & (0x7fU >> size);
  for (std::size_t at = 1; at < size; ++at) {
    if (byte(at) >> 6 != 2) return 0;
    code = code << 6 | (byte(at) & 0x3f);
  }
  unsigned const least[]{0, 0, 0x80, 0x800, 0x10000};
  return code < least[size] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0 : size;
}

void check_utf8(std::string_view text, std::size_t most) {
  std::size_t good = 0;
  while (good < text.size() && sequence(text.substr(good)) != 0) good += sequence(text.substr(good));
  require(detail::valid_prefix(text) == good, "the well-formed prefix is as long as it is", text);
  std::string repaired;
  detail::repair_utf8(text, [&](std::string_view piece) { repaired += piece; });
  require(detail::valid_utf8(repaired), "what was repaired is UTF-8", text);
  if (good == text.size()) require(repaired == text, "what is UTF-8 stays as it is", text);
  require(detail::count_chars(text) == detail::count_chars(repaired), "each ill-formed part becomes one character", text);
  std::string_view const front = detail::truncate_chars(text, most);
  require(detail::count_chars(front) == std::min(most, detail::count_chars(text)), "as many characters remain as asked for", text);
  require(text.starts_with(front), "the front remains", text);
  std::string_view const bytes = detail::truncate_bytes(text, most);
  require(bytes.size() <= most && text.starts_with(bytes), "no more bytes remain than asked for", text);
  require(bytes.size() + 3 >= std::min(most, text.size()), "no whole character is cut away", text);
  if (good == text.size()) require(detail::valid_utf8(bytes), "no character is split", text);
}

void check_percent(std::string_view text) {
  constexpr detail::char_set plain{"!!#$&+-:<[]~"};
  std::string coded(detail::percent_encoded_size(text, plain), '\0');
  require(detail::percent_encode(coded.data(), text, plain) == coded.size(), "coded text has the size that was told", text);
  for (char const letter : coded) require(plain.has(letter) || letter == '%', "all else is coded", coded);
  std::string decoded(coded.size(), '\0');
  decoded.resize(detail::percent_decode(decoded.data(), coded));
  require(decoded == text, "coded text is decoded to what it was", text);
  std::string in_place{text};
  in_place.resize(detail::percent_decode(in_place.data(), in_place));
  std::string strict{text};
  if (auto const size = detail::percent_decode_strict(strict.data(), strict)) {
    strict.resize(*size);
    require(strict == in_place, "the strict way decodes the same", text);
  }
}

void check_numbers(std::string_view text) {
  detail::whole_number const read = detail::read_whole_number(text);
  require(read.size <= text.size(), "a number is a part of its text", text);
  if (read.size != 0 && read.fits) {
    std::string digits = std::to_string(read.value);
    std::string_view given = text.substr(0, read.size);
    bool const negative = given.front() == '-';
    given.remove_prefix(negative ? 1 : 0);
    while (given.size() > 1 && given.front() == '0') given.remove_prefix(1);
    if (negative && given != "0") digits.erase(0, 1);
    require(digits == given, "a number is what was written", text);
  }
  if (auto const number = detail::read_decimal(text)) require(!std::isnan(*number), "a decimal is a number", text);
  bool negative{};
  std::uint64_t whole{};
  double decimal{};
  static_cast<void>(detail::decode_integer(text, negative, whole));
  static_cast<void>(detail::decode_double(text, decimal));
}

void check_codes(std::string_view text) {
  std::string bytes;
  require(detail::decode_base64(detail::encode_base64(text), bytes) && bytes == text, "base64 reads back", text);
  bytes.clear();
  require(detail::decode_hex(detail::encode_hex(text), bytes) && bytes == text, "hexadecimal digits read back", text);
  bytes.clear();
  static_cast<void>(detail::decode_hex(text, bytes));
  bytes.clear();
  if (detail::decode_base64(text, bytes)) require(bytes.size() <= text.size(), "base64 is longer than what it stands for", text);
  detail::buffer out;
  detail::json_sink sink{out};
  char* at = sink.begin();
  require(at != nullptr && sink.finish(sink.string(at, text)), "a JSON string is written");
  std::string_view const json{out.data(), out.size()};
  require(json.size() >= 2 && json.front() == '"' && json.back() == '"' && detail::valid_utf8(json), "it is quoted, and UTF-8", json);
  for (std::size_t place = 1; place + 1 < json.size(); ++place) {
    require(static_cast<unsigned char>(json[place]) >= 0x20 && json[place] != '"', "it holds nothing that ends it", json);
    if (json[place] == '\\') ++place;
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  fuzz::input from{data, size};
  std::size_t const most = from.byte();
  fuzz::exact const text{from.rest()};
  check_utf8(text.text(), most);
  check_percent(text.text());
  check_numbers(text.text());
  check_codes(text.text());
  return 0;
}
