// Reads `resource` and `propagator` of a configuration file: what the service is, and in which formats contexts travel.
#pragma once

#include <spanwise/config/model.hpp>

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
