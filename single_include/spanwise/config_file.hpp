// spanwise/config_file.hpp, a part of spanwise beside the single header. Made by tools/single_header.py from include/: change that, not this.
#pragma once

#include <spanwise/spanwise.hpp>
#include <spanwise/resource_detectors.hpp>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <concepts>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <initializer_list>
#include <istream>
#include <limits>
#include <optional>
#include <span>
#include <streambuf>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

// spanwise/config/core_schema.hpp
//
// Which type a plain scalar of YAML has, by the core schema of YAML 1.2: null, true and false, whole numbers also as
// 0x1f and 0o17, floating point, and text for all the rest. So no, on and yes are texts, unlike in YAML 1.1.

namespace spanwise::inline SPANWISE_ABI {

/// What a scalar of a configuration file is.
enum class scalar_type : std::uint8_t { null, boolean, integer, floating, text };

/// A scalar with its type; numbers as both types can hold them.
struct typed_scalar {
  scalar_type type = scalar_type::text;
  bool boolean = false;
  std::int64_t integer = 0;
  double number = 0;
  bool fits = true; ///< false for whole numbers beyond 64 bits
};

namespace detail {

/// True if `text` is one of three spellings, such as null, Null and NULL.
constexpr bool is_word(std::string_view text, std::string_view lower, std::string_view capital,
                       std::string_view upper) noexcept {
  return text == lower || text == capital || text == upper;
}

/// A whole number in digits of 3 or 4 bits.
constexpr whole_number read_bits(std::string_view digits, unsigned bits) noexcept {
  whole_number read;
  std::uint64_t value = 0;
  for (char const letter : digits) {
    unsigned digit = 99;
    if (letter >= '0' && letter <= '9') digit = static_cast<unsigned>(letter - '0');
    else if (letter >= 'a' && letter <= 'f') digit = static_cast<unsigned>(letter - 'a') + 10;
    else if (letter >= 'A' && letter <= 'F') digit = static_cast<unsigned>(letter - 'A') + 10;
    if (digit >= 1U << bits) return {};
    read.fits = read.fits && value <= (static_cast<std::uint64_t>(INT64_MAX) >> bits);
    value = value << bits | digit;
  }
  read.size = digits.size();
  read.value = static_cast<std::int64_t>(value);
  return read;
}

/// Digits with a point, an exponent, or both.
constexpr bool is_floating(std::string_view text) noexcept {
  char_set constexpr digits{"09"};
  auto const skip = [&](std::size_t& at) {
    std::size_t const begin = at;
    while (at < text.size() && digits.has(text[at])) ++at;
    return at - begin;
  };
  std::size_t at = 0;
  std::size_t count = skip(at);
  if (at < text.size() && text[at] == '.') {
    ++at;
    count += skip(at);
  }
  if (count == 0) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (skip(at) == 0) return false;
  }
  return at == text.size();
}

} // namespace detail

/// The type of a plain scalar; quoted ones and blocks are text whatever they hold.
SPANWISE_SMALL typed_scalar resolve_scalar(std::string_view text) {
  using limits = std::numeric_limits<double>;
  if (text.empty() || text == "~" || detail::is_word(text, "null", "Null", "NULL")) return {.type = scalar_type::null};
  if (detail::is_word(text, "true", "True", "TRUE")) return {.type = scalar_type::boolean, .boolean = true};
  if (detail::is_word(text, "false", "False", "FALSE")) return {.type = scalar_type::boolean};
  auto const whole = [](detail::whole_number const& read) {
    return typed_scalar{.type = scalar_type::integer,
                        .integer = read.value,
                        .number = static_cast<double>(read.value),
                        .fits = read.fits};
  };
  for (std::string_view const prefix : {"0o", "0x"}) {
    if (!text.starts_with(prefix) || text.size() == 2) continue;
    auto const read = detail::read_bits(text.substr(2), prefix == "0o" ? 3 : 4);
    if (read.size != 0) return whole(read);
  }
  bool const negative = text.front() == '-';
  bool const has_sign = negative || text.front() == '+';
  std::string_view const bare = text.substr(has_sign ? 1 : 0);
  if (detail::char_set constexpr digits{"09"}; !bare.empty() && digits.has_all(bare))
    return whole(detail::read_whole_number(negative ? text : bare));
  if (detail::is_word(bare, ".inf", ".Inf", ".INF"))
    return {.type = scalar_type::floating, .number = negative ? -limits::infinity() : limits::infinity()};
  if (detail::is_word(text, ".nan", ".NaN", ".NAN"))
    return {.type = scalar_type::floating, .number = limits::quiet_NaN()};
  if (detail::is_floating(bare))
    if (auto const number = detail::read_decimal(bare))
      return {.type = scalar_type::floating, .number = negative ? -*number : *number};
  return {};
}

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/config/document.hpp
//
// A YAML document as it was read: nodes in one array that name each other by their positions, with the places where
// they stand. Aliases name the node that they repeat. Variables are filled in, types are not judged yet.

namespace spanwise::inline SPANWISE_ABI {

enum class config_node_kind : std::uint8_t { scalar, list, map };

/// One node of a document.
struct config_node {
  config_node_kind kind = config_node_kind::scalar;
  bool broken = false;      ///< variables could not be filled in; there is a fault already
  bool substituted = false; ///< variables were filled in: `text` may be secret, `written` is not
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::string text{};                                           ///< of a scalar
  std::string written{};                                        ///< the text before variables were filled in
  typed_scalar value{};                                         ///< of a scalar
  std::vector<std::uint32_t> items{};                           ///< of a list
  std::vector<std::pair<std::string, std::uint32_t>> entries{}; ///< of a map, in the order of the file

  [[nodiscard]] bool is_null() const noexcept {
    return kind == config_node_kind::scalar && value.type == scalar_type::null;
  }
};

/// The nodes of one file.
struct config_document {
  std::string file{};
  std::vector<config_node> nodes{};
  std::uint32_t root = 0; ///< there is one if there are nodes
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/config/fault.hpp
//
// What is wrong in a configuration file, and where. All faults of a file are gathered before any is told, so that one
// look mends them all.

namespace spanwise::inline SPANWISE_ABI {

/// One fault of a configuration file.
struct config_fault {
  std::string file;
  std::uint32_t line = 0;   ///< from 1; 0 where the file as a whole is meant
  std::uint32_t column = 0; ///< from 1
  std::string path;         ///< such as `tracer_provider.processors[0].batch`; empty for the whole file
  std::string problem;      ///< what is wrong and how to mend it, to follow the path in a sentence

  /// `config.yaml:12:25: tracer_provider.sampler is empty; ...`
  [[nodiscard]] SPANWISE_SMALL std::string text() const {
    std::string all = file;
    if (line != 0) all += detail::joined({":", line, ":", column});
    all += ": ";
    if (!path.empty()) all += detail::joined({path, " "});
    return all += problem;
  }
};

/// Faults in the order in which they were found; what exceeds `most` is only counted.
class config_faults {
public:
  static constexpr std::size_t most = 50;

  SPANWISE_COLD void add(config_fault one) {
    if (++count_ <= most) held_.push_back(std::move(one));
  }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  /// How many there are, also of those that are not held.
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] auto begin() const noexcept { return held_.begin(); }
  [[nodiscard]] auto end() const noexcept { return held_.end(); }

private:
  std::vector<config_fault> held_;
  std::size_t count_ = 0;
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/config/properties.hpp
//
// Reads the properties of one map of a configuration file by their types. What is wrong is gathered as a fault, and
// what was never asked for is one too, so a reader is the list of what it knows. Exporters of your own get one of
// these: `bool configure(spanwise::config_properties& given)`.

namespace spanwise::inline SPANWISE_ABI {

/// What a number in a configuration file may be.
struct config_range {
  std::int64_t least = 0;
  std::int64_t most = INT64_MAX;
  std::string_view unit{};    ///< such as `milliseconds`
  std::string_view example{}; ///< a good value, told with a bad one
};

/// What becomes of a property that is there, but has no value.
enum class if_null : std::uint8_t { is_empty_map, is_fault };

/// Whether a fault may show what stands in the file.
enum class if_wrong : std::uint8_t { is_shown, is_hidden };

/// No list of a configuration file has more entries; a longer one is a fault.
inline constexpr std::size_t most_config_entries = 2'000;

/// One map of a configuration file. Properties that are not set give nothing, and so do those whose value is null;
/// has() and is_null() tell them apart. The values of variables never come into faults: they may be secret.
class config_properties {
public:
  /// A map without properties.
  config_properties() noexcept = default;
  config_properties(detail::counted<config_document const> document, std::uint32_t node, std::string path,
                    config_faults& faults)
      : document_{std::move(document)}, faults_{&faults}, node_{node}, path_{std::move(path)} {
    asked_.resize(entries());
  }

  /// True if the property is there, with a value or null.
  [[nodiscard]] bool has(std::string_view name) const noexcept { return find(name) != nullptr; }
  /// True if the property is there and null: `endpoint:` or `endpoint: ~`.
  [[nodiscard]] bool is_null(std::string_view name) const noexcept {
    config_node const* const found = find(name);
    return found != nullptr && found->is_null();
  }
  [[nodiscard]] std::size_t size() const noexcept { return entries(); }
  [[nodiscard]] std::string_view name(std::size_t at) const noexcept { return node()->entries[at].first; }
  /// Where it stands, such as `tracer_provider.processors[0].batch`.
  [[nodiscard]] std::string const& path() const noexcept { return path_; }

  SPANWISE_SMALL std::optional<bool> boolean(std::string_view name) {
    config_node const* const found = value_of(name);
    if (found == nullptr) return std::nullopt;
    if (is(found, scalar_type::boolean)) return found->value.boolean;
    wrong(name, *found, "it must be true or false");
    return std::nullopt;
  }

  SPANWISE_SMALL std::optional<std::int64_t> integer(std::string_view name, config_range const& range = {}) {
    config_node const* const found = value_of(name);
    if (found == nullptr) return std::nullopt;
    if (!is(found, scalar_type::integer)) {
      wrong(name, *found,
            detail::joined({"it must be a whole number", range.unit.empty() ? std::string_view{} : " of ", range.unit,
                            range.example.empty() ? std::string_view{} : ", such as ", range.example}));
      return std::nullopt;
    }
    if (found->value.fits && found->value.integer >= range.least && found->value.integer <= range.most)
      return found->value.integer;
    wrong(name, *found,
          range.most == INT64_MAX && found->value.fits
              ? detail::joined({"it must be at least ", range.least})
              : detail::joined({"it must be from ", range.least, " to ", range.most}));
    return std::nullopt;
  }

  /// A number from 0 to 1.
  SPANWISE_SMALL std::optional<double> ratio(std::string_view name) {
    std::optional<double> const found = number(name, "it must be a number from 0 to 1, such as 0.25");
    if (!found || (*found >= 0 && *found <= 1)) return found;
    wrong(name, *find(name), "it must be from 0 to 1");
    return std::nullopt;
  }

  /// A number, whole or not.
  SPANWISE_SMALL std::optional<double> number(std::string_view name,
                                              std::string_view wanted = "it must be a number, such as 0.25") {
    config_node const* const found = value_of(name);
    if (found == nullptr) return std::nullopt;
    if (is(found, scalar_type::floating) || is(found, scalar_type::integer)) return found->value.number;
    wrong(name, *found, wanted);
    return std::nullopt;
  }

  SPANWISE_SMALL std::optional<std::string> text(std::string_view name) {
    config_node const* const found = value_of(name);
    if (found == nullptr) return std::nullopt;
    if (is(found, scalar_type::text)) return found->text;
    not_text(child(name), *found);
    return std::nullopt;
  }

  /// The one of `known` that the text is.
  SPANWISE_SMALL std::optional<std::string_view> choice(std::string_view name,
                                                        std::initializer_list<std::string_view> known) {
    config_node const* const found = value_of(name);
    if (found == nullptr) return std::nullopt;
    for (std::string_view const one : known)
      if (is(found, scalar_type::text) && found->text == one) return one;
    std::string names;
    for (std::string_view const one : known) detail::add_item(names, one);
    wrong(name, *found, detail::joined({"it must be one of ", names}));
    return std::nullopt;
  }

  /// The texts of a list, which has at least one if it is there.
  SPANWISE_SMALL std::vector<std::string> texts(std::string_view name) {
    std::vector<std::string> all;
    for_each(name, "texts", [&](config_node const& item, std::string const& path) {
      if (is(&item, scalar_type::text)) all.push_back(item.text);
      else if (!item.broken) not_text(path, item);
    });
    return all;
  }

  /// A map below; nothing if it is not there, or no map.
  SPANWISE_SMALL std::optional<config_properties> map(std::string_view name, if_null null = if_null::is_fault) {
    config_node const* const found = any_value_of(name);
    if (found == nullptr) return std::nullopt;
    return map_at(*found, child(name), null);
  }

  /// The maps of a list, which has at least one if it is there. What stands in the place of one may be secret.
  SPANWISE_SMALL std::vector<config_properties> maps(std::string_view name, if_wrong value = if_wrong::is_shown) {
    std::vector<config_properties> all;
    for_each(
        name, "maps",
        [&](config_node const& item, std::string const& path) {
          if (auto one = map_at(item, path, if_null::is_fault, value)) all.push_back(std::move(*one));
        },
        value);
    return all;
  }

  /// True if variables were filled in here, or in an entry of this list: what it holds now must not be shown.
  [[nodiscard]] SPANWISE_SMALL bool is_filled_in(std::string_view name) const noexcept {
    config_node const* const found = find(name);
    if (found == nullptr) return false;
    bool filled = found->substituted;
    for (std::uint32_t const at : found->items) filled = filled || document_->nodes[at].substituted;
    return filled;
  }

  /// The text of a property before variables were filled in; empty if it is not set or has none.
  [[nodiscard]] SPANWISE_SMALL std::string_view as_written(std::string_view name) const noexcept {
    config_node const* const found = find(name);
    if (found == nullptr) return {};
    return found->substituted ? found->written : found->text;
  }

  /// Accepts the property whatever it holds.
  SPANWISE_SMALL config_node const* anything(std::string_view name) { return any_value_of(name); }
  [[nodiscard]] config_node const& node_at(std::uint32_t at) const noexcept { return document_->nodes[at]; }

  /// A fault where the property is missing, or null; false then.
  SPANWISE_SMALL bool require(std::string_view name, std::string_view meaning) {
    if (has(name) && !is_null(name)) return true;
    if (has(name)) fault(name, detail::joined({"is empty; it must be ", meaning}));
    else fault(detail::joined({"lacks ", name, ", ", meaning}));
    return false;
  }

  /// The name of the only property: what chooses one of several. Nothing, with a fault, if there is none or are
  /// several.
  SPANWISE_SMALL std::optional<std::string_view> only_name(std::string_view meaning) {
    if (entries() == 1) return name(0);
    if (entries() == 0) {
      fault(detail::joined({"is empty; it must name ", meaning}));
    } else {
      std::string names;
      for (auto const& [key, at] : node()->entries) detail::add_item(names, detail::shown(key));
      fault(detail::joined({"names ", names, "; it must name one alone: ", meaning}));
    }
    return std::nullopt;
  }

  /// A fault of the map itself, to follow its path in a sentence.
  SPANWISE_SMALL void fault(std::string problem) {
    if (node() != nullptr) add(path_, *node(), std::move(problem));
    else if (faults_ != nullptr) faults_->add({"configuration", 0, 0, path_, std::move(problem)});
  }
  /// A fault of one property, such as `is no colour; it must be red or green`.
  SPANWISE_SMALL void fault(std::string_view name, std::string problem) {
    config_node const* const found = find(name);
    if (found != nullptr) add(child(name), *found, std::move(problem));
    else fault(std::move(problem));
  }

  /// A fault that shows a value, unless it may be secret, and says what is `wanted`, such as `it must be red or green`.
  SPANWISE_SMALL void wrong(std::string_view name, std::string_view wanted) {
    if (config_node const* const found = find(name)) wrong(name, *found, wanted);
  }

  /// Faults for all that nobody asked for; call it when everything is read.
  SPANWISE_SMALL void refuse_unknown() {
    std::string known;
    for (std::string_view const one : known_) detail::add_item(known, one);
    for (std::size_t at = 0; at < entries(); ++at) {
      if (asked_[at]) continue;
      auto const& [key, value] = node()->entries[at];
      std::string_view const why = key == "<<" ? std::string_view{"is a merge key, which YAML 1.2 does not have"}
                                               : "is no property that is known here";
      add(child(key), document_->nodes[value],
          known.empty() ? detail::joined({why, "; there are none"}) : detail::joined({why, " (known: ", known, ")"}));
    }
  }

  /// The same properties, to be kept until somebody says where faults go; up to then they go nowhere.
  [[nodiscard]] SPANWISE_SMALL config_properties kept() const {
    config_properties copy = *this;
    copy.faults_ = nullptr;
    return copy;
  }
  /// The same properties, with faults going elsewhere; those that are of no file are called `name` there.
  [[nodiscard]] SPANWISE_SMALL config_properties for_faults(config_faults& faults, std::string_view name) const {
    config_properties copy = *this;
    copy.faults_ = &faults;
    if (copy.path_.empty()) copy.path_ = name;
    return copy;
  }

private:
  static bool is(config_node const* found, scalar_type type) noexcept {
    return found->kind == config_node_kind::scalar && found->value.type == type;
  }

  [[nodiscard]] config_node const* node() const noexcept {
    return document_ == nullptr ? nullptr : &document_->nodes[node_];
  }
  [[nodiscard]] std::size_t entries() const noexcept { return node() == nullptr ? 0 : node()->entries.size(); }

  [[nodiscard]] SPANWISE_SMALL config_node const* find(std::string_view name) const noexcept {
    for (std::size_t at = 0; at < entries(); ++at)
      if (node()->entries[at].first == name) return &document_->nodes[node()->entries[at].second];
    return nullptr;
  }

  SPANWISE_SMALL config_node const* any_value_of(std::string_view name) {
    known_.emplace_back(name);
    for (std::size_t at = 0; at < entries(); ++at)
      if (node()->entries[at].first == name) asked_[at] = true;
    return find(name);
  }
  SPANWISE_SMALL config_node const* value_of(std::string_view name) {
    config_node const* const found = any_value_of(name);
    return found == nullptr || found->is_null() || found->broken ? nullptr : found;
  }

  [[nodiscard]] SPANWISE_SMALL std::string child(std::string_view name) const {
    return detail::joined({path_, path_.empty() ? std::string_view{} : ".", detail::shown(name)});
  }

  template <class Each>
  SPANWISE_SMALL void for_each(std::string_view name, std::string_view what, Each const& each,
                               if_wrong value = if_wrong::is_shown) {
    config_node const* const found = any_value_of(name);
    if (found == nullptr || found->broken) return;
    if (found->kind != config_node_kind::list)
      return wrong(
          name, *found,
          detail::joined({"it must be a list of ", what, found->is_null() ? std::string_view{", or be left out"} : ""}),
          value);
    if (found->items.size() > most_config_entries)
      return fault(name, detail::joined({"has more than ", most_config_entries, " entries, which are not read"}));
    if (found->items.empty()) return wrong(name, *found, "it must have at least one entry, or be left out");
    for (std::size_t at = 0; at < found->items.size(); ++at)
      each(document_->nodes[found->items[at]], detail::joined({child(name), "[", at, "]"}));
  }

  SPANWISE_SMALL std::optional<config_properties> map_at(config_node const& found, std::string path, if_null null,
                                                         if_wrong value = if_wrong::is_shown) {
    auto const at = static_cast<std::uint32_t>(&found - document_->nodes.data());
    bool const empty = found.is_null() && null == if_null::is_empty_map;
    if (found.kind == config_node_kind::map || empty)
      return config_properties{document_, at, std::move(path), *faults_};
    if (found.broken) return std::nullopt;
    bool const bare =
        found.kind == config_node_kind::scalar && !found.substituted && !found.is_null() && value == if_wrong::is_shown;
    add(path, found,
        bare ? detail::joined({"is ", shown(found), "; it must be a map of properties: write ",
                               detail::shown(found.text), ": for one without any"})
             : detail::joined({"is ", shown(found, value), "; it must be a map of properties",
                               found.is_null() ? std::string_view{", or be left out"} : ""}));
    return std::nullopt;
  }

  /// Text that would be a number, true or false if it stood there plain.
  SPANWISE_SMALL static bool is_needlessly_quoted(config_node const& value) {
    if (value.kind != config_node_kind::scalar || value.value.type != scalar_type::text) return false;
    scalar_type const plain = resolve_scalar(value.text).type;
    return plain != scalar_type::text && plain != scalar_type::null;
  }

  /// What a value is, for a sentence; what variables hold is not shown.
  SPANWISE_SMALL static std::string shown(config_node const& value, if_wrong how = if_wrong::is_shown) {
    if (value.kind == config_node_kind::list) return value.items.empty() ? "an empty list" : "a list";
    if (value.kind == config_node_kind::map) return "a map";
    if (how == if_wrong::is_hidden && !value.is_null()) return "a single value (which is not shown)";
    if (value.substituted && is_needlessly_quoted(value))
      return detail::joined({"\"", detail::shown(value.written), "\" in quotes, which make it text"});
    if (value.substituted)
      return detail::joined({detail::shown(value.written), ", filled in with something else (which is not shown)"});
    if (value.value.type == scalar_type::null) return "empty";
    if (value.value.type != scalar_type::text) return detail::shown(value.text);
    return detail::joined({"\"", detail::shown(value.text), "\""});
  }

  SPANWISE_SMALL void wrong(std::string_view name, config_node const& value, std::string_view wanted,
                            if_wrong how = if_wrong::is_shown) {
    add(child(name), value,
        detail::joined({"is ", shown(value, how), "; ", wanted,
                        is_needlessly_quoted(value) ? std::string_view{", without quotes"} : ""}));
  }

  /// Says of which type it is, and not which value it has, where text was wanted: it may be a password of digits.
  SPANWISE_SMALL void not_text(std::string const& path, config_node const& value) {
    bool const scalar = value.kind == config_node_kind::scalar && !value.is_null();
    std::string_view const type =
        value.value.type == scalar_type::boolean ? std::string_view{"true or false"} : "a number";
    add(path, value,
        scalar ? detail::joined({"is ", type, "; it must be text: put it in quotes"})
               : detail::joined({"is ", shown(value), "; it must be text"}));
  }

  SPANWISE_COLD void add(std::string path, config_node const& at, std::string problem) {
    if (faults_ != nullptr) faults_->add({document_->file, at.line, at.column, std::move(path), std::move(problem)});
  }

  detail::counted<config_document const> document_{};
  config_faults* faults_{};
  std::uint32_t node_ = 0;
  std::string path_{};
  std::vector<bool> asked_{};
  std::vector<std::string> known_{};
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/config/model.hpp
//
// What a configuration file says, as plain values: the tracing part of OpenTelemetry's schema
// (opentelemetry-configuration 1.x), with its defaults filled in. parse_configuration makes one; from_config makes it
// run.

namespace spanwise::inline SPANWISE_ABI {

/// A component that is chosen by its name in the file, with its properties.
struct config_component {
  std::string name{};
  config_properties properties{};
};

/// `otlp_http` and `otlp_grpc`. What is not set here is as code gave it, or the default.
struct otlp_config {
  std::string endpoint{};    ///< a whole URL, to which nothing is appended
  std::string encoding{};    ///< protobuf, json, or left open
  std::string compression{}; ///< gzip, none, or left open
  key_values headers{};
  std::optional<duration> timeout{};
  std::string ca_file{};
  std::string cert_file{};
  std::string key_file{};
  std::optional<std::int64_t> max_request_size{};
  std::optional<std::int64_t> max_response_size{};
  std::optional<bool> insecure{};
};

/// An exporter by its name in the file: `otlp_http`, `otlp_grpc`, `otlp_file/development`, `console`, or one of your
/// own.
struct exporter_config : config_component {
  otlp_config otlp{};      ///< of the two that are OTLP over a network
  std::string file_path{}; ///< of `otlp_file/development`; empty for standard output
};

/// One entry of `tracer_provider.processors`.
struct processor_config {
  bool batch = true; ///< simple otherwise
  batch_options options{};
  exporter_config exporter{};
};

/// Attributes of a rule by which spans are told apart: a key, and which values match.
struct attribute_match_config {
  std::string key{};
  std::vector<std::string> values{};   ///< exact
  std::vector<std::string> included{}; ///< patterns with * and ?
  std::vector<std::string> excluded{};
};

struct sampler_config;

/// A rule of a rule-based sampler: all conditions that are set must hold.
struct sampling_rule_config {
  std::optional<attribute_match_config> attribute_values{};
  std::optional<attribute_match_config> attribute_patterns{};
  std::vector<std::string> span_kinds{};
  std::vector<std::string> parents{};
  std::vector<sampler_config> sampler; ///< one
};

/// A sampler by its name in the file; `parts` are the samplers below it, by the names of their properties.
struct sampler_config : config_component {
  bool composable = false; ///< below `composite/development`
  double ratio = 1;
  std::vector<std::pair<std::string, sampler_config>> parts{};
  std::vector<sampling_rule_config> rules{};

  [[nodiscard]] sampler_config const* part(std::string_view called) const noexcept {
    for (auto const& [property, held] : parts)
      if (property == called) return &held;
    return nullptr;
  }
};

/// The value of a resource attribute.
using config_value = std::variant<std::string, bool, std::int64_t, double, std::vector<std::string>, std::vector<bool>,
                                  std::vector<std::int64_t>, std::vector<double>>;

/// `resource`.
struct resource_config {
  /// Those of `attributes_list` first, then those of `attributes`, which win.
  std::vector<std::pair<std::string, config_value>> attributes{};
  std::string schema_url{};
  /// container, host, process, service, or of your own; none unless the file asks for some.
  std::vector<config_component> detectors{};
  /// Patterns with * and ? of the attributes that detectors may set; none: all.
  std::vector<std::string> included{};
  std::vector<std::string> excluded{};
};

/// `tracer_provider.tracer_configurator/development`.
struct tracers_config {
  struct match {
    std::string name{}; ///< a pattern with * and ?
    bool enabled = true;
  };
  bool enabled = true; ///< where none of `matches` fits
  std::vector<match> matches{};
};

/// `tracer_provider`.
struct tracer_provider_config {
  std::vector<processor_config> processors{};     ///< at least one
  std::optional<sampler_config> sampler{};        ///< none: parent-based with always_on
  std::optional<config_component> id_generator{}; ///< none: random
  std::optional<tracers_config> tracers{};
  config_properties place{}; ///< for faults that concern it as a whole
};

/// A whole file.
struct configuration {
  std::string file{}; ///< what to call it in sentences
  bool disabled = false;
  /// From which severity on diagnostics are told; none: as code has it.
  std::optional<severity> log_level{};
  span_limit_options limits{}; ///< those that the file sets
  resource_config resource{};
  /// Formats by their names, first those of `composite`, then those of `composite_list`; none: contexts don't travel.
  std::vector<config_component> propagators{};
  std::optional<tracer_provider_config> tracer_provider{}; ///< none: no spans
  /// Sections that are not about tracing and were passed over, such as meter_provider.
  std::vector<std::string> ignored{};
  /// What deserves a word, but keeps nothing from running.
  std::vector<std::string> remarks{};
  config_faults faults{};

  /// True if nothing is wrong with it.
  [[nodiscard]] bool usable() const noexcept { return faults.empty(); }
};

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/config/components.hpp
//
// What a program was built with, of which a configuration file names what runs: exporters, and samplers, propagators
// and resource detectors of your own.

namespace spanwise::inline SPANWISE_ABI::detail {

/// A type with a name for configuration files by which it is an exporter.
template <class Component>
concept named_exporter = requires {
  { Component::exporter_name } -> std::convertible_to<std::string_view>;
};

/// A sampler of a user's own with such a name.
template <class Component>
concept named_sampler = sampler<Component> && std::copy_constructible<Component> && requires {
  { Component::sampler_name } -> std::convertible_to<std::string_view>;
};

/// An id generator of a user's own with such a name.
template <class Component>
concept named_id_generator = id_generator<Component> && std::copy_constructible<Component> && requires {
  { Component::id_generator_name } -> std::convertible_to<std::string_view>;
};

/// What an exporter is called in a file, and which of several of a name it is.
struct built_exporter {
  std::string_view name{};
  std::string_view encoding{};

  friend constexpr bool operator==(built_exporter const&, built_exporter const&) noexcept = default;
};

template <named_exporter Choice> constexpr built_exporter name_in_file() noexcept {
  choice_name const own = name_of_choice<Choice>();
  if (own.exporter == "otlp_file") return {"otlp_file/development"};
  if (own.exporter != "otlp") return {own.exporter};
  if (own.protocol == "grpc") return {"otlp_grpc"};
  return {"otlp_http", own.protocol == "http/json" ? std::string_view{"json"} : "protobuf"};
}

/// True if no two components are called the same.
template <class... Components> constexpr bool named_apart() noexcept {
  struct called {
    int what = 0;
    built_exporter name{};
  };
  auto const call = []<class Component>(std::type_identity<Component>) -> called {
    if constexpr (named_exporter<Component>) return {1, name_in_file<Component>()};
    else if constexpr (named_sampler<Component>) return {2, {Component::sampler_name}};
    else if constexpr (named_format<Component>) return {3, {Component::name}};
    else if constexpr (named_id_generator<Component>) return {5, {Component::id_generator_name}};
    else if constexpr (resource_detector<Component> &&
                       requires { typename std::bool_constant<(Component::name, true)>; })
      return {4, {Component::name}};
    else return {};
  };
  std::array<called, sizeof...(Components) + 1> const all{call(std::type_identity<Components>{})..., called{}};
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (all[i].what != 0 && all[i].what == all[j].what && all[i].name == all[j].name) return false;
  return true;
}

/// Lets a component of a user's own read its properties, with `bool configure(config_properties&)`; one without takes
/// none. False if something is wrong; there is a fault then.
template <class Component> bool configure_own(Component& into, config_component const& from, config_faults& faults) {
  config_properties properties = from.properties.for_faults(faults, from.name);
  std::size_t const before = faults.count();
  if constexpr (requires {
                  { into.configure(properties) } -> std::convertible_to<bool>;
                }) {
    bool good = false;
    if (!contain([&] { good = into.configure(properties); })) {
      properties.fault("threw an exception while it was set up");
      return false;
    }
    if (!good && faults.count() == before) properties.fault("was refused by the component of this name");
  }
  properties.refuse_unknown();
  return faults.count() == before;
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/config/exporter_list.hpp
//
// Exporters that are known only when the program runs, as many as a configuration file names: a tee whose branches are
// not types.

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

/// One exporter of the list.
struct listed_exporter {
  any_exporter exporter;
};

/// Sends each span to all of these, one after another; with none, all spans count as filtered.
struct exporter_list {
  std::vector<listed_exporter> all;
};

} // namespace detail

template <class Client> struct sender<detail::listed_exporter, Client> {
  sender(detail::listed_exporter given, exporter_setup const& setup) : live_{given.exporter.make(setup)} {}

  export_result export_spans(span_batch const& batch, deadline until) noexcept {
    return live_.export_spans(batch, until);
  }
  bool flush(deadline until) noexcept { return live_.flush(until); }
  void shutdown(deadline until) noexcept { live_.shutdown(until); }
  void cancel() noexcept { live_.cancel(); }
  [[nodiscard]] bool usable() const noexcept { return live_.usable(); }

private:
  detail::live_exporter live_;
};

namespace detail {

/// As the node of a tee: each branch keeps its own accounts, the result for all is that of the one that exported least,
/// and time is shared so that one that hangs leaves some to those after it.
class exporter_list_node {
public:
  exporter_list_node(exporter_list given, node_setup const& how) {
    for (listed_exporter& one : given.all) branches_.emplace_back(std::move(one), how);
  }

  export_result run(span_batch const& batch, deadline until) noexcept {
    std::optional<export_result> least;
    each(until, [&](auto& branch, deadline share) {
      export_result const result = branch.run(batch, share);
      if (!least || result.exported < least->exported) least = result;
    });
    if (least) return *least;
    add_own(filtered_, batch.records.size());
    return {.filtered = batch.records.size()};
  }

  void note_filtered(std::uint64_t count) noexcept {
    if (branches_.empty()) add_own(filtered_, count);
    for (auto& branch : branches_) branch.note_filtered(count);
  }
  bool flush(deadline until) noexcept {
    bool good = true;
    each(until, [&](auto& branch, deadline share) { good = branch.flush(share) && good; });
    return good;
  }
  void shutdown(deadline until) noexcept {
    each(until, [](auto& branch, deadline share) { branch.shutdown(share); });
  }
  void cancel() noexcept {
    for (auto& branch : branches_) branch.cancel();
  }
  [[nodiscard]] std::uint64_t failed() const noexcept {
    std::uint64_t sum = 0;
    for (auto const& branch : branches_) sum += branch.failed();
    return sum;
  }
  template <class Each> void each_counts(Each const& each) const {
    if (branches_.empty()) each(delivery_counts{.filtered = filtered_.load(relaxed)});
    for (auto const& branch : branches_) branch.each_counts(each);
  }

private:
  template <class Visit> void each(deadline until, Visit const& visit) noexcept {
    auto left = static_cast<std::int64_t>(branches_.size());
    for (auto& branch : branches_) {
      auto const now = deadline::now();
      auto const share = std::max(until - now, duration{}) / left--;
      visit(branch, until == deadline::max() || left == 0 ? until : now + share);
    }
  }

  std::deque<leaf<listed_exporter>> branches_; // they stay where they are
  atomic<std::uint64_t> filtered_{0};
};
template <> struct node_of<exporter_list> {
  using type = exporter_list_node;
};

} // namespace detail

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/config/create_exporters.hpp
//
// Makes the exporters that a configuration names out of those that the program was built with.

namespace spanwise::inline SPANWISE_ABI::detail {

/// Sets what the file says of an exporter that sends OTLP over HTTP; the rest stays as code gave it.
template <class Otlp>
SPANWISE_SMALL void set_otlp(Otlp& into, exporter_config const& from, std::vector<std::string>& remarks) {
  otlp_config const& otlp = from.otlp;
  auto const set = [](std::string& member, std::string const& value) {
    if (!value.empty()) member = value;
  };
  if constexpr (requires { into.traces_endpoint; }) set(into.traces_endpoint, otlp.endpoint);
  else set(into.endpoint, otlp.endpoint);
  set(into.certificate, otlp.ca_file);
  set(into.client_certificate, otlp.cert_file);
  set(into.client_key, otlp.key_file);
  if (!otlp.headers.empty()) into.headers = otlp.headers;
  if (otlp.timeout) into.timeout = otlp.timeout;
  auto const cannot = [&](std::string_view property, std::string_view what) {
    remarks.push_back(joined({from.properties.path(), ".", property, " has no effect: ", what}));
  };
  if (otlp.compression == "gzip") cannot("compression", "this exporter sends plain bodies");
  if (otlp.max_request_size && *otlp.max_request_size != std::int64_t{64} << 20)
    cannot("max_request_size", "larger requests than 64 MiB are sent as several, and that is fixed");
  if (otlp.max_response_size && *otlp.max_response_size != std::int64_t{4} << 20)
    cannot("max_response_size", "what an answer may have is fixed");
}

/// Sets what the file says of one exporter; false, with a fault, where that can't be.
template <class Choice>
SPANWISE_SMALL bool set_exporter(Choice& into, exporter_config const& from, config_faults& faults,
                                 std::vector<std::string>& remarks) {
  built_exporter constexpr built = name_in_file<Choice>();
  if constexpr (requires(config_properties& properties) { into.configure(properties); }) {
    return configure_own(into, from, faults);
  } else if constexpr ((built.name == "otlp_http" || built.name == "otlp_grpc") && requires {
                         into.headers;
                         into.timeout;
                         into.certificate;
                       }) {
    set_otlp(into, from, remarks);
  } else if constexpr (built.name == "otlp_file/development" && requires { into.path; }) {
    if (!from.file_path.empty() || from.properties.has("output_stream")) into.path = from.file_path;
  } else if constexpr (built.name != "console") {
    // What the schema has was read already; an exporter of a user's own that goes by its name may want none of it.
    if constexpr (built.name.starts_with("otlp_")) {
      if (from.properties.size() != 0) {
        from.properties.for_faults(faults, from.name)
            .fault("has properties, which the exporter of this name does not take");
        return false;
      }
    }
    return configure_own(into, from, faults);
  }
  return true;
}

/// Exporters to choose from, each of which may be taken several times if it can be copied.
template <class... Components> class exporter_shelf {
public:
  explicit exporter_shelf(std::tuple<Components...>& built) noexcept : built_{built} {}

  /// One more exporter for the list; a fault if there is none of that name.
  SPANWISE_SMALL void take(exporter_list& list, exporter_config const& wanted, config_faults& faults,
                           std::vector<std::string>& remarks) {
    std::optional<std::size_t> const place = find(wanted);
    if (!place) return tell_missing(wanted, faults);
    take_at(*place, list, wanted, faults, remarks, std::index_sequence_for<Components...>{});
  }

  /// The one that the environment chooses, by its place among the exporters alone.
  SPANWISE_SMALL exporter_list by_environment(environment const& env) {
    std::vector<choice_name> names;
    std::vector<std::size_t> places;
    each([&]<class Component>(std::size_t place, std::type_identity<Component>) {
      if constexpr (named_exporter<Component>) {
        names.push_back(name_of_choice<Component>());
        places.push_back(place);
      }
    });
    exporter_list list;
    for (std::size_t const chosen : choose_exporters(names, env)) hand_out(places[chosen], list);
    return list;
  }

private:
  template <class Visit> static void each(Visit const& visit) {
    std::size_t place = 0;
    (visit(place++, std::type_identity<Components>{}), ...);
  }

  /// Where several have the name, the encoding that the file asks for; protobuf if it leaves that open.
  SPANWISE_SMALL static std::optional<std::size_t> find(exporter_config const& wanted) {
    std::optional<std::size_t> found;
    each([&]<class Component>(std::size_t place, std::type_identity<Component>) {
      if constexpr (named_exporter<Component>) {
        built_exporter constexpr one = name_in_file<Component>();
        std::string_view const asked = wanted.otlp.encoding;
        if (one.name != wanted.name || (!asked.empty() && one.encoding != asked && !one.encoding.empty())) return;
        if (!found || one.encoding == "protobuf") found = place;
      }
    });
    return found;
  }

  SPANWISE_SMALL static void tell_missing(exporter_config const& wanted, config_faults& faults) {
    std::string names;
    bool other_encoding = false;
    each([&]<class Component>(std::size_t, std::type_identity<Component>) {
      if constexpr (named_exporter<Component>) {
        built_exporter constexpr one = name_in_file<Component>();
        other_encoding = other_encoding || one.name == wanted.name;
        add_item(names, one.name);
        if (!one.encoding.empty()) names += joined({" (", one.encoding, ")"});
      }
    });
    config_properties properties = wanted.properties.for_faults(faults, wanted.name);
    properties.fault(joined({other_encoding ? std::string_view{"asks for the encoding "} : "is no exporter that",
                             other_encoding ? std::string_view{wanted.otlp.encoding} : "",
                             other_encoding ? std::string_view{", which"} : "", " this program was",
                             other_encoding ? std::string_view{" not"} : "", " built with (it has ", names,
                             "); to have more, name them in spanwise::from_config{...} where tracing starts"}));
  }

  template <std::size_t... Places>
  SPANWISE_SMALL void take_at(std::size_t place, exporter_list& list, exporter_config const& wanted,
                              config_faults& faults, std::vector<std::string>& remarks,
                              std::index_sequence<Places...>) {
    auto const take_one = [&]<class Component>(Component& held, bool& taken) {
      if constexpr (named_exporter<Component>) {
        if constexpr (std::is_copy_constructible_v<Component>) {
          Component copy = held;
          if (set_exporter(copy, wanted, faults, remarks)) list.all.push_back({any_exporter{std::move(copy)}});
        } else if (std::exchange(taken, true)) {
          config_properties properties = wanted.properties.for_faults(faults, wanted.name);
          properties.fault("is named a second time, but this exporter can't be copied; name it once");
        } else if (set_exporter(held, wanted, faults, remarks)) {
          list.all.push_back({any_exporter{std::move(held)}});
        }
      }
    };
    ((place == Places ? take_one(std::get<Places>(built_), taken_[Places]) : void()), ...);
  }

  void hand_out(std::size_t place, exporter_list& list) {
    hand_out_at(place, list, std::index_sequence_for<Components...>{});
  }
  template <std::size_t... Places>
  void hand_out_at(std::size_t place, exporter_list& list, std::index_sequence<Places...>) {
    auto const take_one = [&]<class Component>(Component& held) {
      if constexpr (named_exporter<Component>) list.all.push_back({any_exporter{std::move(held)}});
    };
    ((place == Places ? take_one(std::get<Places>(built_)) : void()), ...);
  }

  std::tuple<Components...>& built_;
  bool taken_[sizeof...(Components) + 1]{};
};

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/config/create_propagators.hpp
//
// Makes the propagators that a configuration names, of those of the single header and those that the program was built
// with besides, such as spanwise::jaeger.

namespace spanwise::inline SPANWISE_ABI::detail {

/// The formats among some components.
template <class List, class... Components> struct formats_among { using type = List; };
template <class... Formats, class Next, class... More>
struct formats_among<format_list<Formats...>, Next, More...>
    : formats_among<std::conditional_t<named_format<Next>, format_list<Formats..., Next>, format_list<Formats...>>,
                    More...> {};

template <class List> struct formats_of_file;
template <class... More> struct formats_of_file<format_list<More...>> {
  using type = propagators_from_environment<More...>;

  static constexpr std::array<std::string_view, 4 + sizeof...(More)> names{trace_context::name, w3c_baggage::name,
                                                                           b3::name, b3_multi::name, More::name...};
};

/// The formats in the order of the file; none if it names none. A fault for each that is not there.
template <class... Components>
SPANWISE_SMALL any_propagator create_propagators(std::vector<config_component> const& from,
                                                 std::tuple<Components...> const&, config_faults& faults) {
  using known = formats_of_file<typename formats_among<format_list<>, Components...>::type>;
  std::string wanted;
  for (config_component const& one : from) {
    config_properties properties = one.properties.for_faults(faults, one.name);
    bool found = false;
    std::string names;
    for (std::string_view const name : known::names) {
      found = found || one.name == name;
      add_item(names, name);
    }
    if (found) wanted.append(wanted.empty() ? "" : ",").append(one.name);
    else
      properties.fault(joined(
          {"asks for ",
           properties.is_filled_in("composite_list") ? std::string{"a format (which is not shown)"} : shown(one.name),
           ", which this program was not built with (it has ", names,
           "); to have more, name them in spanwise::from_config{...} where tracing starts, such as "
           "spanwise::jaeger{}"}));
  }
  if (wanted.empty()) return composite<>{};
  // What reads a list of names is there already, for the variable.
  return typename known::type{environment{{"OTEL_PROPAGATORS", wanted}}};
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/config/pattern.hpp
//
// Patterns of names in configuration files: * stands for any characters, ? for one.

namespace spanwise::inline SPANWISE_ABI::detail {

/// True if all of `text` is as the pattern says. Letter case counts; `?` takes one character of UTF-8.
constexpr bool fits_pattern(std::string_view text, std::string_view pattern) noexcept {
  std::size_t at = 0;
  std::size_t in_pattern = 0;
  std::size_t star = pattern.npos;
  std::size_t resume = 0;
  auto const next = [&](std::size_t from) {
    ++from;
    while (from < text.size() && (static_cast<unsigned char>(text[from]) & 0xc0) == 0x80) ++from;
    return from;
  };
  while (at < text.size()) {
    if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
      star = in_pattern++;
      resume = at;
    } else if (in_pattern < pattern.size() && pattern[in_pattern] == '?') {
      at = next(at);
      ++in_pattern;
    } else if (in_pattern < pattern.size() && pattern[in_pattern] == text[at]) {
      ++at;
      ++in_pattern;
    } else if (star != pattern.npos) {
      resume = next(resume);
      at = resume;
      in_pattern = star + 1;
    } else {
      return false;
    }
  }
  while (in_pattern < pattern.size() && pattern[in_pattern] == '*') ++in_pattern;
  return in_pattern == pattern.size();
}

/// True if `text` is among those included, which are all where none is named, and not among those excluded.
SPANWISE_SMALL bool is_included(std::string_view text, std::span<std::string const> included,
                                std::span<std::string const> excluded) noexcept {
  auto const any = [&](std::span<std::string const> patterns) {
    for (std::string const& pattern : patterns)
      if (fits_pattern(text, pattern)) return true;
    return false;
  };
  return (included.empty() || any(included)) && !any(excluded);
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/config/create_resource.hpp
//
// Makes the resource that a configuration describes: what detectors find, then what code says of the service, then the
// file's attributes, which win.

namespace spanwise::inline SPANWISE_ABI::detail {

/// The detector of this name: one that the program was built with, or else one of those that the schema has.
template <class... Components>
SPANWISE_SMALL std::optional<any_detector>
find_detector(config_component const& wanted, std::tuple<Components...> const& built, config_faults& faults) {
  std::optional<any_detector> found;
  std::string names = "container, host, process, service";
  auto const consider = [&]<class Component>(Component const& held) {
    if constexpr (resource_detector<Component>) {
      add_item(names, held.name);
      if (found || wanted.name != held.name) return;
      Component copy = held;
      static_cast<void>(configure_own(copy, wanted, faults));
      found.emplace(std::move(copy));
    }
  };
  std::apply([&](auto const&... held) { (consider(held), ...); }, built);
  if (!found && wanted.name == "container") found.emplace(container_detector{});
  if (!found && wanted.name == "host") found.emplace(host_detector{});
  if (!found && wanted.name == "process") found.emplace(process_detector{});
  if (!found && wanted.name == "service") found.emplace(service_detector{});
  if (found) return found;
  config_properties properties = wanted.properties.for_faults(faults, wanted.name);
  properties.fault(joined({"is no resource detector that this program was built with (it has ", names,
                           "); to have more, name them in spanwise::from_config{...} where tracing starts"}));
  return found;
}

/// What is known of the service beside the defaults. The detectors are asked once it is sure that they are wanted.
class described_resource {
public:
  template <class... Components>
  SPANWISE_SMALL described_resource(resource_config const& from, std::tuple<Components...> const& built,
                                    config_faults& faults)
      : from_{from} {
    for (config_component const& wanted : from.detectors)
      if (auto detector = find_detector(wanted, built, faults)) detectors_.push_back(std::move(*detector));
  }

  [[nodiscard]] SPANWISE_SMALL resource make(resource const& from_code, environment const& env) const {
    resource result = detect_all(detectors_, env);
    result.keep_if([&](std::string_view key) { return is_included(key, from_.included, from_.excluded); });
    result.merge(from_code);
    for (auto const& each : from_.attributes)
      std::visit([&](auto const& held) { result.set({any_key{each.first}, held}); }, each.second);
    if (!from_.schema_url.empty()) result.set_schema_url(from_.schema_url);
    return result;
  }

private:
  resource_config const& from_;
  std::vector<any_detector> detectors_;
};

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/config/create_composable.hpp
//
// Makes the composable samplers of a configuration, `composite/development`: what was built as types elsewhere is built
// here as the program starts, with rules that the file gives.

namespace spanwise::inline SPANWISE_ABI::detail {

/// Any composable sampler.
class any_composable {
public:
  template <composable_sampler Composable>
    requires(!std::same_as<Composable, any_composable>)
  explicit any_composable(Composable given)
      : intent_{[](void const* held, starting_span const& asked) {
          return static_cast<Composable const*>(held)->intent(asked);
        }},
        description_{
            [](void const* held) { return sampler_description{static_cast<Composable const*>(held)->description()}; }} {
    for (std::size_t which = 0; which < parent_cases; ++which)
      if constexpr (requires { given.settled(parent_case{}); })
        settled_[which] = given.settled(static_cast<parent_case>(which));
    held_ = counted<Composable const>::make(std::move(given));
  }

  [[nodiscard]] sampling_intent intent(starting_span const& asked) const { return intent_(held_.get(), asked); }
  [[nodiscard]] sampler_description description() const { return description_(held_.get()); }
  [[nodiscard]] std::optional<sampling_decision> settled(parent_case which) const noexcept {
    return settled_[static_cast<std::size_t>(which)];
  }

private:
  counted<void const> held_;
  sampling_intent (*intent_)(void const*, starting_span const&);
  sampler_description (*description_)(void const*);
  std::optional<sampling_decision> settled_[parent_cases]{};
};

/// True if `fits` says so of the value as text, or of one of the elements of an array.
template <class Fits> bool any_text_fits(value_view const& value, Fits const& fits) {
  if (value.type() == value_type::array) {
    for (value_view const& each : value.elements())
      if (each.type() != value_type::array && any_text_fits(each, fits)) return true;
    return false;
  }
  if (value.type() == value_type::string) return fits(value.as_string());
  buffer text;
  return append_value_text(value, text) && fits(text.text());
}

/// One rule of the file.
class file_rule {
public:
  file_rule(sampling_rule_config from, any_composable chosen) : from_{std::move(from)}, chosen_{std::move(chosen)} {
    from_.sampler.clear();
  }

  [[nodiscard]] SPANWISE_SMALL bool matches(starting_span const& asked) const {
    return (from_.span_kinds.empty() || contains(from_.span_kinds, kind_name(asked.kind))) &&
           (from_.parents.empty() || contains(from_.parents, parent_name(asked.parent.span()))) &&
           (!from_.attribute_values ||
            has(asked, from_.attribute_values->key,
                [&](std::string_view text) { return contains(from_.attribute_values->values, text); })) &&
           (!from_.attribute_patterns || has(asked, from_.attribute_patterns->key, [&](std::string_view text) {
             return is_included(text, from_.attribute_patterns->included, from_.attribute_patterns->excluded);
           }));
  }
  [[nodiscard]] any_composable const& chosen() const noexcept { return chosen_; }

private:
  static constexpr std::string_view kind_name(span_kind kind) noexcept {
    constexpr std::string_view names[]{"internal", "server", "client", "producer", "consumer"};
    return names[kind > span_kind::consumer ? 0 : static_cast<std::size_t>(kind)];
  }
  static std::string_view parent_name(span_context const& parent) noexcept {
    return !parent.valid() ? std::string_view{"none"} : parent.remote() ? "remote" : "local";
  }
  static bool contains(std::vector<std::string> const& names, std::string_view one) noexcept {
    for (std::string const& name : names)
      if (name == one) return true;
    return false;
  }

  /// Of a key that comes several times the last value counts, as in what is exported.
  template <class Fits> static bool has(starting_span const& asked, std::string_view key, Fits const& fits) {
    std::optional<value_view> last;
    for (attribute_view const& each : asked.attributes)
      if (each.key == key) last = each.value;
    return last && any_text_fits(*last, fits);
  }

  sampling_rule_config from_;
  any_composable chosen_;
};

/// The rules of the file in their order; spans that none is for are dropped.
class file_rules {
public:
  explicit file_rules(std::vector<file_rule> rules) noexcept : rules_{std::move(rules)} {}

  [[nodiscard]] sampling_intent intent(starting_span const& asked) const {
    for (file_rule const& each : rules_)
      if (each.matches(asked)) return each.chosen().intent(asked);
    return {};
  }
  [[nodiscard]] sampler_description description() const {
    sampler_description text{"RuleBased{"};
    bool first = true;
    for (file_rule const& each : rules_) {
      if (!std::exchange(first, false)) text.append(",");
      text.append(each.chosen().description().view());
    }
    return text.append("}");
  }

private:
  std::vector<file_rule> rules_;
};

/// The composable sampler that `from` describes, whose name is known to be one of these.
SPANWISE_SMALL any_composable create_composable(sampler_config const& from) {
  std::string_view const name = from.name;
  if (name == "always_on") return any_composable{always_on{}};
  if (name == "probability") return any_composable{probability{from.ratio}};
  if (name == "parent_threshold")
    if (sampler_config const* const root = from.part("root"))
      return any_composable{parent_threshold<any_composable>{create_composable(*root)}};
  if (name == "rule_based") {
    std::vector<file_rule> rules;
    for (sampling_rule_config const& each : from.rules)
      if (!each.sampler.empty()) rules.emplace_back(each, create_composable(each.sampler.front()));
    return any_composable{file_rules{std::move(rules)}};
  }
  return any_composable{always_off{}};
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/config/create_sampler.hpp
//
// Makes the sampler that a configuration describes. Samplers below others are held by any_sampler.

namespace spanwise::inline SPANWISE_ABI::detail {

/// The sampler; empty, with a fault, if this program has none like it.
template <class... Components>
SPANWISE_SMALL any_sampler create_sampler(sampler_config const& from, std::tuple<Components...> const& built,
                                          config_faults& faults) {
  auto const part = [&](std::string_view property, auto usual) -> any_sampler {
    sampler_config const* const below = from.part(property);
    return below == nullptr ? any_sampler{usual} : create_sampler(*below, built, faults);
  };
  std::string_view const name = from.name;
  if (name == "always_on") return always_on{};
  if (name == "always_off") return always_off{};
  if (name == "trace_id_ratio_based") return trace_id_ratio{from.ratio};
  if (name == "probability/development") return probability{from.ratio};
  if (name == "always_record") return always_record<any_sampler>{part("root", always_off{})};
  if (name == "composite/development" && !from.parts.empty())
    return composite_sampler<any_composable>{create_composable(from.parts.front().second)};
  if (name == "parent_based")
    return parent_based<any_sampler, any_sampler, any_sampler, any_sampler, any_sampler>{
        part("root", always_on{}), part("remote_parent_sampled", always_on{}),
        part("remote_parent_not_sampled", always_off{}), part("local_parent_sampled", always_on{}),
        part("local_parent_not_sampled", always_off{})};

  any_sampler own;
  bool known = false;
  std::string names;
  auto const consider = [&]<class Component>(Component const& held) {
    if constexpr (named_sampler<Component>) {
      add_item(names, Component::sampler_name);
      if (known || Component::sampler_name != name) return;
      known = true;
      Component copy = held;
      if (configure_own(copy, from, faults)) own = any_sampler{std::move(copy)};
    }
  };
  std::apply([&](auto const&... held) { (consider(held), ...); }, built);
  if (known) return own;
  config_properties properties = from.properties.for_faults(faults, from.name);
  properties.fault(
      name == "jaeger_remote/development"
          ? std::string{"is a sampler that asks a server for its rules, which spanwise has not built in; choose "
                        "another one"}
          : joined({"is no sampler that this program was built with (known: always_on, always_off, "
                    "trace_id_ratio_based, parent_based, always_record, probability/development, "
                    "composite/development",
                    names.empty() ? std::string_view{} : ", ", names, ")"}));
  return {};
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/config/file_text.hpp
//
// Reads a configuration file whole, which may be a pipe too, such as a shell's <(...): never for longer than a start
// may wait, and never more than asked for.

#if !defined(_WIN32)
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#endif

namespace spanwise::inline SPANWISE_ABI::detail {

/// How long whoever writes to a pipe may take for all of it.
inline constexpr duration pipe_patience = seconds(5);

/// The file's text, of which `most` bytes are read. Says why it can't be read, or nothing.
SPANWISE_SMALL std::string read_file_text(std::string const& path, std::size_t most, std::string& text,
                                          duration patience = pipe_patience) {
  char piece[4096];
  int error = 0;
#if defined(_WIN32)
  static_cast<void>(patience);
  std::FILE* const file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return joined({"the file cannot be read (", error_text(errno), ")"});
  for (std::size_t size = 1; size != 0 && text.size() < most;) {
    size = std::fread(piece, 1, std::min(sizeof piece, most - text.size()), file);
    text.append(piece, size);
  }
  if (std::ferror(file) != 0) error = errno;
  std::fclose(file);
#else
  // A pipe that nobody writes to would hold up the program for ever: opening it, and each reading.
  int const file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (file < 0) return joined({"the file cannot be read (", error_text(errno), ")"});
  deadline const until = deadline::now() + patience;
  bool late = false;
  while (error == 0 && !late && text.size() < most) {
    auto const left = std::max((until - deadline::now()).ns, std::int64_t{0});
    pollfd ready{file, POLLIN, 0};
    int const found = ::poll(&ready, 1, static_cast<int>(left / 1'000'000));
    late = found == 0;
    if (found < 0 && errno != EINTR) error = errno;
    if (found <= 0) continue;
    ssize_t const size = ::read(file, piece, std::min(sizeof piece, most - text.size()));
    if (size == 0) break;
    if (size > 0) text.append(piece, static_cast<std::size_t>(size));
    else if (errno != EINTR && errno != EAGAIN) error = errno;
  }
  ::close(file);
  if (late)
    return joined({"the file cannot be read: it is a pipe or a device, and within ", patience.ns / 1'000'000,
                   " ms nobody wrote to it and closed it"});
#endif
  return error == 0 ? std::string{} : joined({"the file cannot be read (", error_text(error), ")"});
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/config/read_exporter.hpp
//
// Reads `tracer_provider.processors` of a configuration file: which exporters, how they are set, and how spans get
// there.

namespace spanwise::inline SPANWISE_ABI::detail {

/// A whole number of milliseconds; 0 is none of that, and as in code more than a century counts as that.
SPANWISE_SMALL std::optional<duration> read_milliseconds(config_properties& from, std::string_view name,
                                                         std::string_view example) {
  std::int64_t constexpr century = longest_wait.ns / 1'000'000;
  if (auto const count = from.integer(name, {.unit = "milliseconds", .example = example}))
    return milliseconds(std::min(century, *count));
  return std::nullopt;
}

/// `headers` and `headers_list`, of which the former wins. Values are never shown: they hold credentials.
SPANWISE_SMALL key_values read_headers(config_properties& from) {
  key_values headers;
  if (auto const list = from.text("headers_list")) {
    comma_list items{*list};
    std::size_t number = 0;
    for (std::string_view item; items.next(item);) {
      if (++number > most_config_entries) {
        from.fault("headers_list", joined({"has more than ", most_config_entries, " entries, which are not read"}));
        break;
      }
      if (!item.empty() && !environment::read_pair(item, bad_pair::is_skipped, headers))
        from.fault("headers_list", joined({"is no list of name=value with percent-encoded values: entry ", number,
                                           " is something else"}));
    }
  }
  for (config_properties& entry : from.maps("headers", if_wrong::is_hidden)) {
    auto const name = entry.text("name");
    auto const value = entry.text("value");
    entry.require("name", "the name of a header field");
    if (!entry.has("value")) entry.fault("lacks value, the text of the header field; null leaves the field out");
    entry.refuse_unknown();
    if (name && !header_name.has_all(*name)) entry.fault("name", "is no name of a header field");
    else if (name && own_header(*name)) entry.fault("name", joined({"is ", *name, ", which the exporter sets itself"}));
    else if (name && value && !fits_header(*name, *value))
      entry.fault("value", "holds line breaks or control characters, which no header field may have");
    else if (name && value) set_header(headers, *name, *value);
  }
  return headers;
}

/// A path of a file that holds a certificate or key, which must be absolute.
SPANWISE_SMALL std::string read_absolute(config_properties& from, std::string_view name) {
  auto const path = from.text(name);
  if (path && !path->starts_with('/')) {
    from.fault(name, "is a relative path; write it from the root on, such as /etc/ssl/ca.pem");
    return {};
  }
  return path.value_or("");
}

SPANWISE_SMALL otlp_config read_otlp(config_properties& from, bool http) {
  otlp_config result;
  std::string_view problem;
  if (auto endpoint = from.text("endpoint")) {
    if (read_endpoint(*endpoint, endpoint_use::exact, problem)) result.endpoint = std::move(*endpoint);
    else from.fault("endpoint", joined({"is \"", shown_url(from.as_written("endpoint")), "\", which ", problem}));
  }
  if (auto tls = from.map("tls", if_null::is_empty_map)) {
    result.ca_file = read_absolute(*tls, "ca_file");
    result.cert_file = read_absolute(*tls, "cert_file");
    result.key_file = read_absolute(*tls, "key_file");
    bool const cert = tls->has("cert_file") && !tls->is_null("cert_file");
    bool const key = tls->has("key_file") && !tls->is_null("key_file");
    if (cert != key)
      tls->fault(joined({"has ", cert ? std::string_view{"cert_file but no key_file"} : "key_file but no cert_file",
                         "; a client proves who it is with both"}));
    if (!http) result.insecure = tls->boolean("insecure");
    tls->refuse_unknown();
  }
  result.headers = read_headers(from);
  result.compression = from.choice("compression", {"gzip", "none"}).value_or("");
  result.max_request_size = from.integer("max_request_size", {.unit = "bytes", .example = "67108864"});
  result.max_response_size = from.integer("max_response_size", {.least = 1, .unit = "bytes", .example = "4194304"});
  result.timeout = read_milliseconds(from, "timeout", "10000");
  if (http) result.encoding = from.choice("encoding", {"protobuf", "json"}).value_or("");
  from.refuse_unknown();
  return result;
}

/// `output_stream`: stdout, or a file by its URL.
SPANWISE_SMALL std::string read_output(config_properties& from) {
  std::string_view constexpr scheme = "file://";
  auto const given = from.text("output_stream");
  from.refuse_unknown();
  if (!given || *given == "stdout") return {};
  std::string path = given->substr(std::min(scheme.size(), given->size()));
  auto const size = percent_decode_strict(path.data(), path);
  if (!given->starts_with(scheme) || !path.starts_with('/') || !size || path.size() < 2) {
    from.fault("output_stream", "must be stdout, or a file with its whole path, such as file:///var/log/traces.jsonl");
    return {};
  }
  path.resize(*size);
  return path;
}

SPANWISE_SMALL std::optional<exporter_config> read_exporter(config_properties& processor) {
  auto from = processor.map("exporter");
  if (!processor.has("exporter")) processor.fault("lacks exporter, which says where spans go, such as otlp_http");
  if (!from) return std::nullopt;
  auto const name = from->only_name("an exporter, such as otlp_http");
  if (!name) return std::nullopt;
  exporter_config result{{std::string{*name}, {}}};
  auto below = from->map(*name, if_null::is_empty_map);
  if (!below) return std::nullopt;
  if (*name == "otlp_http" || *name == "otlp_grpc") result.otlp = read_otlp(*below, *name == "otlp_http");
  else if (*name == "otlp_file/development") result.file_path = read_output(*below);
  else if (*name == "console") below->refuse_unknown();
  result.properties = below->kept(); // those of your own exporters are read by these
  return result;
}

SPANWISE_SMALL std::optional<processor_config> read_processor(config_properties& from) {
  auto const name = from.only_name("a processor, batch or simple");
  if (!name) return std::nullopt;
  auto below = from.map(*name, *name == "batch" || *name == "simple" ? if_null::is_fault : if_null::is_empty_map);
  if (!below) return std::nullopt;
  processor_config result{.batch = *name == "batch"};
  if (*name != "batch" && *name != "simple") {
    from.fault(*name, "is no processor that is known here; write batch or simple");
    return std::nullopt;
  }
  if (result.batch) {
    auto const size = [&](std::string_view property, std::string_view example) -> std::optional<std::size_t> {
      auto const count =
          below->integer(property, {.least = 1, .most = std::int64_t{1} << 31, .unit = "spans", .example = example});
      return count ? std::optional{static_cast<std::size_t>(*count)} : std::nullopt;
    };
    result.options.schedule_delay = read_milliseconds(*below, "schedule_delay", "5000");
    result.options.export_timeout = read_milliseconds(*below, "export_timeout", "30000");
    result.options.max_queue_size = size("max_queue_size", "2048");
    result.options.max_export_batch_size = size("max_export_batch_size", "512");
  }
  auto exporter = read_exporter(*below);
  below->refuse_unknown();
  if (!exporter) return std::nullopt;
  result.exporter = std::move(*exporter);
  return result;
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/config/read_resource.hpp
//
// Reads `resource` and `propagator` of a configuration file: what the service is, and in which formats contexts travel.

namespace spanwise::inline SPANWISE_ABI::detail {

/// Sets an attribute, in place of one of that name.
SPANWISE_SMALL void set_value(std::vector<std::pair<std::string, config_value>>& into, std::string name,
                              config_value value) {
  for (auto& [present, old] : into)
    if (present == name) {
      old = std::move(value);
      return;
    }
  into.emplace_back(std::move(name), std::move(value));
}

/// `node` as one value of a type: string, bool, int or double; nothing if it is of another.
SPANWISE_SMALL std::optional<config_value> typed_value(config_node const& node, std::string_view type) {
  if (node.kind != config_node_kind::scalar) return std::nullopt;
  typed_scalar const& value = node.value;
  if (type == "string" && value.type == scalar_type::text) return config_value{node.text};
  if (type == "bool" && value.type == scalar_type::boolean) return config_value{value.boolean};
  if (type == "int" && value.type == scalar_type::integer && value.fits) return config_value{value.integer};
  if (type == "double" && (value.type == scalar_type::floating || value.type == scalar_type::integer))
    return config_value{value.number};
  return std::nullopt;
}

/// The elements of a list, all of one type; nothing if one is of another.
template <class Element>
SPANWISE_SMALL std::optional<config_value> typed_list(config_properties const& from, config_node const& node,
                                                      std::string_view type) {
  std::vector<Element> all;
  for (std::uint32_t const at : node.items) {
    auto const one = typed_value(from.node_at(at), type);
    if (!one) return std::nullopt;
    all.push_back(std::get<Element>(*one));
  }
  return config_value{std::move(all)};
}

/// One entry of `resource.attributes`. A null value is an entry that is left out.
SPANWISE_SMALL void read_resource_attribute(resource_config& into, config_properties& from) {
  auto name = from.text("name");
  from.require("name", "the name of the attribute");
  auto const type = from.choice(
      "type", {"string", "bool", "int", "double", "string_array", "bool_array", "int_array", "double_array"});
  std::string_view const wanted = type.value_or("string");
  config_node const* const value = from.anything("value");
  from.refuse_unknown();
  if (value == nullptr) return from.fault("lacks value, the value of the attribute; null leaves the attribute out");
  if (value->is_null() || value->broken || !name || (from.has("type") && !from.is_null("type") && !type)) return;
  if (name->empty()) return from.fault("name", "is empty; an attribute needs a name");
  std::string_view const element = wanted.substr(0, wanted.find('_'));
  std::optional<config_value> read;
  if (element.size() == wanted.size()) read = typed_value(*value, wanted);
  else if (value->kind == config_node_kind::list && !value->items.empty())
    read = element == "string" ? typed_list<std::string>(from, *value, element)
           : element == "bool" ? typed_list<bool>(from, *value, element)
           : element == "int"  ? typed_list<std::int64_t>(from, *value, element)
                               : typed_list<double>(from, *value, element);
  if (read) return set_value(into.attributes, std::move(*name), std::move(*read));
  std::string_view const means = element == "string" ? std::string_view{"text (put numbers, true and false in quotes)"}
                                 : element == "bool" ? "true or false"
                                 : element == "int"  ? "a whole number of 64 bits"
                                                     : "a number";
  from.fault(
      "value",
      joined({"is not of the type ", wanted, ", which ",
              from.has("type") ? std::string_view{"type says"} : "it is unless type says otherwise", "; it must be ",
              element.size() == wanted.size() ? std::string_view{} : "a list with at least one entry, each ", means}));
}

SPANWISE_SMALL void read_detection(resource_config& into, config_properties& from) {
  if (auto patterns = from.map("attributes")) {
    into.included = patterns->texts("included");
    into.excluded = patterns->texts("excluded");
    patterns->refuse_unknown();
  }
  for (config_properties& entry : from.maps("detectors")) {
    auto const name = entry.only_name("a detector, such as host");
    if (!name) continue;
    auto below = entry.map(*name, if_null::is_empty_map);
    if (!below) continue;
    for (std::string_view const known : {"container", "host", "process", "service"})
      if (*name == known) below->refuse_unknown();
    into.detectors.push_back({std::string{*name}, below->kept()});
  }
  from.refuse_unknown();
}

SPANWISE_SMALL resource_config read_resource(config_properties& from) {
  resource_config result;
  if (auto const list = from.text("attributes_list")) {
    key_values pairs;
    comma_list items{*list};
    std::size_t number = 0;
    for (std::string_view item; items.next(item);) {
      if (++number > most_config_entries) {
        from.fault("attributes_list", joined({"has more than ", most_config_entries, " entries, which are not read"}));
        break;
      }
      if (!item.empty() && !environment::read_pair(item, bad_pair::discards_list, pairs))
        from.fault("attributes_list", joined({"is no list of name=value with percent-encoded values: entry ", number,
                                              " is something else"}));
    }
    for (auto& [name, value] : pairs) result.attributes.emplace_back(std::move(name), std::move(value));
  }
  for (config_properties& entry : from.maps("attributes")) read_resource_attribute(result, entry);
  result.schema_url = from.text("schema_url").value_or("");
  if (auto detection = from.map("detection/development")) read_detection(result, *detection);
  from.refuse_unknown();
  return result;
}

/// `propagator`: those of `composite`, then those of `composite_list`, each once.
SPANWISE_SMALL std::vector<config_component> read_propagators(config_properties& from) {
  std::vector<config_component> all;
  auto const add = [&](std::string_view name, config_properties const& properties) {
    for (config_component const& one : all)
      if (one.name == name) return;
    all.push_back({std::string{name}, properties.kept()});
  };
  for (config_properties& entry : from.maps("composite")) {
    auto const name = entry.only_name("a propagator, such as tracecontext");
    if (!name) continue;
    if (auto below = entry.map(*name, if_null::is_empty_map)) {
      below->refuse_unknown(); // no format has properties
      add(*name, *below);
    }
  }
  if (auto const list = from.text("composite_list")) {
    comma_list items{*list};
    std::size_t number = 0;
    for (std::string_view item; items.next(item);) {
      if (++number > most_config_entries) {
        from.fault("composite_list", joined({"has more than ", most_config_entries, " entries, which are not read"}));
        break;
      }
      if (!item.empty() && !same_letters(item, "none")) add(item, from);
    }
  }
  from.refuse_unknown();
  return all;
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/config/read_sampler.hpp
//
// Reads samplers of a configuration file, with the samplers below them, and which tracers are on.

namespace spanwise::inline SPANWISE_ABI::detail {

SPANWISE_SMALL std::optional<sampler_config> read_sampler_at(config_properties& from, bool composable);

/// The sampler under a property; nothing if it is not there or wrong.
SPANWISE_SMALL std::optional<sampler_config> read_sampler(config_properties& above, std::string_view property,
                                                          bool composable) {
  auto from = above.map(property);
  return from ? read_sampler_at(*from, composable) : std::nullopt;
}

/// As read_sampler, into the parts of another one.
SPANWISE_SMALL void read_part(sampler_config& into, config_properties& from, std::string_view property,
                              bool composable) {
  if (auto part = read_sampler(from, property, composable)) into.parts.emplace_back(property, std::move(*part));
}

/// The names of a list, each of which must be known.
SPANWISE_SMALL std::vector<std::string> read_names(config_properties& from, std::string_view property,
                                                   std::initializer_list<std::string_view> known) {
  std::vector<std::string> names = from.texts(property);
  std::string all;
  for (std::string_view const one : known) add_item(all, one);
  for (std::string const& name : names) {
    bool found = false;
    for (std::string_view const one : known) found = found || name == one;
    if (!found && from.is_filled_in(property))
      from.fault(property, joined({"has an entry (which is not shown) that is none of ", all}));
    else if (!found) from.fault(property, joined({"has the entry \"", shown(name), "\"; each must be one of ", all}));
  }
  return names;
}

SPANWISE_SMALL attribute_match_config read_match(config_properties& from, bool patterns) {
  attribute_match_config match{.key = from.text("key").value_or("")};
  from.require("key", "the attribute that is looked at");
  if (patterns) {
    match.included = from.texts("included");
    match.excluded = from.texts("excluded");
  } else {
    match.values = from.texts("values");
    if (!from.has("values")) from.fault("lacks values, a list of the values that match");
  }
  from.refuse_unknown();
  return match;
}

SPANWISE_SMALL sampling_rule_config read_rule(config_properties& from) {
  sampling_rule_config rule;
  if (auto match = from.map("attribute_values")) rule.attribute_values = read_match(*match, false);
  if (auto match = from.map("attribute_patterns")) rule.attribute_patterns = read_match(*match, true);
  rule.span_kinds = read_names(from, "span_kinds", {"internal", "server", "client", "producer", "consumer"});
  rule.parents = read_names(from, "parent", {"none", "remote", "local"});
  if (!from.has("sampler")) from.fault("lacks sampler, which decides about the spans that match");
  if (auto sampler = read_sampler(from, "sampler", true)) rule.sampler.push_back(std::move(*sampler));
  from.refuse_unknown();
  return rule;
}

/// What stands below the name of a known sampler; false if the name is not known.
SPANWISE_SMALL bool read_known_sampler(sampler_config& into, config_properties& below) {
  std::string_view const name = into.name;
  auto const root = [&](bool composable) {
    if (!below.has("root")) below.fault("lacks root, the sampler that it asks");
    read_part(into, below, "root", composable);
  };
  if (name == "always_on" || name == "always_off") return true;
  if (into.composable) {
    if (name == "probability") into.ratio = below.ratio("ratio").value_or(1);
    else if (name == "parent_threshold") root(true);
    else if (name == "rule_based")
      for (config_properties& rule : below.maps("rules")) into.rules.push_back(read_rule(rule));
    else return false;
    return true;
  }
  if (name == "trace_id_ratio_based" || name == "probability/development") {
    into.ratio = below.ratio("ratio").value_or(1);
  } else if (name == "parent_based") {
    for (std::string_view const part : {"root", "remote_parent_sampled", "remote_parent_not_sampled",
                                        "local_parent_sampled", "local_parent_not_sampled"})
      read_part(into, below, part, false);
  } else if (name == "always_record") {
    root(false);
  } else if (name == "jaeger_remote/development") {
    below.text("endpoint");
    below.require("endpoint", "the URL of the service that says what is sampled");
    below.integer("interval", {.unit = "milliseconds", .example = "60000"});
    if (!below.has("initial_sampler"))
      below.fault("lacks initial_sampler, which decides until the service has answered");
    read_part(into, below, "initial_sampler", false);
  } else {
    return false;
  }
  return true;
}

SPANWISE_SMALL std::optional<sampler_config> read_sampler_at(config_properties& from, bool composable) {
  auto const name = from.only_name(composable ? std::string_view{"a composable sampler, such as probability"}
                                              : "a sampler, such as parent_based");
  if (!name) return std::nullopt;
  if (!composable && *name == "composite/development") {
    sampler_config result{{std::string{*name}, {}}};
    read_part(result, from, *name, true);
    if (result.parts.empty() && from.is_null(*name)) return std::nullopt;
    if (auto below = from.map(*name)) result.properties = below->kept();
    return result;
  }
  bool const needs_root =
      *name == "always_record" || *name == "parent_threshold" || *name == "jaeger_remote/development";
  auto below = from.map(*name, needs_root ? if_null::is_fault : if_null::is_empty_map);
  if (!below) return std::nullopt;
  sampler_config result{{std::string{*name}, {}}, composable};
  if (read_known_sampler(result, *below)) below->refuse_unknown();
  else if (composable)
    from.fault(*name, "is no composable sampler that is known here (known: always_on, always_off, probability, "
                      "parent_threshold, rule_based)");
  result.properties = below->kept();
  return result;
}

/// `tracer_configurator/development`.
SPANWISE_SMALL tracers_config read_tracers(config_properties& from) {
  tracers_config result;
  auto const enabled = [](config_properties& config) {
    bool const chosen = config.boolean("enabled").value_or(true);
    config.refuse_unknown();
    return chosen;
  };
  if (auto usual = from.map("default_config")) result.enabled = enabled(*usual);
  for (config_properties& entry : from.maps("tracers")) {
    auto name = entry.text("name");
    entry.require("name", "the name of a tracer, or a pattern with * and ?");
    if (!entry.has("config")) entry.fault("lacks config, which says whether the tracer is enabled");
    if (auto config = entry.map("config")) result.matches.push_back({name.value_or(""), enabled(*config)});
    entry.refuse_unknown();
  }
  from.refuse_unknown();
  return result;
}

} // namespace spanwise::inline SPANWISE_ABI::detail

// spanwise/config/substitution.hpp
//
// Variables in configuration files: ${NAME}, ${env:NAME}, ${NAME:-default}, and $$ for one dollar sign.
// Works on the text of one scalar after YAML has been read and before its type is judged, so that what a variable holds
// can be neither structure nor another reference (OpenTelemetry, configuration data model).

namespace spanwise::inline SPANWISE_ABI {

/// No text with its variables filled in is longer; a longer one is a fault.
inline constexpr std::size_t most_substituted_bytes = std::size_t{1} << 20;

namespace detail {

/// Splits what stands between `${` and `}` into a name and a default; says what is wrong with it, or nothing.
constexpr std::string_view read_reference(std::string_view inside, std::string_view& name,
                                          std::optional<std::string_view>& otherwise) noexcept {
  char_set constexpr first_letters{"AZ__az"};
  char_set constexpr letters{"09AZ__az"};
  char_set constexpr printable{"\t\t ~\x80\xff"};
  if (inside.starts_with("env:") && !inside.starts_with("env:-")) inside.remove_prefix(4);
  std::size_t size = 0;
  while (size < inside.size() && letters.has(inside[size])) ++size;
  name = inside.substr(0, size);
  std::string_view const rest = inside.substr(size);
  if (inside.empty()) return "names no variable";
  if (name.empty() || !first_letters.has(name.front()))
    return "names a variable that does not begin with a letter or an underscore";
  if (rest.empty()) return {};
  if (rest.front() != ':') return "names a variable with other characters than letters, digits and underscores";
  if (!rest.starts_with(":-")) return "has a prefix other than env:, or something else than :- before a default";
  otherwise = rest.substr(2);
  if (!printable.has_all(*otherwise)) return "has a default with line breaks or control characters";
  return {};
}

} // namespace detail

/// `text` with its references replaced by what the variables hold; a variable that is unset or empty gives the default,
/// or nothing.
///
/// What no brace closes is no reference, and stays. Nothing if a reference breaks the grammar; `problem` then holds
/// what is wrong, to follow the reference in a sentence.
[[nodiscard]] SPANWISE_SMALL std::optional<std::string>
substitute_variables(std::string_view text, environment const& env, std::string& problem) {
  std::string result;
  // Where the next of each stands, looked for only from where the last one was passed: a text is read once.
  std::size_t end = text.find('}');
  std::size_t escape = text.find("$$");
  auto const next_of = [&](std::size_t& known, std::string_view what, std::size_t from) {
    if (known != text.npos && known < from) known = text.find(what, from);
  };
  for (std::size_t at = 0; at < text.size();) {
    std::size_t const dollar = text.find('$', at);
    result.append(text.substr(at, dollar - at));
    if (dollar == text.npos) break;
    char const next = dollar + 1 < text.size() ? text[dollar + 1] : '\0';
    at = dollar + (next == '$' ? 2 : 1);
    if (next != '{') {
      result += '$';
      continue;
    }
    // A reference is closed before the next `$$`: those are looked for first.
    next_of(end, "}", dollar);
    next_of(escape, "$$", dollar);
    if (end == text.npos || end > escape) {
      result += '$';
      continue;
    }
    std::string_view name;
    std::optional<std::string_view> otherwise;
    std::string_view const fault = detail::read_reference(text.substr(dollar + 2, end - dollar - 2), name, otherwise);
    if (!fault.empty()) {
      problem = detail::joined({"the reference ", detail::shown(text.substr(dollar, end - dollar + 1)), " ", fault});
      return std::nullopt;
    }
    std::string const held = env.verbatim(name);
    result.append(held.empty() ? otherwise.value_or("") : std::string_view{held});
    if (result.size() > most_substituted_bytes) {
      problem = detail::joined({"the reference ", detail::shown(text.substr(dollar, end - dollar + 1)),
                                " makes the text longer than ", most_substituted_bytes >> 20, " MiB"});
      return std::nullopt;
    }
    at = end + 1;
  }
  return result;
}

/// The same with what is wrong left unsaid.
[[nodiscard]] SPANWISE_SMALL std::optional<std::string> substitute_variables(std::string_view text,
                                                                             environment const& env) {
  std::string problem;
  return substitute_variables(text, env, problem);
}

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/config/yaml_reader.hpp
//
// Reads YAML into a document by yaml-cpp, which gives events; from here on nothing needs it. What is bounded is bounded
// here: the size of the file, how deep it nests, and what its aliases unfold to.

#if !defined(__cpp_exceptions) && !defined(_MSC_VER)
#error "spanwise: configuration files need exceptions, which yaml-cpp throws"
#endif

namespace spanwise::inline SPANWISE_ABI {

/// No configuration file is longer; a longer one is refused.
inline constexpr std::size_t most_config_bytes = std::size_t{1} << 20;

namespace detail {

/// A stream that reads text where it is.
class text_stream_buffer : public std::streambuf {
public:
  explicit text_stream_buffer(std::string_view text) {
    char* const begin = const_cast<char*>(text.data());
    setg(begin, begin, begin + text.size());
  }
};

/// Builds the nodes from yaml-cpp's events. Faults end it quietly: later events are passed over.
class document_builder final : public YAML::EventHandler {
public:
  static constexpr std::size_t deepest = 64;
  static constexpr std::size_t most_nodes = 50'000;
  static constexpr std::size_t most_names = 2'000;                        ///< in one map
  static constexpr std::size_t most_filled_bytes = 4 * most_config_bytes; ///< texts with variables, of the whole file

  document_builder(config_document& document, environment const& env, config_faults& faults)
      : document_{document}, env_{env}, faults_{faults} {}

  [[nodiscard]] bool stopped() const noexcept { return stopped_; }
  [[nodiscard]] bool any() const noexcept { return any_; }

  void OnDocumentStart(YAML::Mark const&) override {}
  void OnDocumentEnd() override {}
  void OnNull(YAML::Mark const& mark, YAML::anchor_t anchor) override {
    // A value that is not there is where its name is, not where the next line begins.
    OnScalar(!open_.empty() && open_.back().has_key ? open_.back().key_mark : mark, "?", anchor, {});
  }

  void OnAlias(YAML::Mark const& mark, YAML::anchor_t anchor) override {
    if (stopped_) return;
    if (expects_key()) return stop(mark, "an alias stands where a name is expected; write the name");
    if (anchor >= anchors_.size() || anchors_[anchor].size == 0)
      return stop(mark, "an alias stands inside of what it repeats, which would never end");
    attach(mark, anchors_[anchor]);
  }

  void OnScalar(YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor,
                std::string const& text) override {
    if (stopped_) return;
    if (expects_key()) return take_key(mark, text);
    config_node made = placed(mark);
    std::string problem;
    auto filled = text.find('$') == text.npos ? text : substitute_variables(text, env_, problem);
    if (!filled) {
      // The rest can be read all the same, and may have more of these.
      fault(mark, std::move(problem));
      made.broken = true;
      filled.emplace();
    }
    made.substituted = !made.broken && *filled != text;
    if (made.substituted) made.written = text;
    made.text = std::move(*filled);
    if (made.substituted && (filled_bytes_ += made.text.size()) > most_filled_bytes)
      return stop(mark, joined({"the variables of the file hold more than ", most_filled_bytes >> 20, " MiB"}));
    if (!made.broken && !give_type(made, tag))
      return stop(mark, joined({"the tag ", shown(tag), " has no meaning here"}));
    attach(mark, {add(std::move(made)), 1, 1}, anchor);
  }

  void OnSequenceStart(YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, "tag:yaml.org,2002:seq", anchor, config_node_kind::list);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, "tag:yaml.org,2002:map", anchor, config_node_kind::map);
  }
  void OnMapEnd() override { close(); }

  SPANWISE_COLD void fault(YAML::Mark const& mark, std::string problem) {
    bool const known = mark.line >= 0 && mark.column >= 0;
    faults_.add({document_.file, known ? static_cast<std::uint32_t>(mark.line) + 1 : 0,
                 known ? static_cast<std::uint32_t>(mark.column) + 1 : 0, std::string{}, std::move(problem)});
  }

private:
  /// A node with what it unfolds to: nodes, and levels. A size of 0 is one that is still open.
  struct measured {
    std::uint32_t node = 0;
    std::size_t size = 0;
    std::size_t depth = 0;
  };
  struct level {
    measured all;
    YAML::anchor_t anchor{};
    bool has_key = false;
    std::string key{};
    YAML::Mark key_mark{};
    bool repeated = false; ///< its key was there before; what it holds is left out
  };

  [[nodiscard]] bool expects_key() const {
    return !open_.empty() && !open_.back().has_key &&
           document_.nodes[open_.back().all.node].kind == config_node_kind::map;
  }

  static config_node placed(YAML::Mark const& mark) {
    config_node made;
    made.line = static_cast<std::uint32_t>(std::max(mark.line, 0)) + 1;
    made.column = static_cast<std::uint32_t>(std::max(mark.column, 0)) + 1;
    return made;
  }

  std::uint32_t add(config_node made) {
    document_.nodes.push_back(std::move(made));
    return static_cast<std::uint32_t>(document_.nodes.size() - 1);
  }

  /// False if the tag is none of the core schema's, or the scalar is not what it says.
  static bool give_type(config_node& made, std::string_view tag) {
    std::string_view constexpr core = "tag:yaml.org,2002:";
    if (tag == "!" || tag == "tag:yaml.org,2002:str") return true;
    typed_scalar const found = resolve_scalar(made.text);
    made.value = found;
    if (tag.empty() || tag == "?") return true;
    if (!tag.starts_with(core)) return false;
    tag.remove_prefix(core.size());
    if (tag == "float" && found.type == scalar_type::integer) made.value.type = scalar_type::floating;
    return (tag == "null" && found.type == scalar_type::null) ||
           (tag == "bool" && found.type == scalar_type::boolean) ||
           (tag == "int" && found.type == scalar_type::integer) ||
           (tag == "float" && made.value.type == scalar_type::floating);
  }

  void take_key(YAML::Mark const& mark, std::string const& text) {
    level& map = open_.back();
    auto const& entries = document_.nodes[map.all.node].entries;
    if (entries.size() == most_names)
      return stop(mark, joined({"a map with more than ", most_names, " names is not read"}));
    map.has_key = true;
    map.key = text;
    map.key_mark = mark;
    map.repeated = false;
    for (auto const& entry : entries) map.repeated = map.repeated || entry.first == text;
    if (map.repeated)
      fault(mark, joined({"the name ", shown(text), " stands here a second time in one map; keep one"}));
  }

  void open(YAML::Mark const& mark, std::string_view tag, std::string_view usual, YAML::anchor_t anchor,
            config_node_kind kind) {
    if (stopped_) return;
    if (expects_key()) return stop(mark, "a list or map stands where a name is expected");
    if (!tag.empty() && tag != "?" && tag != "!" && tag != usual)
      return stop(mark, joined({"the tag ", shown(tag), " has no meaning here"}));
    if (open_.size() == deepest)
      return stop(mark, joined({"what is nested deeper than ", deepest, " levels is not read"}));
    config_node made = placed(mark);
    made.kind = kind;
    note_anchor(anchor, {});
    open_.push_back({.all = {add(std::move(made)), 1, 1}, .anchor = anchor});
  }

  void close() {
    if (stopped_ || open_.empty()) return;
    level const done = std::move(open_.back());
    open_.pop_back();
    config_node const& made = document_.nodes[done.all.node];
    YAML::Mark mark;
    mark.line = static_cast<int>(made.line) - 1;
    mark.column = static_cast<int>(made.column) - 1;
    attach(mark, done.all, done.anchor);
  }

  void note_anchor(YAML::anchor_t anchor, measured const& what) {
    if (anchor == 0) return;
    if (anchor >= anchors_.size()) anchors_.resize(anchor + 1);
    anchors_[anchor] = what;
  }

  /// Puts a finished node into the list or map that is open; the last one is the document.
  void attach(YAML::Mark const& mark, measured const& what, YAML::anchor_t anchor = 0) {
    note_anchor(anchor, what);
    if (open_.empty()) {
      if (any_) return;
      any_ = true;
      document_.root = what.node;
      return;
    }
    level& outer = open_.back();
    outer.all.size += what.size;
    outer.all.depth = std::max(outer.all.depth, what.depth + 1);
    if (outer.all.size > most_nodes)
      return stop(mark, joined({"the file has more than ", most_nodes, " values, or its aliases unfold to more"}));
    if (open_.size() + what.depth > deepest)
      return stop(mark, joined({"what is nested deeper than ", deepest, " levels is not read"}));
    config_node& into = document_.nodes[outer.all.node];
    if (into.kind == config_node_kind::list) {
      into.items.push_back(what.node);
    } else {
      outer.has_key = false;
      if (!outer.repeated) into.entries.emplace_back(std::move(outer.key), what.node);
    }
  }

  SPANWISE_COLD void stop(YAML::Mark const& mark, std::string problem) {
    fault(mark, std::move(problem));
    stopped_ = true;
  }

  config_document& document_;
  environment const& env_;
  config_faults& faults_;
  std::vector<level> open_;
  std::vector<measured> anchors_;
  std::size_t filled_bytes_ = 0;
  bool stopped_ = false;
  bool any_ = false;
};

} // namespace detail

/// The document that `text` is; what is wrong with it goes to `faults`. Empty, with a fault, if it is not YAML.
SPANWISE_SMALL config_document read_yaml(std::string_view text, std::string_view file, environment const& env,
                                         config_faults& faults) {
  config_document document{.file = std::string{file}};
  auto const whole = [&](std::string problem) {
    faults.add({document.file, 0, 0, std::string{}, std::move(problem)});
    document.nodes.clear();
  };
  if (text.size() > most_config_bytes) {
    whole(detail::joined({"the file is longer than ", most_config_bytes >> 20, " MiB, which no configuration is"}));
    return document;
  }
  detail::document_builder builder{document, env, faults};
  detail::text_stream_buffer buffer{text};
  std::istream stream{&buffer};
  try {
    YAML::Parser parser{stream};
    while (parser.HandleNextDocument(builder)) {
      if (builder.stopped()) break;
      // A second document would otherwise be read and mean nothing.
      if (builder.any() && parser) {
        config_document other;
        config_faults none;
        detail::document_builder rest{other, env, none};
        if (parser.HandleNextDocument(rest)) whole("the file holds several YAML documents; keep one");
        break;
      }
    }
    if (builder.stopped()) document.nodes.clear();
    else if (!builder.any() && faults.empty()) whole("the file is empty; it needs at least file_format: \"1.0\"");
  } catch (YAML::Exception const& thrown) {
    // What was given up is read on to find its end, and what is wrong with the rest is of no interest.
    if (!builder.stopped())
      builder.fault(thrown.mark, detail::joined({"this is no YAML: ", detail::shown(thrown.msg)}));
    document.nodes.clear();
  }
  return document;
}

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/config/parse_configuration.hpp
//
// Makes a configuration of the text of a file, or of the file: the first of two steps, of which nothing runs yet.
// Needs no memory of what the program was built with; that is judged when it starts.

namespace spanwise::inline SPANWISE_ABI {

namespace detail {

/// The version of the schema that is known here; newer minor versions may say more.
inline constexpr std::int64_t known_minor = 1;

/// `file_format`: 1.x, perhaps with a stage behind it such as -rc.1.
SPANWISE_SMALL void read_file_format(configuration& into, config_properties& from) {
  auto const given = from.text("file_format");
  if (!from.has("file_format") || from.is_null("file_format"))
    return from.fault(joined({"file_format", from.has("file_format") ? std::string_view{" is empty"} : " is missing",
                              "; the file needs file_format: \"1.0\""}));
  if (!given) return;
  std::string_view const text = *given;
  std::string const written = joined({"\"", shown(from.as_written("file_format")), "\""});
  whole_number const major = read_whole_number(text);
  std::string_view rest = text.substr(major.size);
  whole_number const minor = read_whole_number(rest.substr(std::min<std::size_t>(1, rest.size())));
  if (major.size == 0 || !rest.starts_with('.') || minor.size == 0 || minor.value < 0 || major.value < 0)
    return from.fault("file_format", joined({"is ", written, "; it must be a version, such as \"1.0\""}));
  rest.remove_prefix(minor.size + 1);
  if (!rest.empty() && rest.front() != '-')
    return from.fault("file_format", joined({"is ", written, "; it must be a version, such as \"1.0\""}));
  if (major.value != 1 || !major.fits)
    return from.fault("file_format", joined({"is ", written,
                                             ", but only major version 1 is understood here; "
                                             "rewrite the file by that version of the schema"}));
  if (minor.value > known_minor || !minor.fits)
    into.remarks.push_back(joined({into.file, ": file_format is ", written, ", which is newer than 1.", known_minor,
                                   "; what it adds is not understood here"}));
}

/// A limit; nothing if the file does not set it.
SPANWISE_SMALL void read_limit(std::optional<std::uint32_t>& into, config_properties& from, std::string_view name,
                               std::int64_t least = 0) {
  if (auto const given = from.integer(name, {.least = least, .example = "128"}))
    into = static_cast<std::uint32_t>(std::min<std::int64_t>(*given, span_limits::unlimited));
}

/// `attribute_limits`, which are for all that has attributes.
SPANWISE_SMALL void read_general_limits(span_limit_options& into, config_properties& from) {
  read_limit(into.attribute_value_length, from, "attribute_value_length_limit");
  read_limit(into.attribute_value_depth, from, "attribute_value_depth_limit", 1);
  read_limit(into.attribute_count, from, "attribute_count_limit");
  into.attribute_per_event_count = into.attribute_count;
  into.attribute_per_link_count = into.attribute_count;
  from.refuse_unknown();
}

/// `tracer_provider.limits`, which win.
SPANWISE_SMALL void read_span_limits(span_limit_options& into, config_properties& from) {
  read_limit(into.attribute_value_length, from, "attribute_value_length_limit");
  read_limit(into.attribute_value_depth, from, "attribute_value_depth_limit", 1);
  read_limit(into.attribute_count, from, "attribute_count_limit");
  read_limit(into.event_count, from, "event_count_limit");
  read_limit(into.link_count, from, "link_count_limit");
  read_limit(into.attribute_per_event_count, from, "event_attribute_count_limit");
  read_limit(into.attribute_per_link_count, from, "link_attribute_count_limit");
  from.refuse_unknown();
}

SPANWISE_SMALL tracer_provider_config read_tracer_provider(configuration& into, config_properties& from) {
  tracer_provider_config result;
  if (!from.has("processors")) from.fault("lacks processors, which say where spans go");
  for (config_properties& entry : from.maps("processors"))
    if (auto processor = read_processor(entry)) result.processors.push_back(std::move(*processor));
  if (auto limits = from.map("limits")) read_span_limits(into.limits, *limits);
  result.sampler = read_sampler(from, "sampler", false);
  if (auto generator = from.map("id_generator")) {
    auto const name = generator->only_name("an id generator, such as random");
    auto below = name ? generator->map(*name, if_null::is_empty_map) : std::nullopt;
    if (below && *name == "random") below->refuse_unknown();
    else if (below) result.id_generator = {std::string{*name}, below->kept()};
  }
  if (auto tracers = from.map("tracer_configurator/development")) result.tracers = read_tracers(*tracers);
  from.refuse_unknown();
  result.place = from.kept();
  return result;
}

SPANWISE_SMALL void read_configuration(configuration& into, config_properties& from) {
  read_file_format(into, from);
  into.disabled = from.boolean("disabled").value_or(false);
  if (auto const level = from.text("log_level")) {
    std::string_view bare = *level;
    if (char_set constexpr counts{"24"}; !bare.empty() && counts.has(bare.back())) bare.remove_suffix(1);
    if (bare == "trace" || bare == "debug") into.log_level = severity::debug;
    else if (bare == "info") into.log_level = severity::info;
    else if (bare == "warn") into.log_level = severity::warning;
    else if (bare == "error" || bare == "fatal") into.log_level = severity::error;
    else
      from.wrong("log_level", "it must be trace, debug, info, warn, error or fatal, perhaps with 2, 3 or 4 behind it");
  }
  if (auto limits = from.map("attribute_limits")) read_general_limits(into.limits, *limits);
  if (auto resource = from.map("resource")) into.resource = read_resource(*resource);
  if (auto propagator = from.map("propagator")) into.propagators = read_propagators(*propagator);
  if (auto tracer_provider = from.map("tracer_provider"))
    into.tracer_provider = read_tracer_provider(into, *tracer_provider);
  for (std::string_view const other :
       {"meter_provider", "logger_provider", "instrumentation/development", "distribution"})
    if (from.anything(other) != nullptr) into.ignored.emplace_back(other);
  // The schema lets the outermost map have more, so that files of newer versions can be read.
  for (std::size_t at = 0; at < from.size(); ++at) {
    std::string_view const name = from.name(at);
    bool known = false;
    for (std::string_view const one :
         {"file_format", "disabled", "log_level", "attribute_limits", "resource", "propagator", "tracer_provider",
          "meter_provider", "logger_provider", "instrumentation/development", "distribution"})
      known = known || name == one;
    if (!known)
      into.remarks.push_back(
          joined({into.file, ": ", shown(name), " is no section that is known here; it is ignored"}));
  }
}

} // namespace detail

/// Reads the text of a configuration file. What is wrong with it is in `faults`, with line and column, all at once;
/// `file` is what faults call it. Never throws.
[[nodiscard]] SPANWISE_SMALL configuration
parse_configuration(std::string_view text, std::string_view file = "configuration",
                    environment const& env = environment::process()) noexcept {
  configuration result;
  bool const good = detail::contain([&] {
    result.file = file;
    auto const document =
        detail::counted<config_document const>::made_by([&] { return read_yaml(text, file, env, result.faults); });
    if (document->nodes.empty()) return;
    config_node const& top = document->nodes[document->root];
    if (top.kind != config_node_kind::map)
      return result.faults.add({result.file,
                                top.line,
                                top.column,
                                {},
                                "the file is no map of properties; it needs at least file_format: \"1.0\""});
    config_properties properties{document, document->root, {}, result.faults};
    detail::read_configuration(result, properties);
  });
  if (!good) detail::contain([&] { result.faults.add({result.file, 0, 0, {}, "there is no memory to read it"}); });
  return result;
}

/// Reads a configuration file; one that can't be read is a fault too.
[[nodiscard]] SPANWISE_SMALL configuration
read_configuration(std::string const& path, environment const& env = environment::process()) noexcept {
  configuration result;
  detail::contain([&] {
    result.file = path;
    std::string text;
    // One byte more than is allowed tells that it is too long.
    std::string problem = detail::read_file_text(path, most_config_bytes + 1, text);
    if (problem.empty()) result = parse_configuration(text, path, env);
    else result.faults.add({path, 0, 0, {}, std::move(problem)});
  });
  return result;
}

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/config/from_config.hpp
//
// Starts tracing as a configuration file says: OTEL_CONFIG_FILE names it, and what it says replaces the other OTEL_
// variables. Without the variable these decide, as with any_of.
// A file with a fault starts nothing: every fault is told, and spans do nothing.

namespace spanwise::inline SPANWISE_ABI {

/// What a configuration file may choose from:
///
///     auto tracing = spanwise::start("shop", spanwise::from_config{spanwise::otlp_http{}, spanwise::console{}});
///
/// Exporters go by what the schema calls them - otlp_http, otlp_file/development, console - and those of your own by
/// `static constexpr std::string_view exporter_name`; one with `bool configure(config_properties&)` may have
/// properties. Samplers and id generators of your own, with `sampler_name` and `id_generator_name`, may be among them
/// too, and propagators and detectors such as jaeger{} and k8s_detector{}. What the file leaves out of an exporter
/// stays as it is given here. `start`'s options hold where the file has no say, and its name is service.name unless the
/// file names another.
template <class... Components> struct from_config {
  static_assert(
      (detail::named_exporter<Components> || ...),
      "spanwise: from_config needs at least one exporter for a configuration file to choose, such as otlp_http{}");
  static_assert(
      ((detail::named_exporter<Components> || detail::named_sampler<Components> || detail::named_format<Components> ||
        resource_detector<Components> || detail::named_id_generator<Components>)&&...),
      "spanwise: what from_config is given needs a name for configuration files: a static constexpr "
      "std::string_view exporter_name, sampler_name or id_generator_name, or name for propagators and detectors");
  static_assert(detail::named_apart<Components...>(),
                "spanwise: two components of from_config have the same name, so a configuration file could not tell "
                "which of them it means");

  explicit from_config(Components... given) : components{std::move(given)...} {}
  /// By this configuration instead of the file that OTEL_CONFIG_FILE names.
  explicit from_config(configuration given, Components... more)
      : chosen{std::move(given)}, components{std::move(more)...} {}

  std::optional<configuration> chosen{};
  std::tuple<Components...> components;
};
template <class... Components> from_config(configuration, Components...) -> from_config<Components...>;
template <class... Components> from_config(Components...) -> from_config<Components...>;

namespace detail {

/// The configuration of the file that the environment names; nothing if it names none.
SPANWISE_SMALL std::optional<configuration> configuration_by(environment const& env) {
  auto path = env.text("OTEL_CONFIG_FILE");
  if (auto const old = env.text("OTEL_EXPERIMENTAL_CONFIG_FILE"); old && !path) {
    report(severity::warning, "OTEL_EXPERIMENTAL_CONFIG_FILE",
           "OTEL_EXPERIMENTAL_CONFIG_FILE is the old name of OTEL_CONFIG_FILE; it is obeyed, but will not be for ever");
    path = old;
  }
  return path ? std::optional{read_configuration(*path, env)} : std::nullopt;
}

/// Tells all that is wrong, and that tracing is off for it.
SPANWISE_SMALL void tell_faults(configuration const& of) noexcept {
  std::size_t constexpr most_told = 20;
  std::size_t told = 0;
  for (config_fault const& fault : of.faults)
    if (told < most_told) contain([&] { report(severity::error, joined({"configuration ", told++}), fault.text()); });
  std::size_t const count = of.faults.count();
  tell(severity::error, "configuration",
       {"tracing is off: the configuration ", of.file, " has ", count,
        count == 1 ? std::string_view{" fault"} : " faults",
        count > told ? std::string_view{", of which the first were told"} : "",
        "; mend it and start the program anew"});
}

/// Tells what needs no mending.
SPANWISE_SMALL void tell_remarks(configuration const& of) noexcept {
  std::size_t constexpr most_told = 10;
  std::size_t told = 0;
  for (std::string const& remark : of.remarks)
    if (told < most_told)
      contain([&] { report(severity::warning, joined({"configuration remark ", told++}), remark); });
  std::string names;
  contain([&] {
    for (std::string const& name : of.ignored) add_item(names, name);
  });
  if (!names.empty())
    tell(severity::info, "configuration sections",
         {of.file, ": ", names, " ", of.ignored.size() == 1 ? std::string_view{"is"} : "are",
          " not about tracing and not read"});
}

/// How spans get to the exporters. One pipeline has one way: where the file has several, the first batch processor's
/// counts, and that is told.
struct chosen_way {
  bool batch = false;
  batch_options options{};
};

SPANWISE_SMALL bool same_options(batch_options const& one, batch_options const& other) noexcept {
  auto const time = [](std::optional<duration> const& given, duration usual) { return given.value_or(usual).ns; };
  return one.max_queue_size == other.max_queue_size &&
         one.max_export_batch_size.value_or(512) == other.max_export_batch_size.value_or(512) &&
         time(one.schedule_delay, seconds(5)) == time(other.schedule_delay, seconds(5)) &&
         time(one.export_timeout, seconds(30)) == time(other.export_timeout, seconds(30));
}

SPANWISE_SMALL chosen_way choose_way(std::string_view file, std::vector<processor_config> const& processors,
                                     std::vector<std::string>& remarks) {
  chosen_way way;
  bool any_simple = false;
  bool differ = false;
  for (processor_config const& one : processors) {
    any_simple = any_simple || !one.batch;
    if (one.batch && way.batch) differ = differ || !same_options(one.options, way.options);
    if (one.batch && !std::exchange(way.batch, true)) way.options = one.options;
  }
  if (way.batch && any_simple)
    remarks.push_back(
        joined({file, ": tracer_provider.processors has simple beside batch; all exporters of one pipeline get "
                      "their spans in batches, with the settings of the first batch"}));
  if (differ)
    remarks.push_back(joined({file, ": the batch processors of tracer_provider.processors have different settings; all "
                                    "exporters of one pipeline get the same batches, with the settings of the first"}));
  return way;
}

/// What the file sets; what it leaves out stays as code has it.
SPANWISE_SMALL void set_limits(span_limit_options& into, span_limit_options const& from) noexcept {
  auto const set = [](std::optional<std::uint32_t>& limit, std::optional<std::uint32_t> const& given) {
    if (given) limit = given;
  };
  set(into.attribute_count, from.attribute_count);
  set(into.event_count, from.event_count);
  set(into.link_count, from.link_count);
  set(into.attribute_per_event_count, from.attribute_per_event_count);
  set(into.attribute_per_link_count, from.attribute_per_link_count);
  set(into.attribute_value_length, from.attribute_value_length);
  set(into.attribute_value_depth, from.attribute_value_depth);
}

/// Turns tracers off as the file says: the first pattern that fits a name counts.
SPANWISE_SMALL tracer_configurator create_configurator(tracers_config from) {
  return [config = std::move(from)](scope_view const& scope) {
    for (auto const& match : config.matches)
      if (fits_pattern(scope.name, match.name)) return tracer_config{.enabled = match.enabled};
    return tracer_config{.enabled = config.enabled};
  };
}

/// The id generator of this name; a fault if the program was built with none.
template <class... Components>
SPANWISE_SMALL any_id_generator create_ids(config_component const& wanted, std::tuple<Components...> const& built,
                                           config_faults& faults) {
  any_id_generator own;
  bool known = false;
  auto const consider = [&]<class Component>(Component const& held) {
    if constexpr (named_id_generator<Component>) {
      if (Component::id_generator_name != wanted.name) return;
      known = true;
      Component copy = held;
      if (configure_own(copy, wanted, faults)) own = any_id_generator{std::move(copy)};
    }
  };
  std::apply([&](auto const&... held) { (consider(held), ...); }, built);
  if (!known)
    wanted.properties.for_faults(faults, wanted.name)
        .fault(
            "is no id generator that this program was built with; write random, leave id_generator out, or name it in "
            "spanwise::from_config{...} where tracing starts");
  return own;
}

template <class... Components> struct opener<from_config<Components...>> {
  SPANWISE_SMALL static void open(provider& into, std::string_view service, from_config<Components...>& given,
                                  options& chosen) {
    environment const env = chosen.environment ? *chosen.environment : environment::process();
    if (!given.chosen) given.chosen = configuration_by(env);
    if (given.chosen) return open_by(*given.chosen, env, into, service, given.components, chosen);
    batch<exporter_list> pipeline{exporter_shelf{given.components}.by_environment(env)};
    into.open(service, pipeline, chosen);
  }

private:
  /// Makes everything before it changes anything, so that a fault leaves nothing half done.
  SPANWISE_SMALL static void open_by(configuration& file, environment const& env, provider& into,
                                     std::string_view service, std::tuple<Components...>& built, options& chosen) {
    any_propagator const propagators = create_propagators(file.propagators, built, file.faults);
    described_resource const about{file.resource, built, file.faults};
    exporter_list exporters;
    chosen_way way;
    if (file.tracer_provider) {
      tracer_provider_config& from = *file.tracer_provider;
      exporter_shelf shelf{built};
      for (processor_config const& one : from.processors)
        shelf.take(exporters, one.exporter, file.faults, file.remarks);
      way = choose_way(file.file, from.processors, file.remarks);
      if (from.sampler) chosen.sampler = create_sampler(*from.sampler, built, file.faults);
      if (from.id_generator) chosen.ids = create_ids(*from.id_generator, built, file.faults);
      if (from.tracers) chosen.tracers = create_configurator(std::move(*from.tracers));
    }
    if (!file.usable()) return tell_faults(file);

    if (file.log_level) set_diagnostic_level(*file.log_level);
    tell_remarks(file);
    propagators.install();
    if (file.disabled || !file.tracer_provider) {
      chosen.propagators.install();
      tell(severity::info, "configuration off",
           {file.file, file.disabled ? std::string_view{": disabled is true"} : " has no tracer_provider",
            ", so no spans are recorded"});
      return;
    }
    resource const service_is = about.make(resource_from_code(service, chosen), env);
    set_limits(chosen.limits, file.limits);
    chosen.environment = env.without_otel();
    if (!file.propagators.empty()) chosen.propagators = {};
    if (way.batch) {
      batch<exporter_list> pipeline{way.options, std::move(exporters)};
      into.open(service, pipeline, chosen, service_is);
    } else {
      simple<exporter_list> pipeline{std::move(exporters)};
      into.open(service, pipeline, chosen, service_is);
    }
  }
};

} // namespace detail

} // namespace spanwise::inline SPANWISE_ABI

// spanwise/config_file.hpp
//
// Starts tracing as a configuration file says (OpenTelemetry, declarative configuration): OTEL_CONFIG_FILE names it.
// Needs yaml-cpp, and exceptions, which that throws; include it where you call `start`, not where you make spans.
