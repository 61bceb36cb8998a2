// Reads the properties of one map of a configuration file by their types. What is wrong is gathered as a fault, and
// what was never asked for is one too, so a reader is the list of what it knows. Exporters of your own get one of
// these: `bool configure(spanwise::config_properties& given)`.
#pragma once

#include <spanwise/config/document.hpp>
#include <spanwise/config/fault.hpp>

#include <initializer_list>
#include <optional>
#include <string_view>

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
