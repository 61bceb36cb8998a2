// Dates as HTTP headers have them, in each of the three forms that a recipient has to read (RFC 9110, 5.6.7).
#pragma once

#include <spanwise/detail/config.hpp>

#include <optional>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI::detail {

/// Seconds since 1970 at the start of a day of the Gregorian calendar; its month is from 1 to 12.
constexpr std::int64_t start_of_day(std::int64_t year, int month, int day) noexcept {
  // Years begin in March here, so that the day that comes and goes is the last one.
  year -= month <= 2;
  std::int64_t const era = (year >= 0 ? year : year - 399) / 400;
  std::int64_t const year_of_era = year - era * 400;
  std::int64_t const day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  std::int64_t const day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return (era * 146'097 + day_of_era - 719'468) * 86'400;
}

/// Reads a date from left to right; each function is false, and what follows of no use, where something else stands.
class http_date_reader {
public:
  explicit http_date_reader(std::string_view text) noexcept : rest_{text} {}

  /// `now`, in seconds since 1970, tells the century of two-digit years: a date is at most fifty years ahead.
  [[nodiscard]] SPANWISE_SMALL std::optional<std::int64_t> read(std::int64_t now) noexcept {
    std::size_t const comma = rest_.find(',');
    bool const read = comma == rest_.npos ? asctime() : (rest_.remove_prefix(comma + 1), with_comma());
    bool const leap_day = year_ % 4 == 0 && (year_ % 100 != 0 || year_ % 400 == 0);
    constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (!read || !rest_.empty() || day_ < 1 || day_ > days[month_ - 1] + (month_ == 2 && leap_day ? 1 : 0) ||
        hour_ > 23 || minute_ > 59 || second_ > 60)
      return std::nullopt;
    std::int64_t const time = hour_ * 3600 + minute_ * 60 + second_;
    std::int64_t moment = start_of_day(year_, month_, day_) + time;
    if (short_year_ && moment > now + std::int64_t{50} * 31'556'952)
      moment = start_of_day(year_ - 100, month_, day_) + time;
    return moment;
  }

private:
  /// ` 06 Nov 1994 08:49:37 GMT`, or ` 06-Nov-94 08:49:37 GMT`.
  [[nodiscard]] SPANWISE_SMALL bool with_comma() noexcept {
    if (!text(" ") || !number(2, day_)) return false;
    short_year_ = rest_.substr(0, 1) == "-";
    std::string_view const between = short_year_ ? "-" : " ";
    if (!text(between) || !month() || !text(between) || !number(short_year_ ? 2 : 4, year_)) return false;
    if (short_year_) year_ += 2000;
    return text(" ") && clock() && text(" GMT");
  }

  /// `Sun Nov  6 08:49:37 1994`.
  [[nodiscard]] SPANWISE_SMALL bool asctime() noexcept {
    if (rest_.size() < 4) return false;
    rest_.remove_prefix(3);
    if (!text(" ") || !month() || !text(" ")) return false;
    bool const one_digit = text(" ");
    return number(one_digit ? 1 : 2, day_) && text(" ") && clock() && text(" ") && number(4, year_);
  }

  [[nodiscard]] bool clock() noexcept {
    return number(2, hour_) && text(":") && number(2, minute_) && text(":") && number(2, second_);
  }

  [[nodiscard]] SPANWISE_SMALL bool month() noexcept {
    std::string_view constexpr names = "JanFebMarAprMayJunJulAugSepOctNovDec";
    std::size_t const at = rest_.size() < 3 ? names.npos : names.find(rest_.substr(0, 3));
    if (at == names.npos || at % 3 != 0) return false;
    month_ = static_cast<int>(at / 3) + 1;
    rest_.remove_prefix(3);
    return true;
  }

  [[nodiscard]] bool text(std::string_view expected) noexcept {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }

  [[nodiscard]] SPANWISE_SMALL bool number(std::size_t digits, int& value) noexcept {
    if (rest_.size() < digits) return false;
    value = 0;
    for (char const digit : rest_.substr(0, digits)) {
      if (digit < '0' || digit > '9') return false;
      value = value * 10 + (digit - '0');
    }
    rest_.remove_prefix(digits);
    return true;
  }

  std::string_view rest_;
  int year_{}, month_ = 1, day_{}, hour_{}, minute_{}, second_{};
  bool short_year_{};
};

} // namespace spanwise::inline SPANWISE_ABI::detail
