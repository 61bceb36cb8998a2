// What a thread keeps for making spans: its random numbers, its place in each running pipeline, its current contexts.
// Made at the thread's first span and given back when the thread ends.
#pragma once

#include <spanwise/context/context_stack.hpp>
#include <spanwise/core/attribute_writer.hpp>
#include <spanwise/core/provider_core.hpp>
#include <spanwise/detail/random.hpp>
#include <spanwise/trace/any_sampler.hpp>

#include <exception>
#include <new>

#if defined(__GLIBCXX__)
#include <cxxabi.h>
#endif

namespace spanwise::inline SPANWISE_ABI::detail {

struct thread_state {
  /// An even epoch that no provider comes to.
  static constexpr std::uint32_t not_running = 0xffff'fffe;

  /// This thread's producer in one provider, good while the epoch is the provider's, which then runs.
  struct lane {
    producer* writer{};
    std::uint32_t epoch{not_running};
  };
  struct known_scope {
    std::uint64_t mark{};
    provider_core const* core{};
    std::uint16_t number{};
  };

  random_source random;
  context_stack* stack{};
  unsigned int const* uncaught{uncaught_count()};
  unsigned int suppressed{}; ///< above zero inside exporters, whose own calls make no spans
  lane lanes[most_providers];
  known_scope scopes[4];

  /// How many exceptions are being thrown on this thread just now.
  [[nodiscard]] SPANWISE_INLINE unsigned int exceptions() const noexcept {
#if defined(__GLIBCXX__)
    return *uncaught;
#else
    return static_cast<unsigned int>(std::uncaught_exceptions());
#endif
  }

  [[nodiscard]] SPANWISE_INLINE producer* find(provider_core& core, std::uint32_t epoch) noexcept {
    lane& mine = lanes[core.index];
    if (mine.epoch == epoch) [[likely]]
      return mine.writer;
    return register_with(core, epoch);
  }

  [[nodiscard]] SPANWISE_INLINE std::uint16_t scope_number(provider_core& core, scope_ref const& scope) noexcept {
    std::uint64_t const mark = scope.mark();
    known_scope& known = scopes[mark % 4];
    if (known.mark == mark && known.core == &core) [[likely]]
      return known.number;
    ++suppressed; // the scope's own values may not make its first span
    known = {mark, &core, learn_scope(core, scope)};
    --suppressed;
    return known.number;
  }

private:
  friend struct thread_keeper;
  friend class passing_thread;

  /// Where the runtime counts them, if that is known: it saves a call for each span.
  static unsigned int const* uncaught_count() noexcept {
#if defined(__GLIBCXX__)
    // Itanium C++ ABI, 2.2.2: the globals are a pointer to the caught exceptions, then the count of uncaught ones.
    void const* const globals = abi::__cxa_get_globals();
    void const* const count = static_cast<char const*>(globals) + sizeof(void*);
    return static_cast<unsigned int const*>(count);
#else
    return nullptr;
#endif
  }

  SPANWISE_COLD static std::uint16_t learn_scope(provider_core& core, scope_ref const& scope) noexcept {
    if (scope.name.empty())
      report(severity::warning, "tracer name",
             "a tracer has no name; its spans do not tell which library or part of the program made them");
    if (scope.attributes.empty()) return core.scopes.find_or_add(scope.hash, scope.name, scope.version, scope.schema_url);
    inline_tape out{most_scope_bytes};
    std::uint64_t const sum = scope.hash + put_scope_attributes(out, scope.attributes);
    return core.scopes.find_or_add(sum, scope.name, scope.version, scope.schema_url, {out.data(), out.size()});
  }

  /// Joins the pipeline that runs on `core`; nullptr if it has stopped meanwhile or there is no memory.
  SPANWISE_COLD producer* register_with(provider_core& core, std::uint32_t epoch) noexcept {
    if (core.epoch.load(acquire) != epoch) return nullptr;
    lane& mine = lanes[core.index];
    if (mine.writer != nullptr) leave(mine);
    auto* const fresh = new (std::nothrow) producer{};
    if (fresh == nullptr) return nullptr;
    fresh->thread = core.threads.fetch_add(1, relaxed) + 1;
    fresh->next = core.producers.load(relaxed);
    while (!core.producers.compare_exchange(fresh->next, fresh, seq_cst, relaxed)) {
    }
    // Whoever stops the pipeline changes the epoch first and then walks the list: one of us sees the other.
    fence(seq_cst);
    if (core.epoch.load(relaxed) != epoch) {
      if (fresh->abandoned.exchange(true, acq_rel)) delete fresh;
      return nullptr;
    }
    mine = {fresh, epoch};
    return fresh;
  }

  /// Of the thread and its pipeline the second one to let go of a producer frees it. The thread may be further down in
  /// user code that ended it or the process; nobody need wait for it to come back.
  static void leave(lane& done) noexcept {
    done.writer->visits.store(0, relaxed);
    done.writer->busy.store(0, release);
    if (done.writer->abandoned.exchange(true, acq_rel)) delete done.writer;
    done = {};
  }
  void leave_all() noexcept {
    for (lane& each : lanes)
      if (each.writer != nullptr) leave(each);
  }
};

SPANWISE_SHARED inline constinit thread_local thread_state* this_thread_state = nullptr;

/// Gives everything back when the thread ends.
struct thread_keeper {
  thread_state* state{};
  ~thread_keeper() {
    this_thread_state = nullptr;
    thread_is_ending = true;
    if (state == nullptr) return;
    state->leave_all();
    delete state;
    state = nullptr;
  }
};

/// A state for one call on a thread that has given back its own: its last objects may still end spans. Exporters and
/// processors that are called meanwhile find a thread like any other.
class passing_thread {
public:
  passing_thread() noexcept {
    state_.stack = shared::this_thread_stack; // given back a little later than the rest
    if (state_.stack == nullptr) state_.stack = made_ = new_stack();
    if (state_.stack == nullptr) return;
    shared::this_thread_stack = state_.stack;
    this_thread_state = &state_;
  }
  passing_thread(passing_thread const&) = delete;
  passing_thread& operator=(passing_thread const&) = delete;
  ~passing_thread() {
    this_thread_state = nullptr;
    state_.leave_all();
    if (made_ != nullptr) leave_stack(made_);
  }
  /// False if there is no memory.
  [[nodiscard]] explicit operator bool() const noexcept { return state_.stack != nullptr; }

private:
  context_stack* made_{};
  thread_state state_;
};

SPANWISE_COLD thread_state* make_thread_state() noexcept {
  if (thread_is_ending) return nullptr;
  context_stack* const stack = this_stack();
  if (stack == nullptr) return nullptr;
  auto* const state = new (std::nothrow) thread_state{};
  if (state == nullptr) return nullptr;
  state->random.seed();
  state->stack = stack;
  static thread_local thread_keeper keeper;
  keeper.state = state;
  this_thread_state = state;
  return state;
}

/// The state of this thread; nullptr while the thread is being torn down.
[[nodiscard]] SPANWISE_INLINE thread_state* this_thread() noexcept {
  thread_state* const state = this_thread_state;
  if (state != nullptr) [[likely]]
    return state;
  return make_thread_state();
}

} // namespace spanwise::inline SPANWISE_ABI::detail
