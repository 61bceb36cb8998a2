// Text for people at a terminal: how many columns it takes, how it is cut, and durations in units that read well.
// What a span says is never trusted: control characters, which could steer a terminal, are shown as escapes.
#pragma once

#include <spanwise/detail/config.hpp>
#include <spanwise/detail/utf8.hpp>

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace spanwise::inline SPANWISE_ABI::detail {

/// One character of UTF-8 text; an ill-formed part is U+FFFD.
struct text_piece {
  std::string_view bytes;
  std::uint32_t code{};
};

/// Takes the first character off `text`, which must not be empty.
template <class = on_use> text_piece take_character(std::string_view& text) noexcept {
  character const first = first_character(text);
  text_piece piece{text.substr(0, first.size), 0xfffd};
  text.remove_prefix(first.size);
  if (!first.well_formed) return piece;
  auto const lead = static_cast<unsigned char>(piece.bytes[0]);
  piece.code = first.size == 1 ? lead : lead & (0x7fU >> first.size);
  for (char const next : piece.bytes.substr(1))
    piece.code = piece.code << 6 | (static_cast<unsigned char>(next) & 0x3fU);
  return piece;
}

/// The columns that a character takes: none for marks that combine, two for wide East Asian ones and pictures.
constexpr std::size_t columns_of(std::uint32_t code) noexcept {
  constexpr std::uint32_t none[][2] = {{0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},    {0x610, 0x61a},
                                       {0x64b, 0x65f},   {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff},  {0x200b, 0x200f},
                                       {0x202a, 0x202e}, {0x2060, 0x2064}, {0x20d0, 0x20ff},  {0xfe00, 0xfe0f},
                                       {0xfe20, 0xfe2f}, {0xfeff, 0xfeff}, {0xe0100, 0xe01ef}};
  constexpr std::uint32_t two[][2] = {{0x1100, 0x115f},  {0x2e80, 0x303e},   {0x3041, 0xa4cf},   {0xa960, 0xa97c},
                                      {0xac00, 0xd7a3},  {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},
                                      {0xffe0, 0xffe6},  {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff},
                                      {0x20000, 0x3fffd}};
  if (code < 0x300) return 1;
  for (auto const& range : none)
    if (code >= range[0] && code <= range[1]) return 0;
  for (auto const& range : two)
    if (code >= range[0] && code <= range[1]) return 2;
  return 1;
}

/// Text that is safe to print: line breaks, control and bidirectional characters become escapes, ill-formed bytes
/// U+FFFD.
template <class = on_use> void append_printable(std::string& out, std::string_view text) {
  while (!text.empty()) {
    text_piece const piece = take_character(text);
    bool const control = piece.code < 0x20 || (piece.code >= 0x7f && piece.code < 0xa0);
    bool const steers =
        (piece.code >= 0x202a && piece.code <= 0x202e) || (piece.code >= 0x2066 && piece.code <= 0x2069);
    if (piece.code == '\n') out += "\\n";
    else if (piece.code == '\t') out += "\\t";
    else if (piece.code == '\r') out += "\\r";
    else if (control || steers) {
      char escape[12];
      std::snprintf(escape, sizeof escape, piece.code < 0x100 ? "\\x%02x" : "\\u%04x",
                    static_cast<unsigned>(piece.code));
      out += escape;
    } else if (piece.code == 0xfffd) out += replacement_character;
    else out += piece.bytes;
  }
}

template <class = on_use> std::string printable(std::string_view text) {
  std::string out;
  append_printable(out, text);
  return out;
}

/// The columns that printable text takes.
template <class = on_use> std::size_t display_width(std::string_view text) noexcept {
  std::size_t columns = 0;
  while (!text.empty()) columns += columns_of(take_character(text).code);
  return columns;
}

/// Cuts printable text to `columns`, the last of them then an ellipsis; `ellipsis` takes as many columns as it has
/// dots.
template <class = on_use> std::string cut_to(std::string_view text, std::size_t columns, std::string_view ellipsis) {
  if (text.size() <= columns || display_width(text) <= columns) return std::string{text};
  std::size_t const mark = display_width(ellipsis);
  if (columns < mark) return std::string(columns, '.');
  std::string out;
  for (std::size_t used = mark; !text.empty();) {
    text_piece const piece = take_character(text);
    used += columns_of(piece.code);
    if (used > columns) break;
    out += piece.bytes;
  }
  return out += ellipsis;
}

/// Breaks printable text at blanks into lines of at most `columns`; what does not fit into `most` of them is cut.
template <class = on_use>
std::vector<std::string> wrapped(std::string_view text, std::size_t columns, std::size_t most,
                                 std::string_view ellipsis) {
  std::vector<std::string> lines;
  while (lines.size() + 1 < most && display_width(text) > columns) {
    std::string_view rest = text;
    std::size_t fits = 0;
    std::size_t blank = 0;
    for (std::size_t used = 0; !rest.empty();) {
      text_piece const piece = take_character(rest);
      used += columns_of(piece.code);
      if (piece.code == ' ' && fits != 0) blank = fits;
      if (used > columns) break;
      fits = text.size() - rest.size();
    }
    if (fits == 0) break; // not even one character is as narrow as that
    std::size_t const end = blank != 0 ? blank : fits;
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(blank != 0 ? end + 1 : end);
  }
  lines.push_back(cut_to(text, columns, ellipsis));
  return lines;
}

/// The time from one moment to another, at most what 64 bits can say: moments may be anything.
constexpr std::int64_t nanoseconds_between(std::int64_t from, std::int64_t to) noexcept {
  if (to >= from) {
    auto const gap = static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
    return gap > INT64_MAX ? INT64_MAX : static_cast<std::int64_t>(gap);
  }
  return -nanoseconds_between(to, from);
}

/// Pads `out` with blanks as if its last `used` columns had to fill `columns`.
template <class = on_use> void pad(std::string& out, std::size_t used, std::size_t columns) {
  if (used < columns) out.append(columns - used, ' ');
}

/// Units of time, each a thousand of the one before.
enum class time_unit : std::uint8_t { nanoseconds, microseconds, milliseconds, seconds };

/// The unit in which a duration has one to three digits before its point; seconds for all that is longer.
constexpr time_unit unit_of(std::int64_t nanoseconds) noexcept {
  if (nanoseconds >= 1'000'000'000) return time_unit::seconds;
  if (nanoseconds >= 1'000'000) return time_unit::milliseconds;
  return nanoseconds >= 1'000 ? time_unit::microseconds : time_unit::nanoseconds;
}

/// A duration such as `1.24 ms`, in `unit` where that leaves something to read and in a smaller one otherwise.
///
/// With `micro` as "us" all letters are ASCII.
template <class = on_use>
std::string duration_text(std::int64_t nanoseconds, time_unit unit, std::string_view micro = "µs") {
  if (nanoseconds == INT64_MIN) ++nanoseconds;
  if (nanoseconds < 0) return "-" + duration_text(-nanoseconds, unit, micro);
  constexpr double scales[] = {1, 1e3, 1e6, 1e9};
  std::string_view const names[] = {"ns", micro, "ms", "s"};
  auto value = static_cast<double>(nanoseconds) / scales[static_cast<std::size_t>(unit)];
  if (value < 0.095 && nanoseconds != 0) {
    unit = unit_of(nanoseconds);
    value = static_cast<double>(nanoseconds) / scales[static_cast<std::size_t>(unit)];
  }
  // Whole hundredths, put together by hand: a locale may write another decimal point.
  bool const whole = unit == time_unit::nanoseconds;
  auto const scaled = static_cast<std::uint64_t>(value * (whole ? 1.0 : 100.0) + 0.5);
  std::string out = std::to_string(whole ? scaled : scaled / 100);
  if (!whole) {
    out += '.';
    out += static_cast<char>('0' + scaled / 10 % 10);
    out += static_cast<char>('0' + scaled % 10);
  }
  out += ' ';
  return out += names[static_cast<std::size_t>(unit)];
}

template <class = on_use> std::string duration_text(std::int64_t nanoseconds) {
  return duration_text(nanoseconds, unit_of(nanoseconds < 0 ? -(nanoseconds + 1) : nanoseconds));
}

} // namespace spanwise::inline SPANWISE_ABI::detail
