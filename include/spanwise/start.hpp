// Starts tracing: joins the half that makes spans with the half that sends them. The one call that instantiates, and
// pays for, the exporter.
#pragma once

#include <spanwise/start/provider.hpp>

#include <string_view>

namespace spanwise::inline SPANWISE_ABI {

struct detail::default_maker {
  template <class Pipeline>
  static provider start(std::string_view service, Pipeline& pipeline, options& chosen) noexcept {
    provider made;
    made.begin(service, pipeline, chosen);
    made.make_default();
    return made;
  }
};

/// Stands for a pipeline where tracing is off at compile time: nothing runs, nothing is counted.
class [[maybe_unused]] no_provider {
public:
  [[nodiscard]] static constexpr bool running() noexcept { return false; }
  [[nodiscard]] static constexpr basic_tracer<off> tracer(std::string_view name, std::string_view = {},
                                                          std::string_view = {},
                                                          std::span<attribute const> = {}) noexcept {
    return {name};
  }
  static bool flush() noexcept { return true; }
  static bool flush(duration) noexcept { return true; }
  static shutdown_result shutdown() noexcept { return {}; }
  static shutdown_result shutdown(duration) noexcept { return {}; }
  static bool configure_tracers(tracer_configurator const&) noexcept { return false; }
  [[nodiscard]] static pipeline_stats stats() noexcept { return {}; }
};

/// Starts tracing for the whole process: from now on spans are recorded and sent through `pipeline`.
///
/// `pipeline` is an exporter (`console{}`, `otlp_http{}`), or `batch{...}` or `simple{...}` around stages and
/// exporters. Keep the result for as long as there is something to trace; its destructor sends what is left. Never
/// throws: what can't be set up is told in a diagnostic, and spans then do nothing. With SPANWISE_OFF nothing is
/// instantiated.
template <class Pipeline>
[[nodiscard]] SPANWISE_SMALL auto start(std::string_view service, Pipeline pipeline, options chosen = {}) noexcept {
  if constexpr (std::is_same_v<default_mode, off>) {
    return no_provider{};
  } else {
    return detail::default_maker::start(service, pipeline, chosen);
  }
}

} // namespace spanwise::inline SPANWISE_ABI
