// What the fuzzers share: a check that ends the program with a sentence, input taken apart into numbers and texts, and
// a count of diagnostics. Each target is one file that defines LLVMFuzzerTestOneInput and says what must hold.
#pragma once

#include <spanwise/core/diagnostics.hpp>
#include <spanwise/detail/utf8.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace fuzz {

/// Ends the program, which libFuzzer takes for a finding, unless `good` holds.
inline void require(bool good, char const* what, std::string_view about = {}) {
  if (good) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  if (!about.empty()) {
    std::fprintf(stderr, "about: \"");
    for (char const letter : about.substr(0, 2000)) {
      auto const byte = static_cast<unsigned char>(letter);
      if (byte >= 0x20 && byte < 0x7f && letter != '\\' && letter != '"') std::fputc(letter, stderr);
      else std::fprintf(stderr, "\\x%02x", static_cast<unsigned>(byte));
    }
    std::fprintf(stderr, "\"\n");
  }
  std::abort();
}

/// The input, taken from front to back; what is asked for beyond its end is zero or empty.
class input {
public:
  input(std::uint8_t const* data, std::size_t size) noexcept
      : left_{reinterpret_cast<char const*>(data), data == nullptr ? 0 : size} {}

  [[nodiscard]] bool empty() const noexcept { return left_.empty(); }

  std::uint8_t byte() noexcept {
    if (left_.empty()) return 0;
    auto const first = static_cast<std::uint8_t>(left_.front());
    left_.remove_prefix(1);
    return first;
  }
  std::uint64_t number() noexcept {
    std::uint64_t value = 0;
    for (int i = 0; i < 8; ++i) value = value << 8 | byte();
    return value;
  }
  /// What stands in front of the next line end: corpora of several texts stay readable, a text a line.
  std::string_view line() noexcept {
    std::size_t const end = left_.find('\n');
    std::string_view const text = left_.substr(0, end);
    left_.remove_prefix(end == left_.npos ? left_.size() : end + 1);
    return text;
  }
  std::string_view bytes(std::size_t most) noexcept {
    std::string_view const text = left_.substr(0, most);
    left_.remove_prefix(text.size());
    return text;
  }
  std::string_view rest() noexcept { return bytes(left_.size()); }

private:
  std::string_view left_;
};

/// A copy of its own on the heap, without a byte more, so that AddressSanitizer sees each read beyond its end.
class exact {
public:
  explicit exact(std::string_view text) : size_{text.size()}, data_{static_cast<char*>(std::malloc(size_ + (size_ == 0)))} {
    if (size_ != 0) std::memcpy(data_, text.data(), size_);
  }
  exact(exact const&) = delete;
  exact& operator=(exact const&) = delete;
  ~exact() { std::free(data_); }

  [[nodiscard]] std::string_view text() const noexcept { return {data_, size_}; }
  [[nodiscard]] std::span<std::byte const> bytes() const noexcept {
    return {reinterpret_cast<std::byte const*>(data_), size_};
  }

private:
  std::size_t size_;
  char* data_;
};

/// Counts diagnostics and judges their text instead of printing them; each input begins with every cause due again.
class diagnostics {
public:
  diagnostics() noexcept {
    told_ = 0;
    for (auto& cause : spanwise::detail::diagnostics.cause) cause.store(0, spanwise::detail::relaxed);
    for (auto& last : spanwise::detail::diagnostics.last_told_ns) last.store(0, spanwise::detail::relaxed);
    spanwise::set_diagnostic_handler([](spanwise::severity, std::string_view sentence, void*) noexcept {
      ++told_;
      require(!sentence.empty(), "a diagnostic says something");
      require(sentence.size() < 2000, "a diagnostic is no longer than a few lines", sentence);
      require(spanwise::detail::valid_utf8(sentence), "a diagnostic is UTF-8", sentence);
      for (char const letter : sentence)
        require(static_cast<unsigned char>(letter) >= 0x20 && letter != 0x7f, "a diagnostic is one line", sentence);
    });
  }
  diagnostics(diagnostics const&) = delete;
  diagnostics& operator=(diagnostics const&) = delete;
  ~diagnostics() { spanwise::set_diagnostic_handler(nullptr); }

  [[nodiscard]] static int told() noexcept { return told_; }

private:
  inline static int told_ = 0;
};

} // namespace fuzz
