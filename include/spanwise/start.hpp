// Starts tracing: joins the half that makes spans with the half that sends them. The one call that instantiates, and
// pays for, the exporter.
#pragma once

#include <spanwise/context/propagator.hpp>
#include <spanwise/core/clock.hpp>
#include <spanwise/pipeline/batch_settings.hpp>
#include <spanwise/pipeline/default_resource.hpp>
#include <spanwise/pipeline/engine.hpp>
#include <spanwise/pipeline/exporter_variable.hpp>
#include <spanwise/trace/off.hpp>
#include <spanwise/trace/process_life.hpp>
#include <spanwise/trace/tracer.hpp>

#include <initializer_list>
#include <string_view>

namespace spanwise::inline SPANWISE_ABI {

/// Any propagator or composite of several; empty: W3C trace context and baggage.
class any_propagator {
public:
  any_propagator() noexcept = default;
  template <propagator Formats>
  any_propagator(Formats formats)
      : install_{[](void const* held) noexcept { set_default_propagator(*static_cast<Formats const*>(held)); }},
        held_{detail::counted<Formats>::make(std::move(formats))} {}

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
  /// Which spans are recorded; by default all, or what the parent decided.
  any_sampler sampler{};
  /// Formats in which contexts travel; by default W3C trace context and baggage.
  any_propagator propagators{};
  span_limits limits{};
  clock_source clock = clock_source::automatic;
  /// Takes over from an exporter that can't be set up, in a tee from the first such; by default its spans are
  /// discarded, and counted as failed.
  any_exporter fallback{};
  /// The longest that the destructor, or the end of the process, waits for spans to be sent. As everywhere, more than a
  /// century counts as that.
  duration shutdown_timeout = detail::seconds(5);
};

} // namespace spanwise::inline SPANWISE_ABI

namespace spanwise::inline SPANWISE_ABI::detail {

/// A pipeline with what it needs of both halves.
template <class Parts, exporting Where> struct running_pipeline {
  SPANWISE_SMALL running_pipeline(options&& chosen, exporter_setup const& setup, provider_core& core,
                                  spanwise::resource&& about, batch_settings const& settings, Parts& parts)
      : sampler{std::move(chosen.sampler)}, shutdown_timeout{chosen.shutdown_timeout},
        machine{core, std::move(about), settings, parts, {setup, chosen.fallback, fallback}} {}

  /// Ends it for who does not ask what became of the spans. Once somebody has asked, that is not told again.
  SPANWISE_SMALL void end() noexcept {
    shutdown_result const end = machine.shutdown(deadline::in(shutdown_timeout));
    if (!result_taken.exchange(true, relaxed)) tell_end(end);
  }

  any_sampler sampler;
  duration shutdown_timeout;
  atomic<bool> result_taken{false};
  std::optional<live_exporter> fallback;
  engine<line<0, Parts>, Where> machine;
};

/// What a handle can do with a pipeline whose type it has forgotten.
struct pipeline_calls {
  bool (*flush)(void*, deadline) noexcept;
  shutdown_result (*shutdown)(void*, deadline) noexcept;
  void (*end)(void*) noexcept;
  pipeline_stats (*stats)(void*) noexcept;
  bool (*can_be_freed)(void*) noexcept;
};

template <class Running>
inline constexpr pipeline_calls calls_of{
    [](void* at, deadline until) noexcept { return static_cast<Running*>(at)->machine.flush(until); },
    [](void* at, deadline until) noexcept {
      shutdown_result const end = static_cast<Running*>(at)->machine.shutdown(until);
      static_cast<Running*>(at)->result_taken.store(true, relaxed);
      return end;
    },
    [](void* at) noexcept { static_cast<Running*>(at)->end(); },
    [](void* at) noexcept { return static_cast<Running*>(at)->machine.stats(); },
    [](void* at) noexcept {
      return static_cast<Running*>(at)->machine.in_owner() && !static_cast<Running*>(at)->machine.stuck();
    }};

/// A pipeline that may still be looked at when its handle is gone; from here leak detectors find it.
struct kept_pipeline {
  counted<void> state;
  kept_pipeline* next;
};
SPANWISE_SHARED inline constinit atomic<kept_pipeline*> kept_pipelines{};

SPANWISE_SMALL void keep_for_good(counted<void> state) noexcept {
  auto* const kept = new (std::nothrow) kept_pipeline{std::move(state), kept_pipelines.load(relaxed)};
  while (kept != nullptr && !kept_pipelines.compare_exchange(kept->next, kept, acq_rel, relaxed)) {}
}

/// A place for one more pipeline; nullptr if all are taken.
SPANWISE_SMALL provider_core* take_core() noexcept {
  for (provider_core& core : provider_cores) {
    bool free = false;
    if (!core.taken.compare_exchange(free, true, acq_rel, relaxed)) continue;
    if (auto const index = static_cast<std::uint8_t>(&core - provider_cores); core.index != index) core.index = index;
    return &core;
  }
  return nullptr;
}

SPANWISE_SMALL quick_decision quick_of(any_sampler const& chosen, parent_case which) noexcept {
  if (chosen.empty()) {
    bool const follows = which == parent_case::remote_unsampled || which == parent_case::local_unsampled;
    return follows ? quick_decision::drop : quick_decision::record_and_sample;
  }
  std::optional<sampling_decision> const known = chosen.fixed(which);
  return known ? static_cast<quick_decision>(*known) : quick_decision::ask;
}

/// Sets `core` up for a pipeline; false if there is no memory for its spans.
SPANWISE_SMALL bool prepare_core(provider_core& core, span_limits const& limits, std::size_t bytes,
                                 std::int64_t most_spans, clock_source clock) noexcept {
  if (!core.pool.open(bytes, static_cast<std::uint64_t>(::getpid()))) return false;
  for (producer* stale = core.producers.exchange(nullptr, acq_rel); stale != nullptr;) {
    producer* const next = stale->next;
    if (stale->abandoned.exchange(true, acq_rel)) delete stale;
    stale = next;
  }
  span_limits chosen = limits;
  chosen.max_span_bytes = std::min<std::uint32_t>(
      std::max<std::uint32_t>(limits.max_span_bytes, span_body::inside_size), record::max_size - 65536);
  // What spans of an earlier pipeline may still look at is written only where it differs.
  if (chosen != core.limits) core.limits = chosen;
  if (bool const heavy = register_heavy_fence(); heavy != core.heavy_fences) core.heavy_fences = heavy;
  core.most_spans = most_spans;
  core.queued.store(0, relaxed);
  core.crowded.store(false, relaxed);
  core.roomy_at.store(most_spans / 2, relaxed);
  core.late.store(0, relaxed);
  core.on_publish = nullptr;
  core.rouse = nullptr;
  core.pool.when_pressed(nullptr, nullptr);
  core.silence = &silence_this_thread;
  core.scopes.find_or_add(unnamed_source.scope.hash, {}, {}, {});
  process_clock.open(clock);
  return true;
}

/// What code says of the service; an empty text says nothing.
SPANWISE_SMALL resource resource_from_code(std::string_view service, options const& chosen) {
  resource result;
  result.set_texts({{"service.name", service},
                    {"service.version", chosen.service_version},
                    {"service.instance.id", chosen.service_instance_id},
                    {"deployment.environment.name", chosen.deployment_environment}});
  for (attribute const& each : chosen.resource) result.set(each);
  return result;
}

template <class Given> inline constexpr bool is_batch = false;
template <class... Parts> inline constexpr bool is_batch<batch<Parts...>> = true;
template <class Given> inline constexpr bool is_simple = false;
template <class... Parts> inline constexpr bool is_simple<simple<Parts...>> = true;

struct default_maker;

/// An exporter that is given alone: at once if it says that it suits that, in batches otherwise.
template <class Given>
concept immediate = requires {
  requires Given::immediate;
};

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
                                          std::string_view schema_url = {}) const noexcept {
    basic_tracer<Mode> made{name, version, schema_url};
    if constexpr (std::is_same_v<Mode, on>) {
      made.source_.core = core_;
      made.source_.epoch = core_ != nullptr ? epoch_ : never;
    }
    return made;
  }

  /// Sends what was ended before the call; false if that took longer than `within`, or an exporter failed.
  bool flush(duration within) noexcept {
    if (state_ == nullptr) return std::is_same_v<default_mode, off>;
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

  /// The accounts up to now; they balance when no thread is inside a call.
  [[nodiscard]] pipeline_stats stats() const noexcept {
    return state_ == nullptr ? pipeline_stats{} : calls_->stats(state_.get());
  }

private:
  friend struct detail::default_maker;
  provider() noexcept = default;

  template <class Pipeline>
  SPANWISE_SMALL void begin(std::string_view service, Pipeline& pipeline, options& chosen) noexcept {
    bool const good = detail::contain([&] {
      if constexpr (std::is_same_v<default_mode, off>) return;
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

  template <class Pipeline> SPANWISE_SMALL void open(std::string_view service, Pipeline& pipeline, options& chosen) {
    using Parts = decltype(pipeline.parts);
    constexpr auto where = detail::is_batch<Pipeline> ? detail::exporting::on_own_thread : detail::exporting::in_turns;
    using Running = detail::running_pipeline<Parts, where>;
    environment const env = environment::process();
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
    if (!detail::prepare_core(*core, chosen.limits, settings.bytes, settings.most_spans, chosen.clock))
      return report(severity::error, "start", "tracing was not started: there is no memory for spans that wait");

    chosen.propagators.install();
    timeout_ = chosen.shutdown_timeout;

    auto made = detail::counted<Running>::make(
        std::move(chosen), exporter_setup{env}, *core,
        detail::default_resource(env, detail::resource_from_code(service, chosen)), settings.settings, pipeline.parts);
    giving_back.held = nullptr; // the engine gives it back
    core->sampler = &made->sampler;
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
  }

  static constexpr std::uint32_t never = 2; ///< an epoch in which nothing runs

  detail::counted<void> state_;
  detail::pipeline_calls const* calls_{};
  detail::provider_core* core_{};
  std::uint32_t epoch_{};
  duration timeout_ = detail::seconds(5);
};

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
                                                          std::string_view = {}) noexcept {
    return {name};
  }
  static bool flush() noexcept { return true; }
  static bool flush(duration) noexcept { return true; }
  static shutdown_result shutdown() noexcept { return {}; }
  static shutdown_result shutdown(duration) noexcept { return {}; }
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
