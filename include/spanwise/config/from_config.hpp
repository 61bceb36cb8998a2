// Starts tracing as a configuration file says: OTEL_CONFIG_FILE names it, and what it says replaces the other OTEL_
// variables. Without the variable these decide, as with any_of.
// A file with a fault starts nothing: every fault is told, and spans do nothing.
#pragma once

#include <spanwise/config/create_exporters.hpp>
#include <spanwise/config/create_propagators.hpp>
#include <spanwise/config/create_resource.hpp>
#include <spanwise/config/create_sampler.hpp>
#include <spanwise/config/parse_configuration.hpp>
#include <spanwise/start/provider.hpp>

#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

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
