// What few pipelines have beside a sampler: ids of their own, processors that see spans start and end, tracers that are
// turned off. A pipeline with any of these starts its spans the general way; the others never look here.
#pragma once

#include <spanwise/core/record.hpp>
#include <spanwise/core/wire.hpp>
#include <spanwise/trace/id_generator.hpp>
#include <spanwise/trace/thread_state.hpp>
#include <spanwise/trace/tracer_configurator.hpp>

namespace spanwise::inline SPANWISE_ABI {
class resource;
}

namespace spanwise::inline SPANWISE_ABI::detail {

class span_body;

/// All processors of a pipeline as one.
struct processor_calls {
  void (*on_start)(void* all, span_body& started, context const& parent) noexcept;
  void (*on_ending)(void* all, span_body& ending) noexcept;
  void (*on_end)(void* all, span_view const& ended, scope_view const& scope, resource const* about) noexcept;
};

/// While it lives, this thread may call what users gave the pipeline: sampler, ids, processors. A pipeline that stops
/// waits for it. Spans that are started meanwhile are not made, so that nothing calls itself.
class visit {
public:
  visit(provider_core& core, std::uint32_t epoch, producer& writer, thread_state& thread) noexcept
      : writer_{writer}, thread_{thread} {
    writer.visits.store(writer.visits.load(relaxed) + 1, relaxed);
    compiler_fence();
    if (!core.heavy_fences) fence(seq_cst);
    inside_ = writer.gate.load(relaxed) != gate_state::closed && core.epoch.load(relaxed) == epoch;
    if (inside_) ++thread.suppressed;
  }
  visit(visit const&) = delete;
  visit& operator=(visit const&) = delete;
  ~visit() {
    if (inside_ && thread_.suppressed != 0) --thread_.suppressed; // it is 0 in a child that was forked within
    writer_.visits.store(writer_.visits.load(relaxed) - 1, release);
  }
  /// False if the pipeline has stopped.
  [[nodiscard]] explicit operator bool() const noexcept { return inside_; }

private:
  producer& writer_;
  thread_state& thread_;
  bool inside_;
};

/// Lives as long as its pipeline; what is in it, as long as a visit.
struct span_hooks {
  any_id_generator ids{};
  processor_calls const* calls{};
  /// Calls on_end with the span in the form that exporters see; what makes that form is in the back half.
  void (*tell_finished)(span_hooks const& of, record finished, scope_view const& scope) noexcept {};
  void* processors{};
  resource const* about{};

  span_hooks() noexcept = default;
  span_hooks(span_hooks const&) = delete;
  span_hooks& operator=(span_hooks const&) = delete;
  ~span_hooks() {
    for (configurator* at = configurators_.load(relaxed); at != nullptr;) delete std::exchange(at, at->before);
  }

  /// False if there is no memory.
  bool configure_tracers(tracer_configurator&& wanted) noexcept {
    configurator* before = configurators_.load(relaxed);
    auto* const added = new (std::nothrow) configurator{std::move(wanted), before};
    if (added == nullptr) return false;
    // Threads may be asking a former one, so all are kept.
    while (!configurators_.compare_exchange(added->before, added, acq_rel, relaxed)) {}
    return true;
  }

  [[nodiscard]] tracer_config config_of(scope_view const& scope) const noexcept {
    configurator const* const newest = configurators_.load(acquire);
    return newest == nullptr ? tracer_config{} : newest->ask(scope);
  }

  /// Puts own ids, where there is a generator, in place of random ones.
  void choose_ids(bool has_parent, std::uint64_t& trace_high, std::uint64_t& trace_low, std::uint64_t& own,
                  std::uint32_t& flags) const noexcept {
    if (!has_parent)
      if (trace_id const made = ids.generate_trace_id(); made.valid()) {
        trace_high = load<std::uint64_t>(made.bytes().data());
        trace_low = load<std::uint64_t>(made.bytes().data() + 8);
        if (!ids.random()) flags &= ~std::uint32_t{trace_flags::random_bit};
      }
    if (span_id const made = ids.generate_span_id(); made.valid()) own = load<std::uint64_t>(made.bytes().data());
  }

private:
  struct configurator {
    tracer_configurator ask;
    configurator* before;
  };

  atomic<configurator*> configurators_{};
};

/// Whether the tracers of a scope make spans in a pipeline that has hooks.
SPANWISE_COLD bool tracer_enabled(provider_core& core, std::uint32_t epoch, std::uint16_t scope,
                                  thread_state& thread) noexcept {
  std::uint32_t const round = core.tracer_round.load(acquire);
  std::uint32_t const known = core.scopes.note(scope);
  if (known / 2 == round) return known % 2 == 0;
  producer* const writer = thread.find(core, epoch);
  if (writer == nullptr) return true;
  visit const inside{core, epoch, *writer, thread};
  span_hooks const* const hooks = core.hooks.load(relaxed);
  if (!inside || hooks == nullptr) return true;
  bool const enabled = hooks->config_of(core.scopes[scope]).enabled;
  core.scopes.note(scope, round * 2 + (enabled ? 0 : 1));
  return enabled;
}

} // namespace spanwise::inline SPANWISE_ABI::detail
