// Reads samplers of a configuration file, with the samplers below them, and which tracers are on.
#pragma once

#include <spanwise/config/model.hpp>

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
