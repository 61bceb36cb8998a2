// What a sampler says of itself: its name and how it is set up, as a short text that needs no allocation.
#pragma once

#include <spanwise/detail/shortest_double.hpp>

#include <string_view>

namespace spanwise::inline SPANWISE_ABI {

/// A text of up to 512 bytes in place; what is longer ends in three dots.
class sampler_description {
public:
  sampler_description(char const* text) noexcept { append(text); }
  explicit sampler_description(std::string_view text) noexcept { append(text); }

  SPANWISE_SMALL sampler_description& append(std::string_view more) noexcept {
    for (char const letter : more) {
      if (size_ < sizeof text_) text_[size_++] = letter;
      else text_[size_ - 1] = text_[size_ - 2] = text_[size_ - 3] = '.';
    }
    return *this;
  }
  /// A number in its shortest decimal form that reads back as the same: `0.0001`, `0.3333333333333333`, `1`.
  SPANWISE_SMALL sampler_description& append_ratio(double ratio) noexcept {
    if (!(ratio > 0)) return append("0.0");
    if (ratio > 1e15) return append("1e15");
    detail::decimal_number const shortest = detail::shortest_decimal(ratio);
    char digits[24];
    int count = 0;
    for (std::uint64_t rest = shortest.digits; rest != 0; rest /= 10)
      digits[count++] = static_cast<char>('0' + rest % 10);
    int point = count + shortest.exponent; // so many digits stand before it
    int exponent = 0;
    if (point < -20) {
      exponent = 1 - point;
      point = 1;
    }
    if (point <= 0) append("0.");
    for (int i = point; i < 0; ++i) append("0");
    bool any = false; // zeros at the end say nothing
    for (int i = 0; i < count || i < point; ++i) {
      any = false;
      for (int later = i; later < count && !any; ++later) any = digits[count - 1 - later] != '0';
      if (!any && i >= point) break;
      if (i == point && i != 0) append(".");
      append({i < count ? &digits[count - 1 - i] : "0", 1});
    }
    if (exponent == 0) return *this;
    append("e-");
    for (int power = exponent < 100 ? 10 : 100; power != 0; power /= 10) {
      char const digit = static_cast<char>('0' + exponent / power % 10);
      append({&digit, 1});
    }
    return *this;
  }
  [[nodiscard]] std::string_view view() const noexcept { return {text_, size_}; }

private:
  char text_[512]{};
  std::size_t size_{};
};

} // namespace spanwise::inline SPANWISE_ABI
