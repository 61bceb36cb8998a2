// Makes a configuration of the text of a file, or of the file: the first of two steps, of which nothing runs yet.
// Needs no memory of what the program was built with; that is judged when it starts.
#pragma once

#include <spanwise/config/file_text.hpp>
#include <spanwise/config/read_exporter.hpp>
#include <spanwise/config/read_resource.hpp>
#include <spanwise/config/read_sampler.hpp>
#include <spanwise/config/yaml_reader.hpp>

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
