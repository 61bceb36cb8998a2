// A pipeline with what it needs of both halves, and what has to be done before it can run: memory for spans, a place
// among the pipelines of the process, the sampler's table.
#pragma once

#include <spanwise/pipeline/engine.hpp>
#include <spanwise/start/options.hpp>
#include <spanwise/trace/process_life.hpp>
#include <spanwise/trace/span.hpp>

namespace spanwise::inline SPANWISE_ABI::detail {

/// Shows processors a finished span as exporters will see it: nothing twice, all text valid.
SPANWISE_SMALL void tell_finished(span_hooks const& hooks, record finished, scope_view const& scope) noexcept {
  finishing settle;
  settle({&finished, 1});
  hooks.calls->on_end(hooks.processors, span_view{finished}, scope, hooks.about);
}

/// All that one start brings to life; it ends the pipeline, and what users gave it, in this order.
template <class Parts, exporting Where> struct running_pipeline {
  SPANWISE_SMALL running_pipeline(options&& chosen, exporter_setup const& setup, provider_core& place,
                                  spanwise::resource&& service, batch_settings const& settings, Parts& parts)
      : core{place}, sampler{std::move(chosen.sampler)}, processors(std::move(chosen.processors)),
        shutdown_timeout{chosen.shutdown_timeout},
        machine{core, std::move(service), settings, parts, {setup, chosen.fallback, fallback}} {
    hooks.ids = std::move(chosen.ids);
    hooks.calls = processors.hooks();
    hooks.processors = processors.all();
    if (hooks.calls != nullptr) hooks.tell_finished = &tell_finished;
    hooks.about = &machine.about();
    if (!hooks.ids.empty() || hooks.calls != nullptr) use_hooks();
    if (!chosen.tracers.empty()) static_cast<void>(configure_tracers(std::move(chosen.tracers)));
  }

  /// From here on spans start the general way, which asks the hooks.
  void use_hooks() noexcept {
    core.hooks.store(&hooks, release);
    for (auto& each : core.quick) each.store(quick_decision::ask, relaxed);
  }
  /// False if there is no memory.
  SPANWISE_SMALL bool configure_tracers(tracer_configurator&& wanted) noexcept {
    if (!hooks.configure_tracers(std::move(wanted))) return false;
    core.tracer_round.fetch_add(1, acq_rel);
    use_hooks();
    return true;
  }

  // A forked child leaves processors alone: their threads are not there, and their locks may be held for good.

  SPANWISE_SMALL bool flush(deadline until) noexcept {
    if (called_by_hook()) return false;
    bool const good = machine.flush(until);
    if (!machine.in_owner() || machine.exporting_here() || processors_closed.load(relaxed)) return good;
    return processors.flush(until) && good;
  }
  SPANWISE_SMALL shutdown_result shutdown(deadline until) noexcept {
    if (called_by_hook()) return machine.result();
    shutdown_result const end = machine.shutdown(until);
    if (!machine.in_owner() || machine.exporting_here()) return end;
    if (!processors_closed.exchange(true, relaxed)) processors.shutdown(until);
    return end;
  }
  /// True if code that the pipeline was given is further up on this thread's stack: it will come back.
  [[nodiscard]] bool calls_from_here() const noexcept {
    thread_state const* const thread = this_thread_state;
    producer const* const writer = thread == nullptr ? nullptr : thread->lanes[core.index].writer;
    return machine.exporting_here() || (writer != nullptr && writer->visits.load(relaxed) != 0);
  }

  /// Ends it for who does not ask what became of the spans. Once somebody has asked, that is not told again.
  SPANWISE_SMALL void end() noexcept {
    shutdown_result const end = shutdown(deadline::in(shutdown_timeout));
    if (!result_taken.exchange(true, relaxed)) tell_end(end);
  }

  /// True, with a diagnostic, where the pipeline would have to wait for what called this.
  [[nodiscard]] SPANWISE_SMALL bool called_by_hook() const noexcept {
    if (machine.exporting_here() || !calls_from_here()) return false;
    tell_called_from_inside();
    return true;
  }

  provider_core& core;
  any_sampler sampler;
  span_processors processors;
  span_hooks hooks;
  duration shutdown_timeout;
  atomic<bool> result_taken{false};
  atomic<bool> processors_closed{false};
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
  bool (*configure_tracers)(void*, tracer_configurator&&) noexcept;
};

template <class Running>
inline constexpr pipeline_calls calls_of{
    [](void* at, deadline until) noexcept { return static_cast<Running*>(at)->flush(until); },
    [](void* at, deadline until) noexcept {
      shutdown_result const end = static_cast<Running*>(at)->shutdown(until);
      static_cast<Running*>(at)->result_taken.store(true, relaxed);
      return end;
    },
    [](void* at) noexcept { static_cast<Running*>(at)->end(); },
    [](void* at) noexcept { return static_cast<Running*>(at)->machine.stats(); },
    [](void* at) noexcept {
      auto& running = *static_cast<Running*>(at);
      return running.machine.in_owner() && !running.calls_from_here() && !running.machine.stuck();
    },
    [](void* at, tracer_configurator&& wanted) noexcept {
      return static_cast<Running*>(at)->configure_tracers(std::move(wanted));
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
  chosen.attribute_value_depth = std::min(limits.attribute_value_depth, deepest_value);
  // What spans of an earlier pipeline may still look at is written only where it differs.
  if (chosen != core.limits) core.limits = chosen;
  if (bool const heavy = register_heavy_fence(); heavy != core.heavy_fences) core.heavy_fences = heavy;
  core.hooks.store(nullptr, relaxed);
  core.tracer_round.fetch_add(1, relaxed); // what was noted of scopes belongs to the pipeline before
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
  result.set_schema_url(chosen.resource_schema_url);
  for (attribute const& each : chosen.resource) result.set(each);
  return result;
}

} // namespace spanwise::inline SPANWISE_ABI::detail
