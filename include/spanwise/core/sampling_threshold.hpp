// The numbers of consistent probability sampling: a trace has 56 random bits, and a sampler keeps it if these are at
// least its threshold. So whoever keeps less keeps a part of what others keep, and each kept span tells what share it
// stands for. Text as the trace state has it, in `ot=th:…;rv:…` (OpenTelemetry, TraceState: Probability Sampling).
#pragma once

#include <spanwise/core/ids.hpp>

#include <bit>
#include <compare>
#include <optional>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI {

/// The 56 bits of a trace by which samplers of all services decide alike.
class trace_randomness {
public:
  static constexpr std::size_t digits = 14;

  constexpr trace_randomness() noexcept = default;
  /// The low 56 bits of `bits`.
  constexpr explicit trace_randomness(std::uint64_t bits) noexcept : value_{bits & ((std::uint64_t{1} << 56) - 1)} {}
  /// The last seven bytes of a trace id.
  constexpr explicit trace_randomness(trace_id const& id) noexcept {
    for (std::uint8_t const byte : id.bytes().subspan<9>()) value_ = value_ << 8 | byte;
  }
  /// Reads `rv`: exactly 14 lower-case digits; nothing if the text is anything else.
  [[nodiscard]] static std::optional<trace_randomness> parse(std::string_view text) noexcept {
    unsigned char bytes[digits / 2];
    if (text.size() != digits || !detail::read_hex(bytes, text.data(), sizeof bytes)) return std::nullopt;
    std::uint64_t value = 0;
    for (unsigned char const byte : bytes) value = value << 8 | byte;
    return trace_randomness{value};
  }

  [[nodiscard]] constexpr std::uint64_t value() const noexcept { return value_; }
  /// 14 lower-case digits.
  [[nodiscard]] hex_text<digits> hex() const noexcept {
    unsigned char bytes[digits / 2];
    for (std::size_t i = 0; i < sizeof bytes; ++i) bytes[i] = static_cast<unsigned char>(value_ >> (48 - 8 * i));
    return hex_text<digits>{bytes};
  }

  friend constexpr auto operator<=>(trace_randomness, trace_randomness) noexcept = default;

private:
  std::uint64_t value_{};
};

/// From which randomness on traces are kept; 0, the default, keeps all. No threshold keeps none: use an optional.
class sampling_threshold {
public:
  static constexpr std::uint64_t whole = std::uint64_t{1} << 56;
  static constexpr std::size_t max_digits = 14;

  /// What text() gives: 1 to 14 digits in place.
  class digits_text {
  public:
    constexpr explicit digits_text(std::uint64_t value) noexcept {
      for (std::size_t i = 0; i < max_digits; ++i) {
        text_[i] = detail::hex_digits[value >> (52 - 4 * i) & 15];
        if (text_[i] != '0') size_ = i + 1;
      }
    }
    [[nodiscard]] constexpr std::string_view view() const noexcept { return {text_, size_}; }
    constexpr operator std::string_view() const noexcept { return view(); }

  private:
    char text_[max_digits]{};
    std::size_t size_ = 1;
  };

  /// Keeps all.
  constexpr sampling_threshold() noexcept = default;
  /// The low 56 bits of `value`.
  constexpr explicit sampling_threshold(std::uint64_t value) noexcept : value_{value & (whole - 1)} {}

  /// The threshold that keeps this share, rounded so that `precision` digits behind the leading `f`s say it.
  ///
  /// Nothing if the ratio is no probability: below 2^-56, or not a number. Above 1 counts as 1; a precision is cut to
  /// 1 to 14. Integer arithmetic throughout, so it is exact down to 2^-56.
  [[nodiscard]] static constexpr std::optional<sampling_threshold> of_ratio(double ratio, int precision = 4) noexcept {
    if (!(ratio >= least_ratio)) return std::nullopt;
    if (ratio >= 1) return sampling_threshold{};
    parts const kept = parts_of(ratio);
    int const wanted = (precision < 1 ? 1 : precision > 14 ? 14 : precision) + kept.leading_bits / 4;
    int const digits = wanted > 14 ? 14 : wanted;
    std::uint64_t const unit = std::uint64_t{1} << 4 * (14 - digits);
    std::uint64_t const exact = whole - kept.above; // less the fraction, which is below one
    if (unit == 1) return sampling_threshold{exact - (kept.below > kept.half ? 1 : 0)};
    std::uint64_t const rounded = (exact + unit / 2 - (kept.below != 0 ? 1 : 0)) / unit * unit;
    return sampling_threshold{rounded < whole ? rounded : whole - unit};
  }
  /// The threshold that keeps this share to the last of the 56 bits; nothing as above.
  [[nodiscard]] static constexpr std::optional<sampling_threshold> exactly(double ratio) noexcept {
    if (!(ratio >= least_ratio)) return std::nullopt;
    if (ratio >= 1) return sampling_threshold{};
    parts const kept = parts_of(ratio);
    return sampling_threshold{whole - kept.above - (kept.below != 0 && kept.below >= kept.half ? 1 : 0)};
  }
  /// Reads `th`: 1 to 14 lower-case digits, of which the missing right ones are zeros; nothing if it is anything else.
  [[nodiscard]] static constexpr std::optional<sampling_threshold> parse(std::string_view text) noexcept {
    if (text.empty() || text.size() > max_digits) return std::nullopt;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < max_digits; ++i) {
      char const letter = i < text.size() ? text[i] : '0';
      bool const decimal = letter >= '0' && letter <= '9';
      if (!decimal && !(letter >= 'a' && letter <= 'f')) return std::nullopt;
      value = value << 4 | static_cast<std::uint64_t>(decimal ? letter - '0' : letter - 'a' + 10);
    }
    return sampling_threshold{value};
  }

  [[nodiscard]] constexpr std::uint64_t value() const noexcept { return value_; }
  /// As `th` has it: `0`, or all digits but the zeros on the right.
  [[nodiscard]] constexpr digits_text text() const noexcept { return digits_text{value_}; }
  [[nodiscard]] constexpr bool keeps(trace_randomness trace) const noexcept { return trace.value() >= value_; }
  /// The share of traces that it keeps, above 0 and at most 1.
  [[nodiscard]] constexpr double probability() const noexcept {
    return static_cast<double>(whole - value_) / static_cast<double>(whole);
  }
  /// How many traces each kept one stands for, rounded once.
  [[nodiscard]] constexpr double adjusted_count() const noexcept {
    // What is kept may have more bits than a double: divided as whole numbers are, to more bits than a double has.
    std::uint64_t const kept = whole - value_;
    std::uint64_t quotient = whole / kept;
    std::uint64_t rest = whole % kept;
    double unit = 0.5;
    for (; quotient < std::uint64_t{1} << 54; unit /= 2) {
      rest <<= 1;
      bool const one = rest >= kept;
      quotient = quotient << 1 | (one ? 1 : 0);
      if (one) rest -= kept;
    }
    return static_cast<double>(quotient << 1 | (rest != 0 ? 1 : 0)) * unit;
  }

  friend constexpr auto operator<=>(sampling_threshold, sampling_threshold) noexcept = default;

private:
  static constexpr double least_ratio = 1.0 / static_cast<double>(whole);

  /// A ratio times 2^56: what is above the point, what is below it, and what is half a unit there.
  struct parts {
    std::uint64_t above;
    std::uint64_t below;
    std::uint64_t half;
    int leading_bits; ///< so many bits after the point of the ratio itself are zero
  };
  static constexpr parts parts_of(double ratio) noexcept {
    auto const bits = std::bit_cast<std::uint64_t>(ratio);
    std::uint64_t const digits = (bits & ((std::uint64_t{1} << 52) - 1)) | std::uint64_t{1} << 52;
    int const exponent = static_cast<int>(bits >> 52) - 1022; // the ratio is digits * 2^(exponent - 53)
    int const up = exponent + 3;
    if (up >= 0) return {digits << up, 0, 1, -exponent};
    return {digits >> -up, digits & ((std::uint64_t{1} << -up) - 1), std::uint64_t{1} << (-up - 1), -exponent};
  }

  std::uint64_t value_{};
};

} // namespace spanwise::inline SPANWISE_ABI
