// The OTEL_* variables, read the way the OpenTelemetry specification asks: empty means unset, blanks around a value go,
// and a value that makes no sense gives one diagnostic and counts as unset. Back half only: start-up reads them once.
#pragma once

#include <spanwise/core/duration.hpp>
#include <spanwise/core/sentence.hpp>
#include <spanwise/detail/decimal.hpp>
#include <spanwise/detail/percent.hpp>
#include <spanwise/detail/process_variables.hpp>
#include <spanwise/detail/utf8.hpp>
#include <spanwise/detail/whole_number.hpp>

#include <cstdlib>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace spanwise::inline SPANWISE_ABI {

/// Names and values in the order they were written.
using key_values = std::vector<std::pair<std::string, std::string>>;

/// What one bad pair does to a list of key=value pairs.
enum class bad_pair : std::uint8_t {
  discards_list, ///< resource attributes: all of the list is ignored; keys are percent-decoded too
  is_skipped     ///< headers: the other pairs count; keys are header names as written
};

namespace detail {

/// What the name of a header field is made of (RFC 9110, 5.6.2).
inline constexpr char_set header_name{"!!#'**++-.09AZ^z||~~"};

/// Equal but for the case of ASCII letters.
constexpr bool same_letters(std::string_view one, std::string_view other) noexcept {
  auto const lower = [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  };
  if (one.size() != other.size()) return false;
  for (std::size_t at = 0; at < one.size(); ++at)
    if (lower(one[at]) != lower(other[at])) return false;
  return true;
}

/// Without blanks and line ends at both ends; values that come out of files often end in one.
SPANWISE_SMALL constexpr std::string_view stripped(std::string_view text) noexcept {
  std::size_t const first = text.find_first_not_of(" \t\r\n");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// Walks the items between commas.
class comma_list {
public:
  explicit comma_list(std::string_view list) noexcept : rest_{list} {}

  /// Reads the next item, trimmed and perhaps empty; false if there is none.
  SPANWISE_SMALL bool next(std::string_view& item) noexcept {
    if (over_) return false;
    std::size_t const end = rest_.find(',');
    item = trimmed(rest_.substr(0, end));
    over_ = end == rest_.npos;
    if (!over_) rest_.remove_prefix(end + 1);
    return true;
  }

private:
  std::string_view rest_;
  bool over_ = false;
};

/// Lengthens an enumeration; of one that is long already it only says that there is more.
SPANWISE_COLD void add_item(std::string& list, std::string_view item) {
  constexpr std::size_t long_already = 400;
  if (list.size() > long_already) item = "...";
  if (list.ends_with("...") && item == "...") return;
  if (!list.empty()) list += ", ";
  list += item;
}

/// Foreign text as a diagnostic shows it: at most `most` bytes, then `...`; well-formed, without control characters.
SPANWISE_COLD std::string shown(std::string_view value, std::size_t most = 80) {
  std::string text;
  for (std::string_view left = truncate_bytes(value, most); !left.empty();) text += repaired_piece(left);
  bool const cut = value.size() > most || text.size() > most; // repaired, it may have grown
  text.resize(truncate_bytes(text, most).size());
  for (char& letter : text)
    if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) letter = '?';
  if (cut) text += "...";
  return text;
}

} // namespace detail

/// The process's variables, as they were when it was made, or a fixed set for a test. Nothing here throws.
///
///     auto const delay = environment::process().milliseconds("OTEL_BSP_SCHEDULE_DELAY").value_or(5000ms);
class environment {
public:
  /// Exactly these variables; none by default.
  environment(std::initializer_list<std::pair<std::string_view, std::string_view>> variables = {})
      : fixed_(variables.begin(), variables.end()) {}
  explicit environment(key_values variables) noexcept : fixed_{std::move(variables)} {}

  /// The variables that this process has now. As with getenv, no thread may change them meanwhile.
  [[nodiscard]] SPANWISE_SMALL static environment process() noexcept {
    environment now;
    detail::contain([&] {
      for (char const* const* at = detail::process_variables(); at != nullptr && *at != nullptr; ++at)
        now.lines_.append(*at).append(1, '\0');
    });
    return now;
  }

  /// The same without the variables that begin with OTEL_.
  [[nodiscard]] SPANWISE_SMALL environment without_otel() const {
    environment others = *this;
    others.hides_otel_ = true;
    return others;
  }

  /// The value without the blanks around it; nothing if unset or empty.
  [[nodiscard]] SPANWISE_SMALL std::optional<std::string> text(std::string_view name) const noexcept {
    return detail::contain([&] { return read(name); }, std::nullopt);
  }

  /// The value as it is, blanks included; empty if unset.
  [[nodiscard]] SPANWISE_SMALL std::string verbatim(std::string_view name) const noexcept {
    return detail::contain([&] { return std::string{find(name)}; }, std::string{});
  }

  /// True only for `true`, in any case of letters; other words are false, with a diagnostic unless it is `false`.
  [[nodiscard]] SPANWISE_SMALL std::optional<bool> boolean(std::string_view name) const noexcept {
    auto const value = text(name);
    if (!value) return std::nullopt;
    if (detail::same_letters(*value, "true")) return true;
    if (!detail::same_letters(*value, "false")) tell(name, *value, {" is neither true nor false; it counts as false"});
    return false;
  }

  /// A decimal whole number from `least` to `most`.
  [[nodiscard]] SPANWISE_SMALL std::optional<std::int64_t> integer(std::string_view name, std::int64_t least = 0,
                                                                   std::int64_t most = INT64_MAX) const noexcept {
    auto const value = text(name);
    if (!value) return std::nullopt;
    detail::whole_number const read = detail::read_whole_number(*value);
    if (read.size != value->size()) return tell(name, *value, {" is not a whole number; it is ignored"});
    bool const positive = least < 0 || value->front() != '-'; // -0 is no such number either
    if (read.fits && positive && read.value >= least && read.value <= most) return read.value;
    return tell(name, *value, {" is out of range (", least, " to ", most, "); it is ignored"});
  }

  /// A duration, written as a whole number of milliseconds; more than a century is cut to that.
  [[nodiscard]] SPANWISE_SMALL std::optional<duration> milliseconds(std::string_view name) const noexcept {
    std::int64_t constexpr century = detail::longest_wait.ns / 1'000'000;
    if (auto const count = integer(name)) return detail::milliseconds(std::min(century, *count));
    return std::nullopt;
  }

  /// A number from 0 to 1, with a decimal point whatever the locale; `.5` and `5e-1` are fine.
  [[nodiscard]] SPANWISE_SMALL std::optional<double> ratio(std::string_view name) const noexcept {
    auto const value = text(name);
    if (!value) return std::nullopt;
    auto const number = detail::contain([&] { return detail::read_decimal(*value); }, std::nullopt);
    if (number && value->front() != '-' && *number >= 0 && *number <= 1) return number;
    return tell(name, *value, {" is not a number from 0 to 1; it is ignored"});
  }

  /// The one of `known` that the variable names, in any case of letters.
  [[nodiscard]] SPANWISE_SMALL std::optional<std::string_view>
  choice(std::string_view name, std::initializer_list<std::string_view> known) const noexcept {
    auto const value = text(name);
    if (!value) return std::nullopt;
    for (std::string_view const candidate : known)
      if (detail::same_letters(*value, candidate)) return candidate;
    detail::contain([&] {
      std::string names;
      for (std::string_view const candidate : known) detail::add_item(names, candidate);
      tell(name, *value, {" is unknown (known: ", names, "); it is ignored"});
    });
    return std::nullopt;
  }

  /// The items between commas, trimmed, empty ones left out; nothing if there are none.
  [[nodiscard]] SPANWISE_SMALL std::optional<std::vector<std::string>> list(std::string_view name) const noexcept {
    std::vector<std::string> items;
    bool const read = detail::contain([&] { read_list(name, items); });
    return read && !items.empty() ? std::optional{std::move(items)} : std::nullopt;
  }

  /// Pairs `key=value` between commas, values percent-decoded; a repeated key keeps its last value.
  ///
  /// Diagnostics name the bad pair by its position and never show it: such lists hold credentials.
  [[nodiscard]] SPANWISE_SMALL std::optional<key_values> key_value_list(std::string_view name,
                                                                        bad_pair policy) const noexcept {
    key_values pairs;
    bool const good = detail::contain([&] { read_pairs(name, policy, pairs); });
    return good && !pairs.empty() ? std::optional{std::move(pairs)} : std::nullopt;
  }

  /// Adds `key=value`, which wins over an earlier pair of this key; false if it is no such thing.
  SPANWISE_SMALL static bool read_pair(std::string_view item, bad_pair policy, key_values& pairs) {
    detail::char_set constexpr control{std::string_view{"\0\x8\xa\x1f\x7f\x7f", 6}};
    std::size_t const equals = item.find('=');
    if (equals == item.npos || equals == 0) return false;
    std::string key{detail::trimmed(item.substr(0, equals))};
    std::string value{detail::trimmed(item.substr(equals + 1))};
    if (key.empty() || !decode(value)) return false;
    if (policy == bad_pair::is_skipped) {
      for (char const byte : value)
        if (control.has(byte)) return false;
      if (!detail::header_name.has_all(key)) return false;
    } else if (!decode(key) || item.find('=', equals + 1) != item.npos) {
      return false;
    }
    for (auto& [present, old] : pairs)
      if (present == key) {
        old.swap(value);
        return true;
      }
    pairs.emplace_back(std::move(key), std::move(value));
    return true;
  }

private:
  [[nodiscard]] SPANWISE_SMALL std::string_view find(std::string_view name) const {
    std::string_view found;
    if (hides_otel_ && name.starts_with("OTEL_")) return found;
    for (auto const& [key, value] : fixed_)
      if (key == name) found = value;
    for (std::size_t from = 0, end = 0; found.empty(); from = end + 1) {
      end = lines_.find('\0', from);
      if (end == lines_.npos) break; // what has no end was not read to its end
      std::string_view const line = std::string_view{lines_}.substr(from, end - from);
      if (line.size() > name.size() && line[name.size()] == '=' && line.starts_with(name))
        found = line.substr(name.size() + 1);
    }
    return found;
  }

  [[nodiscard]] SPANWISE_SMALL std::optional<std::string> read(std::string_view name) const {
    std::string_view const found = detail::stripped(find(name));
    return found.empty() ? std::nullopt : std::optional<std::string>{found};
  }

  SPANWISE_SMALL void read_list(std::string_view name, std::vector<std::string>& items) const {
    std::optional<std::string> const value = read(name);
    if (!value) return;
    detail::comma_list list{*value};
    for (std::string_view item; list.next(item);)
      if (!item.empty()) items.emplace_back(item);
  }

  SPANWISE_SMALL void read_pairs(std::string_view name, bad_pair policy, key_values& pairs) const {
    std::optional<std::string> const value = read(name);
    if (!value) return;
    int position = 0;
    int first_bad = 0;
    detail::comma_list list{*value};
    for (std::string_view item; list.next(item);) {
      ++position;
      if (!read_pair(item, policy, pairs) && first_bad == 0) first_bad = position;
    }
    if (first_bad == 0) return;
    bool const all = policy == bad_pair::discards_list;
    if (all) pairs.clear();
    detail::tell(severity::warning, name,
                 {name, ": entry ", first_bad, " is not key=value with a percent-encoded value; ",
                  all ? std::string_view{"the whole list is ignored"} : "it is skipped"});
  }

  SPANWISE_COLD static std::nullopt_t tell(std::string_view name, std::string_view value,
                                           std::initializer_list<detail::word> what) noexcept {
    detail::contain([&] {
      detail::tell(severity::warning, name, {name, "=", detail::shown(value), detail::joined(what)});
    });
    return std::nullopt;
  }

  /// Percent-decodes; false if a `%` lacks its two digits or the result is not UTF-8.
  SPANWISE_SMALL static bool decode(std::string& text) {
    auto const size = detail::percent_decode_strict(text.data(), text);
    if (!size) return false;
    text.resize(*size);
    return detail::valid_utf8(text);
  }

  key_values fixed_;
  std::string lines_; ///< of the process: NAME=value, each ended by a zero
  bool hides_otel_ = false;
};

} // namespace spanwise::inline SPANWISE_ABI
