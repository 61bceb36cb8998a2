// What the OTEL_* variables come to: the settings that a pipeline runs with where code says nothing else. For programs
// that tell at their start what is in effect, and for tests. Nothing here starts or changes anything.
#pragma once

#include <spanwise/export/otlp_settings.hpp>
#include <spanwise/pipeline/batch_settings.hpp>
#include <spanwise/pipeline/default_resource.hpp>
#include <spanwise/start/chosen_limits.hpp>
#include <spanwise/start/chosen_propagators.hpp>
#include <spanwise/start/chosen_sampler.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spanwise::inline SPANWISE_ABI {

/// What a batch goes by; see batch_options.
struct batch_in_effect {
  std::size_t
      max_queue_size{}; ///< spans; where neither code nor a variable sets it, memory is the bound, and this the default
  std::size_t max_queue_bytes{};
  std::size_t max_export_batch_size{};
  duration schedule_delay{};
  duration export_timeout{}; ///< 0: no limit
};

/// Where OTLP goes, and how.
struct otlp_in_effect {
  endpoint where{};
  std::string protocol{};    ///< as the variables ask for it: the type of the exporter decides, or any_of
  std::string compression{}; ///< as asked for; an exporter that has none says so
  key_values headers{};      ///< of the user's, without those of the exporter itself; may hold credentials
  duration timeout{};        ///< 0: no limit
};

/// All settings that variables have a say in, but for exporters, which `chosen_exporters` tells of an `any_of`.
struct settings_in_effect {
  bool disabled = false; ///< OTEL_SDK_DISABLED: pipelines do not start
  span_limits limits{};
  sampler_in_effect sampler{};
  batch_in_effect batch{};
  otlp_in_effect otlp{};
  std::vector<std::string> propagators{}; ///< by the names that OTEL_PROPAGATORS has for them
  key_values resource{};                  ///< what the variables say of the service
};

/// What these variables come to. Those that make no sense are told of as at a start, and do not count.
///
///     auto const settings = spanwise::settings_from(spanwise::environment::process());
///     std::printf("spans go to %s\n", settings.otlp.where.url().c_str());
///
/// `Formats` are propagators that the program has besides those of the single header: `settings_from<jaeger>(env)`.
template <propagator... Formats> [[nodiscard]] settings_in_effect settings_from(environment const& env) {
  detail::chosen_batch const batch = detail::choose_batch({}, env);
  settings_in_effect result;
  result.disabled = env.boolean("OTEL_SDK_DISABLED").value_or(false);
  result.limits = chosen_limits({}, env);
  result.sampler = detail::read_sampler(env);
  result.batch = {batch.most_spans != 0 ? static_cast<std::size_t>(batch.most_spans) : detail::usual_queue_size,
                  batch.bytes, batch.settings.batch_size, batch.settings.delay, batch.settings.export_timeout};
  result.otlp = {choose_endpoint({}, {}, env).value_or(endpoint{}),
                 std::string{detail::otlp_protocol(env).value_or("http/protobuf")},
                 std::string{detail::otlp_compression(env).value_or("none")},
                 detail::otlp_headers(env).value_or(key_values{}), detail::otlp_timeout({}, env)};
  auto const& formats = detail::formats_to_choose_from<Formats...>::names;
  for (std::uint8_t const place : detail::format_choice_of(env, formats))
    result.propagators.emplace_back(formats[place]);
  result.resource = detail::environment_resource(env);
  return result;
}

} // namespace spanwise::inline SPANWISE_ABI
