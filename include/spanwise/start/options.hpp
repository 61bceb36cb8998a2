// What can be said of a pipeline when it starts, beside where its spans go.
// What is left out comes from the OTEL_* environment, then from OpenTelemetry's defaults.
#pragma once

#include <spanwise/context/propagator.hpp>
#include <spanwise/core/clock.hpp>
#include <spanwise/core/duration.hpp>
#include <spanwise/detail/contain.hpp>
#include <spanwise/detail/counted.hpp>
#include <spanwise/pipeline/any_exporter.hpp>
#include <spanwise/resource/detector.hpp>
#include <spanwise/start/chosen_limits.hpp>
#include <spanwise/trace/sampler.hpp>
#include <spanwise/trace/span_processor.hpp>

#include <initializer_list>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI {

/// Any propagator or composite of several; empty: what OTEL_PROPAGATORS says, or W3C trace context and baggage.
class any_propagator {
public:
  any_propagator() noexcept = default;
  template <propagator Formats>
  any_propagator(Formats formats) noexcept
      : install_{[](void const* held) noexcept { set_default_propagator(*static_cast<Formats const*>(held)); }} {
    if (!detail::contain([&] { held_ = detail::counted<Formats>::make(std::move(formats)); }))
      report(severity::error, "propagator",
             "the propagators that were given are not used: there is no memory for them, or they threw while they were "
             "moved");
  }

  [[nodiscard]] bool empty() const noexcept { return held_ == nullptr; }
  void install() const noexcept {
    if (held_ != nullptr) install_(held_.get());
  }

private:
  void (*install_)(void const*) noexcept {};
  detail::counted<void> held_;
};

/// What can be said at the start; what is left out comes from the OTEL_* environment, then from the defaults.
struct options {
  std::string_view service_version{};
  std::string_view service_instance_id{};
  std::string_view deployment_environment{};
  /// More that describes the service: `{{"team.name", "checkout"}}`.
  std::initializer_list<attribute> resource{};
  /// Which version of which conventions the attributes of the resource follow.
  std::string_view resource_schema_url{};
  /// Asked at the start for what is known of the surroundings: `{process_detector{}, host_detector{}}`. Where two differ,
  /// the later one counts; OTEL_RESOURCE_ATTRIBUTES, OTEL_SERVICE_NAME and what is said here outweigh them.
  detector_list detectors{};
  /// Which spans are recorded; by default what OTEL_TRACES_SAMPLER says, or all but those whose parent is not.
  any_sampler sampler{};
  /// Formats in which contexts travel; by default those of OTEL_PROPAGATORS, or W3C trace context and baggage.
  any_propagator propagators{};
  span_limit_options limits{};
  /// See spans start and end on the threads that do it: `{tenant_of_the_request{}, count_spans{}}`.
  span_processors processors{};
  /// Turns tracers off by name, version or attributes; `provider::configure_tracers` replaces it.
  tracer_configurator tracers{};
  /// Makes ids; by default random ones.
  any_id_generator ids{};
  clock_source clock = clock_source::automatic;
  /// The variables that are read, such as a fixed set in a test; by default those of the process.
  std::optional<spanwise::environment> environment{};
  /// Takes over from an exporter that can't be set up, in a tee from the first such; by default its spans are
  /// discarded, and counted as failed.
  any_exporter fallback{};
  /// The longest that the destructor, or the end of the process, waits for spans to be sent. As everywhere, more than a
  /// century counts as that.
  duration shutdown_timeout = detail::seconds(5);
};

} // namespace spanwise::inline SPANWISE_ABI
