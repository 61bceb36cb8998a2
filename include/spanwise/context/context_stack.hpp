// Which context is current on a thread: a stack of entries, one for each span or attached context that is alive there.
// Entries are copies in memory that is never unmapped, so a span that ends on another thread, or not in turn, can be
// marked as gone by anyone and is skipped. The layout is plain C and has no version, so that two versions of spanwise
// in one process share one current context.
#pragma once

#include <spanwise/context/slots.hpp>
#include <spanwise/core/baggage.hpp>
#include <spanwise/core/diagnostics.hpp>
#include <spanwise/core/trace_state.hpp>
#include <spanwise/detail/atomic.hpp>

#include <new>
#include <utility>

namespace spanwise::shared {

/// One current context. `tag` names the version of spanwise that made it; its pointers mean something to that one only.
struct context_entry {
  unsigned char trace_id[16];
  unsigned char span_id[8];
  unsigned char flags;
  unsigned char remote;
  unsigned char owner_kind;
  unsigned char nature; ///< an entry_nature
  unsigned int tag;
  void* trace_state;
  void* baggage;
  void* slots;
  void* owner; ///< what made the entry; null once that is gone. Accessed atomically.
};
static_assert(sizeof(void*) != 8 || sizeof(context_entry) == 64);

struct context_block {
  context_block* previous;
  context_block* next;
  context_entry entries[62];
};

struct context_stack {
  context_entry* top;   ///< the current context
  context_entry* first; ///< of the block that top is in
  context_entry* last;  ///< the last usable entry of that block
  context_block* block; ///< null while top is in `own`
  context_block* spare; ///< the first further block, kept once it was needed
  context_stack* next_free;
  unsigned int blocks;  ///< in use beyond `own`
  context_entry own[12]; ///< the first of them is the empty context
};

SPANWISE_SHARED inline constinit thread_local context_stack* this_thread_stack = nullptr;
SPANWISE_SHARED inline constinit context_stack* free_stacks = nullptr;
SPANWISE_SHARED inline constinit unsigned int free_stacks_lock = 0;

} // namespace spanwise::shared

namespace spanwise::inline SPANWISE_ABI::detail {

using shared::context_entry;
using shared::context_stack;

/// A thread that is ending makes nothing new for itself: nobody would give it back.
inline thread_local bool thread_is_ending = false;

enum class entry_owner : std::uint8_t { none, span, detached, attached };

/// What has to be known of most entries, at one look.
enum class entry_nature : std::uint8_t {
  any,
  plain, ///< valid, of this process, and shares nothing
  shed   ///< of a trace that is not recorded for want of memory; from here on with the pipeline and its run
};
[[nodiscard]] SPANWISE_INLINE bool is(context_entry const& entry, entry_nature nature) noexcept {
  return entry.nature == static_cast<unsigned char>(nature);
}
inline constexpr unsigned int most_blocks = 132; ///< contexts nested deeper than about 8000 are not kept

/// Tells this version's entries from another's.
inline constexpr unsigned int version_tag = [] {
  unsigned int hash = 2166136261U;
#ifdef SPANWISE_OFF
  hash ^= 1;
#endif
#ifdef SPANWISE_PORTABLE
  hash ^= 2;
#endif
  for (char const* at = SPANWISE_VERSION; *at != 0; ++at) hash = (hash ^ static_cast<unsigned char>(*at)) * 16777619U;
  return hash | 1;
}();

/// The mark of a shed trace as spans and contexts keep it: the pipeline and its run, from 1 on; 0 if it is not shed.
[[nodiscard]] inline std::uint8_t shed_by(context_entry const& entry) noexcept {
  auto const first = static_cast<unsigned char>(entry_nature::shed);
  bool const shed = entry.nature >= first && entry.tag == version_tag; // another version counts its own pipelines
  return shed ? static_cast<std::uint8_t>(entry.nature - first + 1) : std::uint8_t{0};
}
inline void mark_shed(context_entry& entry, std::uint8_t by) noexcept {
  entry.nature = static_cast<unsigned char>(static_cast<unsigned char>(entry_nature::shed) + by - 1);
}

/// Takes out what an entry shares, and lets go of it, if this version made it, after `then`. Values of users may do
/// anything as they go, also make contexts current: by then nothing must be half done.
template <class Then> SPANWISE_COLD void release_shared_parts(context_entry& gone, Then const& then) noexcept {
  void* const state = std::exchange(gone.trace_state, nullptr);
  void* const entries = std::exchange(gone.baggage, nullptr);
  void* const values = std::exchange(gone.slots, nullptr);
  bool const ours = gone.tag == version_tag;
  then();
  if (!ours) return;
  static_cast<void>(trace_state::adopt(state));
  static_cast<void>(baggage::adopt(entries));
  static_cast<void>(slots::adopt(values));
}

[[nodiscard]] SPANWISE_INLINE bool shares(context_entry const& entry) noexcept {
  return (reinterpret_cast<std::uintptr_t>(entry.trace_state) | reinterpret_cast<std::uintptr_t>(entry.baggage) |
          reinterpret_cast<std::uintptr_t>(entry.slots)) != 0;
}

SPANWISE_INLINE void clear_entry(context_entry& gone) noexcept {
  if (shares(gone)) [[unlikely]]
    release_shared_parts(gone, [] {});
}

/// The empty context's entry has an owner that never goes, so a look at the top needs no test for the bottom.
inline void* bottom_owner() noexcept { return &shared::free_stacks; }

inline context_stack* take_free_stack() noexcept {
  unsigned int unlocked = 0;
  if (!compare_exchange_plain(shared::free_stacks_lock, unlocked, 1U, acquire, relaxed)) return nullptr;
  context_stack* taken = load_plain(shared::free_stacks, acquire);
  while (taken != nullptr &&
         !compare_exchange_plain(shared::free_stacks, taken, taken->next_free, acquire, acquire)) {
  }
  store_plain(shared::free_stacks_lock, 0U, release);
  return taken;
}

inline void give_back_stack(context_stack* done) noexcept {
  done->next_free = load_plain(shared::free_stacks, relaxed);
  while (!compare_exchange_plain(shared::free_stacks, done->next_free, done, release, relaxed)) {
  }
}

inline void take_off_top(context_stack& stack) noexcept {
  if (stack.top != stack.first) {
    --stack.top;
    return;
  }
  shared::context_block* const before = stack.block->previous;
  stack.block = before;
  --stack.blocks;
  stack.first = before == nullptr ? stack.own : before->entries;
  stack.last = before == nullptr ? stack.own + sizeof stack.own / sizeof *stack.own - 1
                                 : before->entries + sizeof before->entries / sizeof *before->entries - 1;
  stack.top = stack.last;
}

inline void pop_entry(context_stack& stack) noexcept {
  if (!shares(*stack.top)) [[likely]]
    return take_off_top(stack);
  release_shared_parts(*stack.top, [&] { take_off_top(stack); });
}

/// Takes the entries off whose makers are gone.
SPANWISE_COLD void settle(context_stack& stack) noexcept {
  while (load_plain(stack.top->owner, acquire) == nullptr) pop_entry(stack);
}

/// The entry of the current context; the bottom one if nothing is current.
SPANWISE_INLINE context_entry& current_entry(context_stack& stack) noexcept {
  if (load_plain(stack.top->owner, relaxed) == nullptr) [[unlikely]]
    settle(stack);
  return *stack.top;
}

SPANWISE_COLD context_entry* push_block(context_stack& stack) noexcept {
  if (stack.blocks == most_blocks) {
    count_misuse(misuse::nested_too_deep);
    return nullptr;
  }
  shared::context_block* next = stack.block == nullptr ? stack.spare : stack.block->next;
  if (next == nullptr) {
    next = new (std::nothrow) shared::context_block{};
    if (next == nullptr) return nullptr;
    next->previous = stack.block;
    if (stack.block == nullptr) stack.spare = next;
    else stack.block->next = next;
  }
  stack.block = next;
  stack.first = next->entries;
  stack.last = next->entries + sizeof next->entries / sizeof *next->entries - 1;
  stack.top = next->entries;
  ++stack.blocks;
  return stack.top;
}

/// A new entry on top, still without an owner: the caller fills it and stores the owner. nullptr if nested too deep.
SPANWISE_INLINE context_entry* push_entry(context_stack& stack) noexcept {
  if (stack.top == stack.last) [[unlikely]]
    return push_block(stack);
  return ++stack.top;
}

/// What made `entry` on `stack` has ended on the thread `here`. Not in turn or on another thread: told, and repaired.
SPANWISE_COLD void remove_out_of_turn(context_stack* stack, context_entry* entry, void* owner, context_stack* here,
                                      misuse elsewhere) noexcept {
  void* expected = owner;
  bool const marked = compare_exchange_plain(entry->owner, expected, static_cast<void*>(nullptr), acq_rel, relaxed);
  if (!thread_is_ending) count_misuse(stack == here ? misuse::ended_out_of_order : elsewhere);
  if (marked && stack == here) settle(*stack);
}

SPANWISE_INLINE void remove_entry(context_stack* stack, context_entry* entry, void* owner, misuse elsewhere) noexcept {
  context_stack* const here = shared::this_thread_stack;
  if (here != stack || stack->top != entry || load_plain(entry->owner, relaxed) != owner) [[unlikely]]
    return remove_out_of_turn(stack, entry, owner, here, elsewhere);
  store_plain(entry->owner, static_cast<void*>(nullptr), relaxed);
  pop_entry(*stack);
}

/// The usual case of remove_entry: false, with nothing done, if `entry` is not on top of this thread's stack, may share
/// something, or is the first of a block.
SPANWISE_INLINE bool remove_in_turn(context_stack* stack, context_entry* entry, void* owner) noexcept {
  if (shared::this_thread_stack != stack || stack->top != entry || load_plain(entry->owner, relaxed) != owner ||
      !is(*entry, entry_nature::plain) || stack->first == entry) [[unlikely]]
    return false;
  store_plain(entry->owner, static_cast<void*>(nullptr), relaxed);
  stack->top = entry - 1;
  return true;
}

/// One that is empty and nobody's; nullptr without memory.
SPANWISE_COLD context_stack* new_stack() noexcept {
  context_stack* stack = take_free_stack();
  if (stack == nullptr) {
    stack = new (std::nothrow) context_stack{};
    if (stack == nullptr) return nullptr;
  }
  stack->top = stack->first = stack->own;
  stack->last = stack->own + sizeof stack->own / sizeof *stack->own - 1;
  stack->block = nullptr;
  stack->blocks = 0;
  stack->own[0] = {};
  store_plain(stack->own[0].owner, bottom_owner(), relaxed);
  return stack;
}

/// The thread no longer uses it.
inline void leave_stack(context_stack* stack) noexcept {
  while (stack->top != stack->own) {
    store_plain(stack->top->owner, static_cast<void*>(nullptr), release);
    pop_entry(*stack);
  }
  shared::this_thread_stack = nullptr;
  give_back_stack(stack);
}

/// Ends this version's use of the thread's stack when the thread ends.
struct stack_keeper {
  context_stack* stack{};
  ~stack_keeper() {
    if (stack != nullptr) leave_stack(stack);
    stack = nullptr;
  }
};

SPANWISE_COLD context_stack* make_stack() noexcept {
  if (thread_is_ending) return nullptr;
  context_stack* const stack = new_stack();
  if (stack == nullptr) return nullptr;
  static thread_local struct last_act {
    stack_keeper keeper;
    ~last_act() { thread_is_ending = true; }
  } act;
  act.keeper.stack = stack;
  shared::this_thread_stack = stack;
  return stack;
}

/// The stack of this thread; nullptr while the thread is being torn down.
SPANWISE_INLINE context_stack* this_stack() noexcept {
  context_stack* const stack = shared::this_thread_stack;
  if (stack != nullptr) [[likely]]
    return stack;
  return make_stack();
}

} // namespace spanwise::inline SPANWISE_ABI::detail
