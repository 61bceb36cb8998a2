// What a configuration file says, as plain values: the tracing part of OpenTelemetry's schema
// (opentelemetry-configuration 1.x), with its defaults filled in. parse_configuration makes one; from_config makes it
// run.
#pragma once

#include <spanwise/config/properties.hpp>
#include <spanwise/pipeline/batch.hpp>
#include <spanwise/start/chosen_limits.hpp>

#include <string>
#include <variant>
#include <vector>

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
