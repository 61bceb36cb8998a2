// Random text for property tests: from an alphabet, of any bytes, or a good text with a few bytes changed.
// The seed is fixed, so a failure comes again.
#pragma once

#include <random>
#include <string>
#include <string_view>

namespace testing {

inline constexpr int random_rounds = 20'000;

class random_text {
public:
  std::size_t below(std::size_t bound) { return std::uniform_int_distribution<std::size_t>{0, bound - 1}(engine_); }
  char byte() { return static_cast<char>(below(256)); }

  std::string of(std::string_view alphabet, std::size_t longest, std::size_t shortest = 0) {
    std::string text(shortest + below(longest - shortest + 1), ' ');
    for (char& letter : text) letter = alphabet[below(alphabet.size())];
    return text;
  }
  std::string bytes(std::size_t longest) {
    std::string text(below(longest + 1), ' ');
    for (char& letter : text) letter = byte();
    return text;
  }
  /// `good` with up to three bytes replaced, removed or added.
  std::string mutated(std::string good) {
    for (std::size_t changes = below(4); changes > 0; --changes) {
      std::size_t const at = below(good.size() + 1);
      switch (below(3)) {
      case 0:
        good.insert(at, 1, byte());
        break;
      case 1:
        good.erase(at < good.size() ? at : 0, 1);
        break;
      default:
        if (at < good.size()) good[at] = byte();
      }
    }
    return good;
  }

private:
  std::mt19937_64 engine_{20240607};
};

} // namespace testing
