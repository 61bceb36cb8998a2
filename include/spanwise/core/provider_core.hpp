// The part of a running pipeline that business threads see: the sampler's table, the limits, the memory for finished
// spans and the list of threads that write there. A few of these exist for the whole life of the process and are never
// destroyed, so that a span may end at any time without asking whether its pipeline is still there.
#pragma once

#include <spanwise/core/counters.hpp>
#include <spanwise/core/limits.hpp>
#include <spanwise/core/producer.hpp>
#include <spanwise/core/scope.hpp>

namespace spanwise::inline SPANWISE_ABI {

class any_sampler;

namespace detail {
struct span_hooks;
}

/// The five situations that a parent leaves a span in.
enum class parent_case : std::uint8_t { none, remote_sampled, remote_unsampled, local_sampled, local_unsampled };
inline constexpr std::size_t parent_cases = 5;

} // namespace spanwise::inline SPANWISE_ABI

namespace spanwise::inline SPANWISE_ABI::detail {

/// What is known of a sampler's answer before it is asked.
enum class quick_decision : std::uint8_t { drop, record_only, record_and_sample, ask };

inline constexpr std::size_t most_providers = 8;

struct alignas(64) provider_core {
  // Written when a pipeline starts or stops, read for each span.
  atomic<std::uint32_t> epoch{0}; ///< odd while a pipeline runs; each start and stop adds one
  std::uint8_t index{};
  bool heavy_fences{};   ///< the back half fences for those that write, who need not
  atomic<quick_decision> quick[parent_cases]{};
  span_limits limits{0, 0, 0, 0, 0, 0, 0, 0}; // like all else zero at first, so that no file holds it
  std::int64_t most_spans{}; ///< 0: bounded by memory alone
  any_sampler const* sampler{};
  atomic<span_hooks*> hooks{};       ///< of the few pipelines that have some: then no start takes the shortest way
  atomic<std::uint32_t> tracer_round{0}; ///< how often it was settled which tracers are on
  std::int64_t rouse_at{};                        ///< with so many spans waiting a batch is full
  void (*on_publish)(provider_core&) noexcept {}; ///< for pipelines that export on the thread that ends a span
  void (*rouse)(void* engine) noexcept {};        ///< wakes the thread that exports; seldom called
  void* engine{};                                 ///< the back half, for on_publish
  atomic<void*> pipeline{};                       ///< the whole pipeline; who takes it from here may end it or free it
  void (*at_exit)(void* pipeline) noexcept {};    ///< sends what is left when the process exits
  void (*silence)(bool) noexcept {};              ///< turns this thread's own spans off and on again, for exporters
  chunk_pool pool;

  // Written by many threads, rarely.
  alignas(64) atomic<producer*> producers{};
  atomic<std::uint64_t> threads{0};
  atomic<std::uint64_t> late{0}; ///< spans that ended after the pipeline had stopped

  alignas(64) atomic<std::int64_t> queued{0}; ///< spans waiting; counted only if most_spans is set
  atomic<bool> crowded{false};            ///< as many waited as may; until half of them are gone
  atomic<std::int64_t> roomy_at{0};       ///< that half

  alignas(64) scope_list scopes;
  atomic<bool> taken{false}; ///< some pipeline has this place, running or stopped

  /// Counts one more span among those that wait; false if that is too many.
  [[nodiscard]] bool take_place() noexcept {
    std::int64_t const waiting = queued.fetch_add(1, relaxed) + 1;
    if (waiting == rouse_at && rouse != nullptr) rouse(engine);
    if (waiting >= most_spans) crowded.store(true, relaxed);
    return waiting <= most_spans;
  }

  /// What room is left is for traces that have begun; no further one should begin. Also while a pipeline starts.
  [[nodiscard]] bool lacks_room() noexcept {
    if (pool.scarce()) return true;
    if (!crowded.load(relaxed)) return false;
    if (queued.load(relaxed) > roomy_at.load(relaxed)) return true;
    crowded.store(false, relaxed);
    return false;
  }

  [[nodiscard]] SPANWISE_INLINE static bool running(std::uint32_t epoch) noexcept { return (epoch & 1) != 0; }
};

SPANWISE_SHARED inline constinit provider_core provider_cores[most_providers]{};

/// The pipeline that a bare span and a tracer without provider use.
SPANWISE_SHARED inline constinit atomic<provider_core*> default_provider{};

} // namespace spanwise::inline SPANWISE_ABI::detail
