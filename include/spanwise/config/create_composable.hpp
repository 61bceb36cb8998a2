// Makes the composable samplers of a configuration, `composite/development`: what was built as types elsewhere is built
// here as the program starts, with rules that the file gives.
#pragma once

#include <spanwise/config/model.hpp>
#include <spanwise/config/pattern.hpp>
#include <spanwise/detail/buffer.hpp>
#include <spanwise/detail/counted.hpp>
#include <spanwise/export/value_text.hpp>
#include <spanwise/trace/always_on.hpp>
#include <spanwise/trace/parent_threshold.hpp>
#include <spanwise/trace/probability.hpp>

#include <optional>
#include <utility>
#include <vector>

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
