// The handle of a running pipeline: flushes it, stops it, says what became of the spans, and makes tracers that send
// there. Its constructor, and start(), instantiate the exporters.
#pragma once

#include <spanwise/pipeline/batch_settings.hpp>
#include <spanwise/pipeline/default_resource.hpp>
#include <spanwise/pipeline/exporter_variable.hpp>
#include <spanwise/start/chosen_propagators.hpp>
#include <spanwise/start/chosen_sampler.hpp>
#include <spanwise/start/log_level.hpp>
#include <spanwise/start/running_pipeline.hpp>
#include <spanwise/trace/off.hpp>
#include <spanwise/trace/tracer.hpp>

#include <string_view>

namespace spanwise::inline SPANWISE_ABI::detail {

template <class Given> inline constexpr bool is_batch = false;
template <class... Parts> inline constexpr bool is_batch<batch<Parts...>> = true;
template <class Given> inline constexpr bool is_simple = false;
template <class... Parts> inline constexpr bool is_simple<simple<Parts...>> = true;

struct default_maker;

/// Opens what is no pipeline until more is known than code says, such as a configuration file; specialised for each
/// such type, with `static void open(provider&, std::string_view service, Given&, options&)`.
template <class Given> struct opener;

template <class Given>
concept opened_by_itself = requires { sizeof(opener<Given>); };

/// An exporter that is given alone: at once if it says that it suits that, in batches otherwise.
template <class Given>
concept immediate = requires { requires Given::immediate; };

} // namespace spanwise::inline SPANWISE_ABI::detail

namespace spanwise::inline SPANWISE_ABI {

class no_provider;

/// A running pipeline. Tracers made by it send there, wherever others send.
///
/// Its destructor shuts it down within `options.shutdown_timeout`; so does the end of the process, if it comes first.
/// All members may be called from any thread.
class provider {
public:
  /// Starts a pipeline beside the default one, for tests and programs that need several. With SPANWISE_OFF it is none.
  template <class Pipeline>
  [[nodiscard]] provider(std::string_view service, Pipeline pipeline, options chosen = {}) noexcept {
    begin(service, pipeline, chosen);
  }
  /// What `start` gives where tracing is off: nothing runs.
  provider(no_provider const&) noexcept {}
  provider(provider&& other) noexcept { swap(other); }
  provider& operator=(provider&& other) noexcept {
    swap(other);
    return *this;
  }
  SPANWISE_SMALL ~provider() {
    if (state_ == nullptr) return;
    if (calls_->can_be_freed(state_.get())) calls_->end(state_.get());
    void* mine = state_.get();
    bool const free =
        calls_->can_be_freed(mine) && core_->pipeline.compare_exchange(mine, nullptr, detail::acq_rel, detail::relaxed);
    // A forked child, a thread caught inside, the end of the process: something may still look at the memory, so it
    // stays.
    if (!free) detail::keep_for_good(std::move(state_));
  }

  /// True if the pipeline could be started; if not, a diagnostic said why, and spans do nothing.
  [[nodiscard]] bool running() const noexcept {
    return core_ != nullptr && core_->epoch.load(detail::acquire) == epoch_;
  }

  /// A tracer whose spans go here.
  template <class Mode = default_mode>
  [[nodiscard]] basic_tracer<Mode> tracer(std::string_view name, std::string_view version = {},
                                          std::string_view schema_url = {},
                                          std::span<attribute const> attributes = {}) const noexcept {
    basic_tracer<Mode> made{name, version, schema_url, attributes};
    if constexpr (std::is_same_v<Mode, on>) {
      made.source_.core = core_;
      made.source_.epoch = core_ != nullptr ? epoch_ : never;
    }
    return made;
  }

  /// Sends what was ended before the call; false if that took longer than `within`, or an exporter failed.
  bool flush(duration within) noexcept {
    if (state_ == nullptr) return disabled_ || std::is_same_v<default_mode, off>;
    return calls_->flush(state_.get(), deadline::in(within));
  }
  /// The same within 5 s.
  bool flush() noexcept { return flush(detail::seconds(5)); }

  /// Stops taking spans, sends what there is, and returns within `within`, whatever the receiver does.
  ///
  /// Says what became of all spans since the start. A second call says it again, at once.
  shutdown_result shutdown(duration within) noexcept {
    if (state_ == nullptr) return {};
    return calls_->shutdown(state_.get(), deadline::in(within));
  }
  /// The same within `options.shutdown_timeout`.
  shutdown_result shutdown() noexcept { return shutdown(timeout_); }

  /// Replaces what turns tracers on and off; each scope is asked again before its next span.
  ///
  /// False if nothing runs, or there is no memory.
  bool configure_tracers(tracer_configurator wanted) noexcept {
    return running() && calls_->configure_tracers(state_.get(), std::move(wanted));
  }

  /// The accounts up to now; they balance when no thread is inside a call.
  [[nodiscard]] pipeline_stats stats() const noexcept {
    return state_ == nullptr ? pipeline_stats{} : calls_->stats(state_.get());
  }

private:
  friend struct detail::default_maker;
  template <class> friend struct detail::opener;
  provider() noexcept = default;

  template <class Pipeline>
  SPANWISE_SMALL void begin(std::string_view service, Pipeline& pipeline, options& chosen) noexcept {
    bool const good = detail::contain([&] {
      if constexpr (std::is_same_v<default_mode, off>) return;
      else if constexpr (detail::opened_by_itself<Pipeline>)
        detail::opener<Pipeline>::open(*this, service, pipeline, chosen);
      else if constexpr (detail::is_batch<Pipeline> || detail::is_simple<Pipeline>) open(service, pipeline, chosen);
      else if constexpr (detail::immediate<Pipeline>) {
        simple<Pipeline> wrapped{std::move(pipeline)};
        open(service, wrapped, chosen);
      } else {
        batch<Pipeline> wrapped{std::move(pipeline)};
        open(service, wrapped, chosen);
      }
    });
    if (!good)
      report(severity::error, "start",
             "tracing could not be started: an exporter threw while it was set up, or memory ran out");
  }

  /// `more` is what else is known of the service; it wins over what code says.
  template <class Pipeline>
  SPANWISE_SMALL void open(std::string_view service, Pipeline& pipeline, options& chosen, resource const& more = {}) {
    using Parts = decltype(pipeline.parts);
    constexpr auto where = detail::is_batch<Pipeline> ? detail::exporting::on_own_thread : detail::exporting::in_turns;
    using Running = detail::running_pipeline<Parts, where>;
    environment const env = chosen.environment ? std::move(*chosen.environment) : environment::process();
    apply_log_level(env);
    if (env.text("OTEL_CONFIG_FILE"))
      report(severity::warning, "OTEL_CONFIG_FILE",
             "OTEL_CONFIG_FILE is set, but this program does not read it; the other variables count. To read it, include "
             "<spanwise/config_file.hpp> and start with spanwise::from_config{...}");
    if (chosen.propagators.empty()) detail::install_chosen_propagators(env);
    else chosen.propagators.install();
    if (env.boolean("OTEL_SDK_DISABLED").value_or(false)) {
      disabled_ = true;
      return report(severity::info, "disabled", "tracing was not started, as OTEL_SDK_DISABLED asks; spans do nothing");
    }
    detail::chosen_batch settings;
    if constexpr (detail::is_batch<Pipeline>) settings = detail::choose_batch(pipeline.options, env);

    detail::check_exporter_variable<Parts>(env);
    detail::watch_process();
    detail::provider_core* const core = detail::take_core();
    if (core == nullptr)
      return report(severity::error, "start", "tracing was not started: eight pipelines are running already");
    struct guard {
      detail::provider_core* held;
      ~guard() {
        if (held != nullptr) held->taken.store(false, detail::release);
      }
    } giving_back{core};
    if (!detail::prepare_core(*core, chosen_limits(chosen.limits, env), settings.bytes, settings.most_spans,
                              chosen.clock))
      return report(severity::error, "start", "tracing was not started: there is no memory for spans that wait");

    timeout_ = chosen.shutdown_timeout;

    if (chosen.sampler.empty()) chosen.sampler = chosen_sampler(env);
    resource about =
        detail::default_resource(env, detail::resource_from_code(service, chosen), chosen.detectors.detect(env));
    about.merge(more);
    auto made = detail::counted<Running>::make(std::move(chosen), exporter_setup{env}, *core, std::move(about),
                                               settings.settings, pipeline.parts);
    giving_back.held = nullptr; // the engine gives it back
    core->sampler = &made->sampler;
    if (core->hooks.load(detail::relaxed) == nullptr)
      for (std::size_t i = 0; i < parent_cases; ++i)
        core->quick[i].store(detail::quick_of(made->sampler, static_cast<parent_case>(i)), detail::relaxed);
    core->at_exit = detail::calls_of<Running>.end;
    if (!made->machine.run(made))
      return report(severity::error, "start", "tracing was not started: the system gives no thread for it");
    core->pipeline.store(made.get(), detail::release);
    state_ = std::move(made);
    calls_ = &detail::calls_of<Running>;
    core_ = core;
    epoch_ = core->epoch.fetch_add(1, detail::acq_rel) + 1;
  }

  SPANWISE_SMALL void make_default() const noexcept {
    if (core_ != nullptr && !detail::claim_default(*core_))
      report(severity::warning, "second start",
             "a second pipeline was started while the first one runs; until that stops, spans go to the first one. "
             "Use spanwise::provider and its tracers for a pipeline of their own");
  }

  void swap(provider& other) noexcept {
    std::swap(state_, other.state_);
    std::swap(calls_, other.calls_);
    std::swap(core_, other.core_);
    std::swap(epoch_, other.epoch_);
    std::swap(timeout_, other.timeout_);
    std::swap(disabled_, other.disabled_);
  }

  static constexpr std::uint32_t never = 2; ///< an epoch in which nothing runs

  detail::counted<void> state_;
  detail::pipeline_calls const* calls_{};
  detail::provider_core* core_{};
  std::uint32_t epoch_{};
  duration timeout_ = detail::seconds(5);
  bool disabled_{}; ///< as the environment asks: nothing runs, and nothing failed
};

} // namespace spanwise::inline SPANWISE_ABI
