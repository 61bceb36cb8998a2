// UTF-8: judged, counted, cut and repaired. Text of any origin may be malformed; what is called a character below is
// one well-formed sequence or one maximal ill-formed part (Unicode, 3.9), each of which a repair turns into one U+FFFD.
#pragma once

#include <spanwise/detail/config.hpp>

#include <cstring>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI::detail {

inline constexpr std::string_view replacement_character = "\xEF\xBF\xBD";

/// How many bytes at the front of `text` are ASCII, found eight at a time.
[[nodiscard]] inline std::size_t ascii_prefix(std::string_view text) noexcept {
  std::size_t at = 0;
  for (; text.size() - at >= 8; at += 8) {
    std::uint64_t eight;
    std::memcpy(&eight, text.data() + at, sizeof eight);
    if (std::uint64_t const tops = eight & 0x8080808080808080; tops != 0)
      return at + static_cast<std::size_t>(std::countr_zero(tops)) / 8;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

struct character {
  std::size_t size;
  bool well_formed;
};

/// The character at the front of `text`, which is not empty.
[[nodiscard]] inline character first_character(std::string_view text) noexcept {
  auto const byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char const lead = byte(0);
  if (lead < 0x80) return {1, true};
  if (lead < 0xC2 || lead > 0xF4) return {1, false};
  std::size_t const size = lead < 0xE0 ? 2U : lead < 0xF0 ? 3U : 4U;
  // Only the second byte has bounds of its own: they keep out overlong forms, surrogates and what is above U+10FFFF.
  unsigned char const least = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  unsigned char const most = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  for (std::size_t i = 1; i < size; ++i) {
    if (i == text.size()) return {i, false};
    bool const good = i == 1 ? byte(i) >= least && byte(i) <= most : (byte(i) & 0xC0) == 0x80;
    if (!good) return {i, false};
  }
  return {size, true};
}

/// The length of the longest well-formed prefix.
[[nodiscard]] inline std::size_t valid_prefix(std::string_view text) noexcept {
  std::size_t at = 0;
  while (true) {
    at += ascii_prefix(text.substr(at));
    if (at == text.size()) return at;
    character const next = first_character(text.substr(at));
    if (!next.well_formed) return at;
    at += next.size;
  }
}

[[nodiscard]] inline bool valid_utf8(std::string_view text) noexcept {
  return valid_prefix(text) == text.size();
}

/// The number of characters.
[[nodiscard]] inline std::size_t count_chars(std::string_view text) noexcept {
  std::size_t count = 0;
  while (true) {
    std::size_t const plain = ascii_prefix(text);
    count += plain;
    text.remove_prefix(plain);
    if (text.empty()) return count;
    text.remove_prefix(first_character(text).size);
    ++count;
  }
}

/// The first `count` characters; all of it if there are no more.
[[nodiscard]] inline std::string_view truncate_chars(std::string_view text, std::size_t count) noexcept {
  if (text.size() <= count) return text;
  std::size_t at = 0;
  while (count > 0 && at < text.size()) {
    std::string_view const rest = text.substr(at);
    std::size_t const plain = ascii_prefix(rest.substr(0, count));
    at += plain;
    count -= plain;
    if (count == 0 || at == text.size()) break;
    at += first_character(text.substr(at)).size;
    --count;
  }
  return text.substr(0, at);
}

/// The longest prefix of at most `size` bytes that splits no character.
[[nodiscard]] inline std::string_view truncate_bytes(std::string_view text, std::size_t size) noexcept {
  if (text.size() <= size) return text;
  // A character has four bytes at most, so the one that `size` may fall into begins within the three before it.
  for (std::size_t back = 1; back <= 3 && back <= size; ++back) {
    auto const lead = static_cast<unsigned char>(text[size - back]);
    if ((lead & 0xC0) == 0x80) continue;
    if (first_character(text.substr(size - back)).size > back) size -= back;
    break;
  }
  return text.substr(0, size);
}

/// Takes the first piece of `text`, which is not empty, and gives it repaired: all that is well-formed, or U+FFFD for
/// one ill-formed part.
[[nodiscard]] SPANWISE_SMALL std::string_view repaired_piece(std::string_view& text) noexcept {
  std::string_view piece = text.substr(0, valid_prefix(text));
  text.remove_prefix(piece.empty() ? first_character(text).size : piece.size());
  return piece.empty() ? replacement_character : piece;
}

/// How long `text` is when it is repaired.
[[nodiscard]] SPANWISE_SMALL std::size_t repaired_size(std::string_view text) noexcept {
  std::size_t size = 0;
  while (!text.empty()) size += repaired_piece(text).size();
  return size;
}

/// Writes `text` repaired; returns where it ends.
SPANWISE_SMALL unsigned char* put_repaired(unsigned char* at, std::string_view text) noexcept {
  while (!text.empty()) {
    std::string_view const piece = repaired_piece(text);
    std::memcpy(at, piece.data(), piece.size());
    at += piece.size();
  }
  return at;
}

/// Hands `sink` the pieces of `text`, in order, with U+FFFD for each ill-formed part. Well-formed text is one piece.
template <class Sink> void repair_utf8(std::string_view text, Sink&& sink) {
  while (!text.empty()) sink(repaired_piece(text));
}

} // namespace spanwise::inline SPANWISE_ABI::detail
