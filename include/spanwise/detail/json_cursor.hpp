// Reads JSON from front to back, for the few fields that an answer may hold: no tree, and a bound on depth.
// Safe on any bytes. A question that the text does not answer gives false and moves nothing.
#pragma once

#include <spanwise/detail/percent.hpp>
#include <spanwise/detail/whole_number.hpp>

#include <string>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI::detail {

class json_cursor {
public:
  static constexpr int deepest = 64;

  explicit json_cursor(std::string_view text) noexcept : text_{text} {}

  /// True if nothing but blanks is left.
  [[nodiscard]] SPANWISE_SMALL bool at_end() noexcept { return peek() == '\0' && at_ == text_.size(); }

  /// Reads an object; `member(key)` is called for each member and reads its value, or returns false to have it skipped.
  ///
  /// Keys come cut to 64 bytes.
  template <class Member> [[nodiscard]] bool object(Member const& member) {
    return members([](void const* at, std::string_view key) { return (*static_cast<Member const*>(at))(key); },
                   &member);
  }

  /// Reads a string into `out`, of which at most `most` bytes are kept.
  [[nodiscard]] SPANWISE_SMALL bool string(std::string& out, std::size_t most) {
    std::size_t const start = at_;
    out.clear();
    if (!take('"')) return false;
    while (at_ < text_.size() && text_[at_] != '"') {
      char const letter = text_[at_++];
      if (letter != '\\') {
        if (out.size() < most) out += letter;
      } else if (!escape(out, most)) {
        return back_to(start);
      }
    }
    return take('"') || back_to(start);
  }

  /// Reads a 64-bit whole number, written as such or as a string of digits.
  [[nodiscard]] SPANWISE_SMALL bool integer(std::int64_t& out) noexcept {
    std::size_t const start = at_;
    bool const quoted = take('"');
    peek();
    whole_number const read = read_whole_number(text_.substr(at_));
    at_ += read.size;
    if (read.size == 0 || !read.fits || (quoted && !take('"'))) return back_to(start);
    out = read.value;
    char const next = peek();
    return next == ',' || next == '}' || next == ']' || next == '\0' || back_to(start);
  }

  /// Moves over one value of any type.
  [[nodiscard]] SPANWISE_SMALL bool skip() noexcept {
    std::size_t const start = at_;
    return skip_value(0) || back_to(start);
  }

private:
  static constexpr char_set blanks{"  \t\t\n\n\r\r"};
  static constexpr char_set word_letters{"++--..09AZaz"};

  SPANWISE_SMALL bool skip_value(int depth) noexcept {
    if (depth == deepest) return false;
    char const first = peek();
    if (first == '"') return skip_string();
    if (first == '{' || first == '[') {
      char const last = first == '{' ? '}' : ']';
      ++at_;
      if (take(last)) return true;
      do {
        if (first == '{' && !(peek() == '"' && skip_string() && take(':'))) return false;
        if (!skip_value(depth + 1)) return false;
      } while (take(','));
      return take(last);
    }
    std::size_t const start = at_;
    while (at_ < text_.size() && word_letters.has(text_[at_])) ++at_;
    std::string_view const word = text_.substr(start, at_ - start);
    return word == "true" || word == "false" || word == "null" || first == '-' || (first >= '0' && first <= '9');
  }

  SPANWISE_SMALL bool members(bool (*read)(void const* member, std::string_view key), void const* member) {
    std::size_t const start = at_;
    if (!take('{')) return false;
    if (take('}')) return true;
    std::string key;
    do {
      if (!string(key, 64) || !take(':') || !(read(member, key) || skip())) return back_to(start);
    } while (take(','));
    return take('}') || back_to(start);
  }

  /// The next byte that is no blank; NUL at the end.
  SPANWISE_SMALL char peek() noexcept {
    while (at_ < text_.size() && blanks.has(text_[at_])) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  SPANWISE_SMALL bool take(char wanted) noexcept {
    if (at_ == text_.size() || peek() != wanted) return false;
    ++at_;
    return true;
  }
  bool back_to(std::size_t place) noexcept {
    at_ = place;
    return false;
  }

  SPANWISE_SMALL bool skip_string() noexcept {
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        ++at_;
        return true;
      }
      if (text_[at_] == '\\' && ++at_ == text_.size()) return false;
    }
    return false;
  }

  [[nodiscard]] SPANWISE_SMALL bool hex4(std::uint32_t& value) noexcept {
    value = 0;
    for (int i = 0; i < 4; ++i) {
      int const digit = at_ < text_.size() ? hex_value(text_[at_]) : -1;
      if (digit < 0) return false;
      value = value * 16 + static_cast<std::uint32_t>(digit);
      ++at_;
    }
    return true;
  }

  /// What stands behind a backslash; half of a surrogate pair becomes U+FFFD.
  [[nodiscard]] SPANWISE_SMALL bool escape(std::string& out, std::size_t most) {
    if (at_ == text_.size()) return false;
    std::uint32_t code = static_cast<unsigned char>(text_[at_++]);
    switch (code) {
    case 'b':
      code = '\b';
      break;
    case 'f':
      code = '\f';
      break;
    case 'n':
      code = '\n';
      break;
    case 'r':
      code = '\r';
      break;
    case 't':
      code = '\t';
      break;
    case 'u': {
      if (!hex4(code)) return false;
      std::uint32_t low = 0;
      if (code >> 10 == 0x36 && text_.substr(at_, 2) == "\\u") {
        at_ += 2;
        if (!hex4(low)) return false;
        code = low >> 10 == 0x37 ? 0x10000 + ((code & 0x3FF) << 10) + (low & 0x3FF) : 0xFFFD;
      }
      if (code >> 11 == 0x1B) code = 0xFFFD;
      break;
    }
    default:
      break;
    }
    if (out.size() < most) append_utf8(out, code);
    return true;
  }

  SPANWISE_SMALL static void append_utf8(std::string& out, std::uint32_t code) {
    auto const byte = [&](std::uint32_t value) { out += static_cast<char>(value); };
    if (code < 0x80) return byte(code);
    if (code < 0x800) {
      byte(0xC0 | code >> 6);
    } else {
      if (code < 0x10000) {
        byte(0xE0 | code >> 12);
      } else {
        byte(0xF0 | code >> 18);
        byte(0x80 | (code >> 12 & 0x3F));
      }
      byte(0x80 | (code >> 6 & 0x3F));
    }
    byte(0x80 | (code & 0x3F));
  }

  std::string_view text_;
  std::size_t at_{};
};

} // namespace spanwise::inline SPANWISE_ABI::detail
